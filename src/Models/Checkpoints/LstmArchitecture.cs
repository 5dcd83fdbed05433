using System.Text.Json.Serialization;
using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Checkpoints;

/// <summary>
/// LSTM with a readout ½ + ½ tanh(W h + b), or s + W h + b on the latent s that it consumed last. Arrays <c>lstm.weight_ih</c>,
/// <c>lstm.weight_hh</c>, <c>lstm.bias_ih</c>, <c>lstm.bias_hh</c>, <c>readout.weight</c>, <c>readout.bias</c> in PyTorch's layout.
/// </summary>
public sealed record LstmArchitecture : PropagatorArchitecture
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
    public override string Summary => $"LSTM {Hidden}{(Increment ? ", increments" : "")}";

    /// <inheritdoc />
    public override IPropagator Build(LatentScaling scaling, WeightArrays weights)
    {
        if (Hidden < 1)
            throw weights.Unusable($"its LSTM has {Hidden} hidden units");
        var (h, d) = (Hidden, scaling.Size);
        return new LstmPropagator(
            weights.Get("lstm.weight_ih", 4 * h, d), weights.Get("lstm.weight_hh", 4 * h, h),
            weights.Get("lstm.bias_ih", 4 * h), weights.Get("lstm.bias_hh", 4 * h),
            weights.Get("readout.weight", d, h), weights.Get("readout.bias", d), scaling.Low, scaling.High, Increment);
    }
}
