using System.Text.Json;
using LedCluster.Host.Studies;
using LedCluster.Storage.Files;

namespace LedCluster.Host.Reproduction;

/// <summary>A paper whose figures belong to several studies; <c>papers.json</c> beside them names it.</summary>
internal sealed record Publication
{
    private static readonly JsonSerializerOptions Format = StrictJson.Options();

    /// <summary>One line that says which paper it is.</summary>
    public required string Title { get; init; }

    /// <summary>Its figures, as <c>STUDY/FIGURE</c>, in the order of the page.</summary>
    public required string[] Figures { get; init; }

    /// <summary>The papers, by name.</summary>
    /// <exception cref="UserError">The file cannot be read.</exception>
    public static IReadOnlyDictionary<string, Publication> All()
    {
        var path = Path.Combine(StudyCatalog.Root(), "papers.json");
        try
        {
            return File.Exists(path)
                ? StrictJson.Whole(StrictJson.ReadFile<Dictionary<string, Publication>>(path, Format)) : new Dictionary<string, Publication>();
        }
        catch (JsonException error)
        {
            throw new UserError($"Cannot read '{path}': {error.Message}");
        }
    }

    /// <summary>Its figures with their studies: the one asked for, or all.</summary>
    /// <param name="only">As <see cref="Figures"/> has it; null for all.</param>
    /// <exception cref="UserError">There is no such figure.</exception>
    public IEnumerable<(Study Study, string Name, FigurePlan Plan)> Chosen(string? only)
    {
        if (only is not null && !Figures.Contains(only))
            throw new UserError($"--figure is '{only}'; this paper has {string.Join(", ", Figures)}.");
        foreach (var figure in Figures.Where(figure => only is null || figure == only))
        {
            var (study, name) = figure.Split('/') is [var first, var second]
                ? (StudyCatalog.Find(first), second) : throw new UserError($"papers.json names the figure '{figure}'; give STUDY/FIGURE.");
            yield return (study, name, ReproductionPlan.Load(study).Chosen(name)[0].Plan);
        }
    }
}
