using System.Buffers;
using System.Collections.Immutable;
using LedCluster.Domain.Workers;

namespace LedCluster.Models.Inference;

/// <summary>
/// Feed-forward autoencoder in managed code: min–max scaling, dense encoder, dense decoder, and back
/// (Vlachas et al. 2022, doi:10.1038/s42256-022-00464-w, Methods).
/// </summary>
/// <param name="scaling">Scaling of the fields.</param>
/// <param name="encoder">Layers from C·X inputs to d_z outputs.</param>
/// <param name="decoder">Layers from d_z inputs to C·X outputs in [0, 1].</param>
public sealed class FeedForwardAutoencoder(
    FieldScaling scaling, ImmutableArray<DenseLayer> encoder, ImmutableArray<DenseLayer> decoder) : IReduction
{
    private const int TileRows = 32;

    private readonly int width = encoder.Concat(decoder).Max(layer => Math.Max(DenseLayer.Padded(layer.Inputs), layer.Stride));

    /// <inheritdoc />
    public int LatentSize => encoder[^1].Outputs;

    private int FieldSize => encoder[0].Inputs;

    /// <inheritdoc />
    public void Encode(ReadOnlySpan<double> fields, Span<float> latents)
    {
        using var scratch = MemoryPool<float>.Shared.Rent(2 * TileRows * width);
        var rows = fields.Length / FieldSize;
        for (var first = 0; first < rows; first += TileRows)
        {
            var batch = Math.Min(TileRows, rows - first);
            var (from, to) = (scratch.Memory.Span[..(TileRows * width)], scratch.Memory.Span[(TileRows * width)..]);
            for (var r = 0; r < batch; r++)
                scaling.Scale(fields.Slice((first + r) * FieldSize, FieldSize), from.Slice(r * FieldSize, FieldSize));
            var (result, stride) = Through(encoder, from, to, FieldSize, batch);
            for (var r = 0; r < batch; r++)
                result.Slice(r * stride, LatentSize).CopyTo(latents[((first + r) * LatentSize)..]);
        }
    }

    /// <inheritdoc />
    public void Decode(ReadOnlySpan<float> latents, Span<float> fields)
    {
        using var scratch = MemoryPool<float>.Shared.Rent(2 * TileRows * width);
        var rows = latents.Length / LatentSize;
        for (var first = 0; first < rows; first += TileRows)
        {
            var batch = Math.Min(TileRows, rows - first);
            var (from, to) = (scratch.Memory.Span[..(TileRows * width)], scratch.Memory.Span[(TileRows * width)..]);
            latents.Slice(first * LatentSize, batch * LatentSize).CopyTo(from);
            var (result, stride) = Through(decoder, from, to, LatentSize, batch);
            for (var r = 0; r < batch; r++)
                scaling.Unscale(result.Slice(r * stride, FieldSize), fields.Slice((first + r) * FieldSize, FieldSize));
        }
    }

    /// <inheritdoc />
    public double MeanSquaredError(ReadOnlySpan<double> truth, ReadOnlySpan<float> reconstruction)
    {
        var sum = 0.0;
        var points = truth.Length / scaling.Minimum.Length;
        for (var c = 0; c < scaling.Minimum.Length; c++)
        {
            var channel = 0.0;
            for (var j = c * points; j < (c + 1) * points; j++)
                channel += (truth[j] - reconstruction[j]) * (truth[j] - reconstruction[j]);
            var range = scaling.Maximum[c] - scaling.Minimum[c];
            sum += channel / (range * range);
        }
        return sum / truth.Length;
    }

    private ref struct Rows
    {
        public Span<float> Values;
        public int Stride;

        public readonly void Deconstruct(out Span<float> values, out int stride) => (values, stride) = (Values, Stride);
    }

    private static Rows Through(ImmutableArray<DenseLayer> layers, Span<float> from, Span<float> to, int stride, int batch)
    {
        foreach (var layer in layers)
        {
            layer.Forward(from, stride, to, batch);
            var swap = from;
            from = to;
            to = swap;
            stride = layer.Stride;
        }
        return new Rows { Values = from, Stride = stride };
    }
}
