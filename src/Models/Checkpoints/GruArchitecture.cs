using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Checkpoints;

/// <summary>
/// GRU with a readout ½ + ½ tanh(W h + b). Arrays <c>gru.weight_ih</c>, <c>gru.weight_hh</c>, <c>gru.bias_ih</c>,
/// <c>gru.bias_hh</c>, <c>readout.weight</c>, <c>readout.bias</c> in PyTorch's layout.
/// </summary>
public sealed record GruArchitecture : PropagatorArchitecture
{
    /// <summary>Hidden units H.</summary>
    public required int Hidden { get; init; }

    /// <inheritdoc />
    public override string Summary => $"GRU {Hidden}";

    /// <inheritdoc />
    public override IPropagator Build(LatentScaling scaling, WeightArrays weights)
    {
        if (Hidden < 1)
            throw weights.Unusable($"its GRU has {Hidden} hidden units");
        var (h, d) = (Hidden, scaling.Size);
        return new GruPropagator(
            weights.Get("gru.weight_ih", 3 * h, d), weights.Get("gru.weight_hh", 3 * h, h),
            weights.Get("gru.bias_ih", 3 * h), weights.Get("gru.bias_hh", 3 * h),
            weights.Get("readout.weight", d, h), weights.Get("readout.bias", d), scaling);
    }
}
