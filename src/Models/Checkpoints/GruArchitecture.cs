using System.Text.Json.Serialization;
using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Checkpoints;

/// <summary>
/// GRU with a readout ½ + ½ tanh(W h + b), or s + W h + b on the latent s that it consumed last. Arrays <c>gru.weight_ih</c>,
/// <c>gru.weight_hh</c>, <c>gru.bias_ih</c>, <c>gru.bias_hh</c>, <c>readout.weight</c>, <c>readout.bias</c> in PyTorch's layout.
/// </summary>
public sealed record GruArchitecture : PropagatorArchitecture
{
    /// <summary>Hidden units H.</summary>
    public required int Hidden { get; init; }

    /// <summary>Whether the readout is the change of the latents since the last frame, in standard deviations.</summary>
    public bool Increment { get; init; }

    /// <inheritdoc />
    [JsonIgnore]
    public override bool Standardised => Increment;

    /// <inheritdoc />
    [JsonIgnore]
    public override string Summary => $"GRU {Hidden}{(Increment ? ", increments" : "")}";

    /// <inheritdoc />
    public override IPropagator Build(LatentScaling scaling, WeightArrays weights)
    {
        if (Hidden < 1)
            throw weights.Unusable($"its GRU has {Hidden} hidden units");
        var (h, d) = (Hidden, scaling.Size);
        return new GruPropagator(
            weights.Get("gru.weight_ih", 3 * h, d), weights.Get("gru.weight_hh", 3 * h, h),
            weights.Get("gru.bias_ih", 3 * h), weights.Get("gru.bias_hh", 3 * h),
            weights.Get("readout.weight", d, h), weights.Get("readout.bias", d), scaling, Increment);
    }
}
