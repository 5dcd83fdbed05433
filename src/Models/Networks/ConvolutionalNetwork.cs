using LedCluster.Models.Checkpoints;
using LedCluster.Models.Inference;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Models.Networks;

/// <summary>
/// The convolutional autoencoder on scaled fields; layers as <see cref="ConvolutionalAutoencoder"/> says. Between the
/// layers, channels are the last dimension: a convolution is then one matrix product over windows of five points.
/// </summary>
/// <remarks>
/// Not conv1d: the oneDNN of libtorch 2.10 computes float32 convolutions of 20 or 24 input channels wrongly on processors with AVX-512
/// (errors as large as the values), without a word.
/// </remarks>
internal sealed class ConvolutionalNetwork : Autoencoder
{
    private readonly int layers, channels, points, grid, margin;
    private readonly bool periodic;

    /// <summary>Makes the network of its weights.</summary>
    /// <param name="shape">Shape.</param>
    /// <param name="channels">Channels C of a field.</param>
    /// <param name="points">Points X per channel.</param>
    /// <param name="weights">Weights as <see cref="Shapes"/> says, among others perhaps.</param>
    public ConvolutionalNetwork(ConvolutionalArchitecture shape, int channels, int points, WeightTensors weights) : base(weights)
    {
        (this.channels, this.points, layers, periodic) = (channels, points, shape.Channels.Length, shape.Padding == GridPadding.Periodic);
        (grid, margin) = ConvolutionalAutoencoder.Grid(points, layers);
    }

    /// <summary>The weights that it needs.</summary>
    public static IEnumerable<WeightShape> Shapes(ConvolutionalArchitecture shape, int channels, int points)
    {
        int[] widths = [.. shape.Widths(channels)];
        var flat = widths[^1] * shape.CoarsePoints(points);
        return
        [
            .. Stack("encoder", widths), .. WeightShape.Dense("toLatent", flat, shape.LatentSize),
            .. WeightShape.Dense("fromLatent", shape.LatentSize, flat), .. Stack("decoder", [.. widths.Reverse()]),
        ];
    }

    /// <inheritdoc />
    public override Tensor Encode(Tensor x)
    {
        x = functional.pad(x.reshape(-1, channels, points), [margin, grid - points - margin]).transpose(1, 2); // [B, grid, C]
        for (var i = 0; i < layers; i++)
        {
            x = Convolution($"encoder.{i}", x); // [B, grid, channels]
            x = x.reshape(x.shape[0], -1, 2, x.shape[2]).mean([2]).Celu(); // [B, half the grid, channels]
        }
        return Dense("toLatent", x.transpose(1, 2).reshape(x.shape[0], -1)).Celu();
    }

    /// <inheritdoc />
    public override Tensor Decode(Tensor z)
    {
        var x = Dense("fromLatent", z).Celu().reshape(z.shape[0], -1, grid >> layers).transpose(1, 2); // [B, coarse, channels]
        for (var i = 0; i < layers; i++)
        {
            x = Convolution($"decoder.{i}", Refined(x)); // [B, twice the grid, channels]
            if (i < layers - 1)
                x = x.Celu();
        }
        return x.narrow(1, margin, points).transpose(1, 2).reshape(z.shape[0], -1).ScaledTanh(); // [B, C·X]
    }

    /// <summary>Further points on either side, [B, X, C] → [B, X + 2 width, C]: zeros, or those of the other end.</summary>
    private Tensor Padded(Tensor x, int width) => periodic
        ? cat([x.narrow(1, x.shape[1] - width, width), x, x.narrow(1, 0, width)], 1)
        : functional.pad(x, [0, 0, width, width]);

    /// <summary>Twice as many points, by straight lines between centres of cells; constant beyond the last centre unless periodic.</summary>
    private Tensor Refined(Tensor x)
    {
        var (batch, size, width) = (x.shape[0], x.shape[1], x.shape[2]);
        var wide = periodic ? Padded(x, 1) : cat([x.narrow(1, 0, 1), x, x.narrow(1, size - 1, 1)], 1); // [B, X + 2, C]
        var near = x.Times(0.75);
        return stack([near.Plus(wide.narrow(1, 0, size).Times(0.25)), near.Plus(wide.narrow(1, 2, size).Times(0.25))], 2).reshape(batch, 2 * size, width);
    }

    /// <summary>A convolution over the points of a grid, [B, X, in] → [B, X, out].</summary>
    private Tensor Convolution(string name, Tensor x)
    {
        var windows = Padded(x, ConvolutionLayer.Halo).unfold(1, ConvolutionLayer.Taps, 1).flatten(2); // [B, X, in · 5]
        return functional.linear(windows, Weights[$"{name}.weight"].flatten(1), Weights[$"{name}.bias"]);
    }

    private Tensor Dense(string name, Tensor x) => functional.linear(x, Weights[$"{name}.weight"], Weights[$"{name}.bias"]);

    private static IEnumerable<WeightShape> Stack(string name, int[] widths) => Enumerable.Range(0, widths.Length - 1).SelectMany(i => (WeightShape[])
    [
        WeightShape.Xavier($"{name}.{i}.weight", 1, widths[i + 1], widths[i], ConvolutionLayer.Taps), WeightShape.Bias($"{name}.{i}.bias", widths[i + 1]),
    ]);
}
