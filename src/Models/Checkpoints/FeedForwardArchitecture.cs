using System.Collections.Immutable;
using System.Text.Json.Serialization;
using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Checkpoints;

/// <summary>
/// Feed-forward autoencoder: the encoder's layers have CELU after every one, the latent included, and add their input where
/// it has the same size; the decoder mirrors it and ends in ½ + ½ tanh. Arrays <c>encoder.i.weight</c>, <c>encoder.i.bias</c>,
/// <c>decoder.i.weight</c>, <c>decoder.i.bias</c> in PyTorch's layout.
/// </summary>
public sealed record FeedForwardArchitecture : ReductionArchitecture
{
    /// <summary>Widths of the encoder's hidden layers; the decoder's are the same in reverse.</summary>
    public required ImmutableArray<int> HiddenLayers { get; init; }

    /// <inheritdoc />
    [JsonIgnore]
    public override string Summary => $"feed-forward autoencoder {string.Join("–", HiddenLayers.Add(LatentSize))}";

    /// <summary>Widths of the encoder from <paramref name="inputs"/> numbers per field to the latent; the decoder's in reverse.</summary>
    public ImmutableArray<int> Widths(int inputs) => [inputs, .. HiddenLayers, LatentSize];

    /// <inheritdoc />
    public override IReduction Build(FieldScaling scaling, int points, WeightArrays weights)
    {
        if (HiddenLayers.IsDefault)
            throw weights.Unusable("its autoencoder has no hiddenLayers");
        var widths = Widths(scaling.Minimum.Length * points);
        return new FeedForwardAutoencoder(
            scaling, Stack("encoder", widths, Activation.Celu), Stack("decoder", [.. widths.Reverse()], Activation.HalfTanh));

        ImmutableArray<DenseLayer> Stack(string name, ImmutableArray<int> widths, Activation last) =>
        [
            .. Enumerable.Range(0, widths.Length - 1).Select(i => new DenseLayer(
                weights.Get($"{name}.{i}.weight", widths[i + 1], widths[i]), weights.Get($"{name}.{i}.bias", widths[i + 1]),
                i == widths.Length - 2 ? last : Activation.Celu, residual: widths[i] == widths[i + 1])),
        ];
    }
}
