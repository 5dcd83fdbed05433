using System.Collections.Immutable;
using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Devices;

/// <summary>The available kernels.</summary>
internal enum KernelCell
{
    /// <summary><see cref="LatentKernels.Lstm"/>.</summary>
    Lstm,

    /// <summary><see cref="LatentKernels.Gru"/>.</summary>
    Gru,

    /// <summary><see cref="LatentKernels.Perceptron"/>.</summary>
    Perceptron,
}

/// <summary>A propagator of managed code in the form that kernels read.</summary>
/// <param name="Cell">The kernel.</param>
/// <param name="Latents">Latent dimension d_z.</param>
/// <param name="Units">Units of the cell, padded; of a perceptron the numbers of its widest layer.</param>
/// <param name="MemorySize">Numbers of recurrent state per member.</param>
/// <param name="ScratchRows">Numbers per member that the kernel needs beside them.</param>
/// <param name="Weights">Weights and biases.</param>
/// <param name="Layers">Inputs, outputs and activation of each layer.</param>
/// <param name="Scaling">Of each latent low, then range, then for some the bias of the readout.</param>
/// <param name="Increment">Whether the readout is the change of the latents.</param>
internal sealed record KernelNetwork(
    KernelCell Cell, int Latents, int Units, int MemorySize, int ScratchRows, Four[] Weights, int[] Layers, float[] Scaling, bool Increment)
{
    private const int Width = 4;

    /// <summary>What a propagator computes; null where there is no kernel for it.</summary>
    public static KernelNetwork? Of(IPropagator propagator)
    {
        switch (propagator)
        {
            case LstmPropagator lstm:
                var (weight, bias) = lstm.Readout;
                var (d, h) = (lstm.LatentSize, lstm.MemorySize / 2);
                return new(
                    KernelCell.Lstm, d, h, lstm.MemorySize, 3 * h, [.. Cells(lstm.Gates), .. Fours(weight)], [],
                    [.. lstm.Low[..d], .. lstm.Range[..d], .. bias], lstm.IsIncrement);
            case GruPropagator gru:
                return new(
                    KernelCell.Gru, gru.LatentSize, gru.MemorySize, gru.MemorySize, 2 * gru.MemorySize + gru.LatentSize + Whole(gru.LatentSize),
                    [.. Cells(gru.Gates), .. Outputs(gru.Readout)], Sizes([gru.Readout]), Limits(gru.Scaling), gru.IsIncrement);
            case PerceptronPropagator perceptron:
                var widest = perceptron.Layers.Max(layer => Whole(layer.Outputs));
                return new(
                    KernelCell.Perceptron, perceptron.LatentSize, widest, 0, perceptron.LatentSize + 2 * widest, [.. perceptron.Layers.SelectMany(Outputs)],
                    Sizes(perceptron.Layers), Limits(perceptron.Scaling), perceptron.IsIncrement);
            default:
                return null;
        }
    }

    private static int Whole(int count) => (count + Width - 1) / Width * Width;

    private static int[] Sizes(ImmutableArray<DenseLayer> layers) =>
        [.. layers.SelectMany(layer => (int[])[layer.Inputs, layer.Outputs, (int)layer.Activation])];

    private static float[] Limits(LatentScaling scaling) => [.. scaling.Low, .. scaling.High.Zip(scaling.Low, (high, low) => high - low)];

    private static IEnumerable<Four> Fours(float[] values) => values.Chunk(Width).Select(v => new Four(v[0], v[1], v[2], v[3]));

    /// <summary>Of four outputs after the other the biases, then the weights of each input.</summary>
    private static IEnumerable<Four> Outputs(DenseLayer layer)
    {
        for (var o = 0; o < layer.Outputs; o += Width)
            for (var k = -1; k < layer.Inputs; k++)
                yield return Four(layer, o, k);
    }

    /// <summary>Of four units after the other the same of each of their four gates.</summary>
    private static IEnumerable<Four> Cells(DenseLayer gates)
    {
        var units = gates.Outputs / Width;
        for (var j = 0; j < units; j += Width)
            for (var k = -1; k < gates.Inputs; k++)
                for (var gate = 0; gate < Width; gate++)
                    yield return Four(gates, gate * units + j, k);
    }

    private static Four Four(DenseLayer layer, int o, int k) => new(layer.Weight(o, k), layer.Weight(o + 1, k), layer.Weight(o + 2, k), layer.Weight(o + 3, k));
}
