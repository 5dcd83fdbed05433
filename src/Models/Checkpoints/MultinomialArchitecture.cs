using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Checkpoints;

/// <summary>Shares of independent trials in bins, decoded by a multinomial draw (<see cref="MultinomialReduction"/>). No arrays.</summary>
public sealed record MultinomialArchitecture : ReductionArchitecture
{
    /// <summary>Name of the system's parameter that is the number of trials N.</summary>
    public required string Trials { get; init; }

    /// <inheritdoc />
    public override string Summary => $"shares, {Trials} multinomial trials";

    /// <inheritdoc />
    public override string? Misfit(int points, bool periodic) =>
        string.IsNullOrEmpty(Trials)
            ? "its multinomial reduction has no trials. Set trials to the name of the system's parameter that is the number of trials"
        : LatentSize != points
            ? $"its multinomial reduction keeps the shares of {LatentSize} bins, but a field has {points} points per channel. "
                + $"Its latentSize must be {points}"
        : null;

    /// <inheritdoc />
    public override IReduction Build(FieldScaling scaling, int points, WeightArrays weights) =>
        Misfit(points, periodic: true) is { } misfit ? throw weights.Unusable(misfit)
        : scaling is { Minimum: [0], Maximum: [var unit] } ? new MultinomialReduction(unit, points, Trials)
        : throw weights.Unusable($"its multinomial reduction needs one channel with a minimum of 0; it has [{string.Join(", ", scaling.Minimum)}]");
}
