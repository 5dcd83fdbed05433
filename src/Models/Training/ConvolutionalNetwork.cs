using LedCluster.Models.Checkpoints;
using LedCluster.Models.Inference;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Models.Training;

/// <summary>The trainable convolutional autoencoder on scaled fields; layers as <see cref="ConvolutionalAutoencoder"/> says.</summary>
internal sealed class ConvolutionalNetwork : Autoencoder
{
    private readonly ModuleList<Conv1d> encoder, decoder;
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
        x = functional.pad(x.reshape(-1, channels, points), [margin, grid - points - margin]); // [B, C, grid]
        foreach (var layer in encoder)
            x = functional.celu(functional.avg_pool1d(layer.call(x), 2, stride: 2), 1); // [B, channels, half the grid]
        return functional.celu(toLatent.call(x.reshape(x.shape[0], -1)), 1);
    }

    /// <inheritdoc />
    public override Tensor Decode(Tensor z)
    {
        var x = functional.celu(fromLatent.call(z), 1).reshape(z.shape[0], -1, grid >> decoder.Count);
        for (var i = 0; i < decoder.Count; i++)
        {
            x = decoder[i].call(Refine(x)); // [B, channels, twice the grid]
            if (i < decoder.Count - 1)
                x = functional.celu(x, 1);
        }
        return x.narrow(2, margin, points).reshape(z.shape[0], -1).tanh() * 0.5 + 0.5; // [B, C·X]
    }

    /// <summary>Twice as many points, by straight lines between centres of cells.</summary>
    private Tensor Refine(Tensor x)
    {
        if (!periodic)
            return functional.interpolate(x, scale_factor: [2], mode: InterpolationMode.Linear, align_corners: false);
        var fine = functional.interpolate(functional.pad(x, [1, 1], PaddingModes.Circular), scale_factor: [2], mode: InterpolationMode.Linear, align_corners: false);
        return fine.narrow(2, 2, 2 * x.shape[2]);
    }

    private ModuleList<Conv1d> Stack(int[] widths, ScalarType type)
    {
        var layers = new ModuleList<Conv1d>();
        for (var i = 0; i + 1 < widths.Length; i++)
        {
            var layer = Conv1d(
                widths[i], widths[i + 1], ConvolutionLayer.Taps, padding: ConvolutionLayer.Halo,
                padding_mode: periodic ? PaddingModes.Circular : PaddingModes.Zeros, dtype: type);
            init.xavier_uniform_(layer.weight);
            init.constant_(layer.bias!, 0.001);
            layers.Add(layer);
        }
        return layers;
    }

    private static Linear Started(Linear layer)
    {
        init.xavier_uniform_(layer.weight);
        init.constant_(layer.bias!, 0.001);
        return layer;
    }
}
