using System.Text.Json;
using LedCluster.Host.Studies;
using LedCluster.Storage.Files;

namespace LedCluster.Host.Reproduction;

/// <summary>The published figures of a study and what it takes to measure them; <c>reproduce.json</c> in its folder.</summary>
internal sealed record ReproductionPlan
{
    private static readonly JsonSerializerOptions Format = StrictJson.Options();

    /// <summary>The figures, by their number in the paper.</summary>
    public required Dictionary<string, FigurePlan> Figures { get; init; }

    /// <summary>Reads a study's plan.</summary>
    /// <exception cref="UserError">There is none, or it cannot be read.</exception>
    public static ReproductionPlan Load(Study study)
    {
        var path = Path.Combine(study.Directory, "reproduce.json");
        if (!File.Exists(path))
            throw new UserError($"Study '{study.Name}' has no reproduce.json, so there is nothing to reproduce.");
        try
        {
            var plan = StrictJson.ReadFile<ReproductionPlan>(path, Format);
            foreach (var figure in StrictJson.Whole(plan.Figures).Values.OfType<ReconstructionFigure>())
                (_, _) = (StrictJson.Whole(figure.Families), StrictJson.Whole(figure.Fitted));
            return plan;
        }
        catch (JsonException error)
        {
            throw new UserError($"Cannot read '{path}': {error.Message}");
        }
    }

    /// <summary>The figures to reproduce: the one asked for, or all.</summary>
    /// <exception cref="UserError">There is no such figure.</exception>
    public IReadOnlyList<(string Name, FigurePlan Plan)> Chosen(string? figure) =>
        figure is null ? [.. Figures.Select(f => (f.Key, f.Value))]
        : Figures.FirstOrDefault(f => f.Key == figure || f.Value.Also.Contains(figure)) is { Key: { } name, Value: var plan } ? [(name, plan)]
        : throw new UserError($"--figure is '{figure}'; this study has {string.Join(", ", Figures.SelectMany(f => f.Value.Also.Prepend(f.Key)))}.");
}
