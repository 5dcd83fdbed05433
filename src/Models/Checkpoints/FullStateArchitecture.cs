using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Checkpoints;

/// <summary>No reduction: the propagator advances the scaled fields themselves. No arrays.</summary>
public sealed record FullStateArchitecture : ReductionArchitecture
{
    /// <inheritdoc />
    public override string Summary => "full state";

    /// <inheritdoc />
    public override IReduction Build(FieldScaling scaling, int points, WeightArrays weights)
    {
        var size = scaling.Minimum.Length * points;
        return LatentSize == size ? new FullState(scaling, size) : throw weights.Unusable(
            $"its reduction is none, so that latentSize must be the {size} numbers of a field, not {LatentSize}");
    }
}
