using System.Text.Json.Serialization;

namespace LedCluster.Host.Reproduction;

/// <summary>One published figure: what to run, and what to show beside it.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ReconstructionFigure), "reconstruction")]
[JsonDerivedType(typeof(PropagatorFigure), "propagators")]
[JsonDerivedType(typeof(MultiscaleFigure), "multiscale")]
[JsonDerivedType(typeof(CostFigure), "cost")]
internal abstract record FigurePlan
{
    /// <summary>Seed of the random family; no training uses it.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Initial conditions of each test.</summary>
    public required int Members { get; init; }

    /// <summary>Further figures of the paper that this one shows.</summary>
    public string[] Also { get; init; } = [];

    /// <summary>Number of cases to run.</summary>
    [JsonIgnore]
    public abstract int Cases { get; }

    /// <summary>Runs the cases.</summary>
    public abstract FigureResult Run(ReproductionRun run);
}

/// <summary>A published number.</summary>
/// <param name="Case">The case it belongs to: a model's name, <c>latent</c>, or T_m.</param>
/// <param name="Paper">What the paper reports, if it does.</param>
/// <param name="Reference">What the reference implementation gives, measured by us.</param>
internal sealed record PublishedFigure(string Case, double? Paper = null, double? Reference = null);
