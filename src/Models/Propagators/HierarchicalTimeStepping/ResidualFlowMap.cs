using System.Buffers;
using System.Collections.Immutable;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Propagators.HierarchicalTimeStepping;

/// <summary>
/// A network time-stepper x(t + sΔt) = x(t) + N(x(t)) with a feed-forward network N, in managed float32 code (Liu, Kutz &amp; Brunton 2022,
/// doi:10.1098/rsta.2021.0200, equation 2.3; the published networks have ReLU between their layers and nothing after the last).
/// </summary>
public sealed class ResidualFlowMap : IFlowMap
{
    private const int TileRows = 64;

    private readonly ImmutableArray<DenseLayer> layers;
    private readonly int width;

    /// <summary>Prepares the network.</summary>
    /// <param name="step">Frames from one state to the next, s.</param>
    /// <param name="layers">Layers of N, from d inputs to d outputs.</param>
    /// <exception cref="ArgumentException">The step is not positive, or the layers do not fit each other.</exception>
    public ResidualFlowMap(int step, ImmutableArray<DenseLayer> layers)
    {
        if (step < 1)
            throw new ArgumentException($"A flow map advances by {step} frames; it must be at least 1.", nameof(step));
        if (layers.IsDefaultOrEmpty || layers[^1].Outputs != layers[0].Inputs)
            throw new ArgumentException($"The flow map for {step} frames must have layers that lead from d numbers back to d.", nameof(layers));
        for (var i = 1; i < layers.Length; i++)
            if (layers[i].Inputs != layers[i - 1].Outputs)
                throw new ArgumentException(
                    $"Layer {i + 1} of the flow map for {step} frames takes {layers[i].Inputs} numbers, "
                    + $"but layer {i} gives {layers[i - 1].Outputs}.",
                    nameof(layers));
        (Step, this.layers) = (step, layers);
        width = layers.Max(layer => Math.Max(DenseLayer.Padded(layer.Inputs), layer.Stride));
    }

    /// <inheritdoc />
    public int Step { get; }

    /// <inheritdoc />
    public int Size => layers[0].Inputs;

    /// <inheritdoc />
    public void Advance(ReadOnlySpan<float> states, Span<float> next, int rows)
    {
        var length = Math.Min(rows, TileRows) * width;
        var (even, odd) = (ArrayPool<float>.Shared.Rent(length), ArrayPool<float>.Shared.Rent(length));
        for (var first = 0; first < rows; first += TileRows)
        {
            var batch = Math.Min(TileRows, rows - first);
            var input = states.Slice(first * Size, batch * Size);
            layers[0].Forward(input, Size, even, batch);
            var (from, to) = (even, odd);
            for (var i = 1; i < layers.Length; i++)
            {
                layers[i].Forward(from, layers[i - 1].Stride, to, batch);
                (from, to) = (to, from);
            }
            var output = next.Slice(first * Size, batch * Size);
            for (var row = 0; row < batch; row++)
                for (var k = 0; k < Size; k++)
                    output[row * Size + k] = input[row * Size + k] + from[row * layers[^1].Stride + k];
        }
        ArrayPool<float>.Shared.Return(even);
        ArrayPool<float>.Shared.Return(odd);
    }
}
