using System.Collections.Immutable;
using System.Text.Json.Serialization;
using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;
using LedCluster.Models.Propagators.StateSpace;

namespace LedCluster.Models.Checkpoints;

/// <summary>
/// Transition of a generative state-space model, z ~ N(z + NN(z), σ²I), ReLU between the layers of NN and nothing after the last. Arrays
/// <c>layers.i.weight</c>, <c>layers.i.bias</c> in PyTorch's layout; <c>deviation</c> [1], σ in the latents' unit; <c>precision</c> [2], what the
/// observation adds to the precision of ln z: its part proportional to z, and that proportional to z².
/// </summary>
public sealed record TransitionArchitecture : PropagatorArchitecture
{
    /// <summary>Widths of the hidden layers.</summary>
    public required ImmutableArray<int> HiddenLayers { get; init; }

    /// <inheritdoc />
    [JsonIgnore]
    public override string Summary => $"stochastic transition, MLP {string.Join("–", HiddenLayers.IsDefault ? [] : HiddenLayers)}";

    /// <summary>Why it cannot be used, as a clause; null when it can.</summary>
    [JsonIgnore]
    public string? Fault => HiddenLayers.IsDefaultOrEmpty || HiddenLayers.Any(width => width is < 1 or > 4096)
        ? "hiddenLayers must have widths from 1 to 4096"
        : null;

    /// <summary>Widths from latent to latent.</summary>
    public ImmutableArray<int> Widths(int latentSize) => [latentSize, .. HiddenLayers, latentSize];

    /// <inheritdoc />
    public override IPropagator Build(LatentScaling scaling, WeightArrays weights)
    {
        if (Fault is { } fault)
            throw weights.Unusable(fault);
        var widths = Widths(scaling.Size);
        return new TransitionPropagator(
            [
                .. Enumerable.Range(0, widths.Length - 1).Select(i => new DenseLayer(
                    weights.Get($"layers.{i}.weight", widths[i + 1], widths[i]), weights.Get($"layers.{i}.bias", widths[i + 1]),
                    i < widths.Length - 2 ? Activation.Relu : Activation.None)),
            ],
            weights.Get("deviation", 1)[0], weights.Get("precision", 2));
    }
}
