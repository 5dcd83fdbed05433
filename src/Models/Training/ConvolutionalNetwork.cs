using LedCluster.Models.Checkpoints;
using LedCluster.Models.Inference;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Models.Training;

/// <summary>
/// The trainable convolutional autoencoder on scaled fields; layers as <see cref="ConvolutionalAutoencoder"/> says. Between the
/// layers, channels are the last dimension: a convolution is then one matrix product over windows of five points.
/// </summary>
/// <remarks>
/// Not conv1d: the oneDNN of libtorch 2.10 computes float32 convolutions of 20 or 24 input channels wrongly on processors with AVX-512
/// (errors as large as the values), without a word.
/// </remarks>
internal sealed class ConvolutionalNetwork : Autoencoder
{
    private readonly ModuleList<Layer> encoder, decoder;
    private readonly Linear toLatent, fromLatent;
    private readonly int channels, points, grid, margin;
    private readonly bool periodic;

    /// <summary>Weights are Xavier-uniform, biases 0.001; drawn from torch's generator.</summary>
    /// <param name="shape">Shape.</param>
    /// <param name="channels">Channels C of a field.</param>
    /// <param name="points">Points X per channel.</param>
    /// <param name="type">Type of the weights.</param>
    public ConvolutionalNetwork(ConvolutionalArchitecture shape, int channels, int points, ScalarType type)
    {
        (this.channels, this.points, periodic) = (channels, points, shape.Padding == GridPadding.Periodic);
        (grid, margin) = ConvolutionalAutoencoder.Grid(points, shape.Channels.Length);
        int[] widths = [.. shape.Widths(channels)];
        var flat = widths[^1] * shape.CoarsePoints(points);
        encoder = Stack(widths, type);
        toLatent = Started(Linear(flat, shape.LatentSize, dtype: type));
        fromLatent = Started(Linear(shape.LatentSize, flat, dtype: type));
        decoder = Stack([.. widths.Reverse()], type);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Tensor Encode(Tensor x)
    {
        x = functional.pad(x.reshape(-1, channels, points), [margin, grid - points - margin]).transpose(1, 2); // [B, grid, C]
        foreach (var layer in encoder)
        {
            x = layer.call(Padded(x, ConvolutionLayer.Halo)); // [B, grid, channels]
            x = functional.celu(x.reshape(x.shape[0], -1, 2, x.shape[2]).mean([2]), 1); // [B, half the grid, channels]
        }
        return functional.celu(toLatent.call(x.transpose(1, 2).reshape(x.shape[0], -1)), 1);
    }

    /// <inheritdoc />
    public override Tensor Decode(Tensor z)
    {
        var x = functional.celu(fromLatent.call(z), 1).reshape(z.shape[0], -1, grid >> decoder.Count).transpose(1, 2); // [B, coarse, channels]
        for (var i = 0; i < decoder.Count; i++)
        {
            x = decoder[i].call(Padded(Refined(x), ConvolutionLayer.Halo)); // [B, twice the grid, channels]
            if (i < decoder.Count - 1)
                x = functional.celu(x, 1);
        }
        return x.narrow(1, margin, points).transpose(1, 2).reshape(z.shape[0], -1).tanh() * 0.5 + 0.5; // [B, C·X]
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
        var near = x * 0.75;
        return stack([near + wide.narrow(1, 0, size) * 0.25, near + wide.narrow(1, 2, size) * 0.25], 2).reshape(batch, 2 * size, width);
    }

    private static ModuleList<Layer> Stack(int[] widths, ScalarType type)
    {
        var layers = new ModuleList<Layer>();
        for (var i = 0; i + 1 < widths.Length; i++)
            layers.Add(new Layer(widths[i], widths[i + 1], type));
        return layers;
    }

    private static Linear Started(Linear layer)
    {
        init.xavier_uniform_(layer.weight);
        init.constant_(layer.bias!, 0.001);
        return layer;
    }

    /// <summary>A convolution over the points of a padded grid, [B, X + 2 halo, in] → [B, X, out].</summary>
    private sealed class Layer : Module<Tensor, Tensor>
    {
        private readonly Parameter weight, bias; // [out, in, 5], [out]

        public Layer(int inputs, int outputs, ScalarType type) : base("convolution")
        {
            weight = Parameter(empty(outputs, inputs, ConvolutionLayer.Taps, dtype: type));
            bias = Parameter(empty(outputs, dtype: type));
            init.xavier_uniform_(weight);
            init.constant_(bias, 0.001);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            var windows = input.unfold(1, ConvolutionLayer.Taps, 1).flatten(2); // [B, X, in · 5]
            return functional.linear(windows, weight.flatten(1), bias);
        }
    }
}
