using System.Collections.Immutable;
using System.Text.Json.Serialization;
using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Checkpoints;

/// <summary>
/// Convolutional autoencoder (<see cref="ConvolutionalAutoencoder"/>). Arrays <c>encoder.i.weight</c> [out, in, 5],
/// <c>encoder.i.bias</c>, <c>toLatent.weight</c> [d_z, channels · coarse points], <c>toLatent.bias</c>,
/// <c>fromLatent.weight</c>, <c>fromLatent.bias</c>, <c>decoder.i.weight</c>, <c>decoder.i.bias</c> in PyTorch's layout.
/// </summary>
public sealed record ConvolutionalArchitecture : ReductionArchitecture
{
    /// <summary>Channels after each layer of the encoder, each of which halves the grid; the decoder's are the same in reverse.</summary>
    public required ImmutableArray<int> Channels { get; init; }

    /// <summary>Padding of convolutions and interpolations: <c>zero</c> (default) or, on a periodic domain, <c>periodic</c>.</summary>
    public GridPadding Padding { get; init; }

    /// <inheritdoc />
    [JsonIgnore]
    public override string Summary =>
        $"convolutional autoencoder {string.Join("–", Channels)} to {LatentSize}{(Padding == GridPadding.Periodic ? ", periodic" : "")}";

    /// <summary>Channels of the encoder from a field's <paramref name="inputs"/> to the coarsest grid; the decoder's in reverse.</summary>
    public ImmutableArray<int> Widths(int inputs) => [inputs, .. Channels];

    /// <summary>Points of the coarsest grid.</summary>
    /// <param name="points">Points X of a field.</param>
    public int CoarsePoints(int points) => ConvolutionalAutoencoder.Grid(points, Channels.Length).Grid >> Channels.Length;

    /// <inheritdoc />
    public override string? Misfit(int points, bool periodic)
    {
        if (Channels.IsDefaultOrEmpty || Channels.Any(c => c < 1))
            return "its convolutional autoencoder needs channels, one positive number per layer";
        if (Padding == GridPadding.Zero)
            return null;
        if (!periodic)
            return "it has periodic padding, but the domain is not periodic: nothing that leaves at one end comes in at the other. Set padding to zero";
        return CoarsePoints(points) << Channels.Length == points && CoarsePoints(points) > 1 ? null
            : $"with periodic padding, {points} points must be a power of two and at least {2 << Channels.Length} for {Channels.Length} layers. "
                + "Use fewer layers, another grid, or zero padding";
    }

    /// <inheritdoc />
    public override IReduction Build(FieldScaling scaling, int points, WeightArrays weights)
    {
        if (Misfit(points, periodic: true) is { } misfit)
            throw weights.Unusable(misfit);
        var widths = Widths(scaling.Minimum.Length);
        var flat = Channels[^1] * CoarsePoints(points);
        return new ConvolutionalAutoencoder(
            scaling, points, Padding, Stack("encoder", widths),
            (weights.Get("toLatent.weight", LatentSize, flat), weights.Get("toLatent.bias", LatentSize)),
            (weights.Get("fromLatent.weight", flat, LatentSize), weights.Get("fromLatent.bias", flat)),
            Stack("decoder", [.. widths.Reverse()]));

        ImmutableArray<(float[], float[])> Stack(string name, ImmutableArray<int> widths) =>
        [
            .. Enumerable.Range(0, widths.Length - 1).Select(i => (
                weights.Get($"{name}.{i}.weight", widths[i + 1], widths[i], ConvolutionLayer.Taps), weights.Get($"{name}.{i}.bias", widths[i + 1]))),
        ];
    }
}
