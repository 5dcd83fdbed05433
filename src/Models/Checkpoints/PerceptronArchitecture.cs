using System.Collections.Immutable;
using System.Text.Json.Serialization;
using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Checkpoints;

/// <summary>
/// Feed-forward network from latent to next latent, CELU between its layers, ½ + ½ tanh after the last, or the latent
/// added to it. Arrays
/// <c>layers.i.weight</c>, <c>layers.i.bias</c> in PyTorch's layout.
/// </summary>
public sealed record PerceptronArchitecture : PropagatorArchitecture
{
    /// <summary>Widths of the hidden layers; the paper has three of 100.</summary>
    public required ImmutableArray<int> HiddenLayers { get; init; }

    /// <summary>Whether the last layer is the change of the latents since the last frame, in standard deviations.</summary>
    public bool Increment { get; init; }

    /// <inheritdoc />
    [JsonIgnore]
    public override bool Standardised => Increment;

    /// <inheritdoc />
    [JsonIgnore]
    public override string Summary => $"MLP {string.Join("–", HiddenLayers.IsDefault ? [] : HiddenLayers)}{(Increment ? ", increments" : "")}";

    /// <summary>Widths from latent to latent.</summary>
    public ImmutableArray<int> Widths(int latentSize) => [latentSize, .. HiddenLayers, latentSize];

    /// <inheritdoc />
    public override IPropagator Build(LatentScaling scaling, WeightArrays weights)
    {
        if (HiddenLayers.IsDefault)
            throw weights.Unusable("its MLP has no hiddenLayers");
        var widths = Widths(scaling.Size);
        return new PerceptronPropagator(
            [
                .. Enumerable.Range(0, widths.Length - 1).Select(i => new DenseLayer(
                    weights.Get($"layers.{i}.weight", widths[i + 1], widths[i]), weights.Get($"layers.{i}.bias", widths[i + 1]),
                    i < widths.Length - 2 ? Activation.Celu : Increment ? Activation.None : Activation.HalfTanh)),
            ],
            scaling, Increment);
    }
}
