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
    private const int MostTileRows = 48;

    /// <summary>Numbers of a tile that is encoded at most, unless it is a single row: 4 MiB.</summary>
    private const int TileNumbers = 1 << 20;

    /// <summary>The same of one that is decoded, straight to where it belongs: 16 MiB; large weights are then read from memory less often.</summary>
    private const int DecodedNumbers = 1 << 22;

    /// <summary>Numbers that the last layer hands to the scaling at a time: 32 KiB, which stay in the first-level cache.</summary>
    private const int BlockNumbers = 1 << 13;

    private readonly ImmutableArray<DenseLayer> hiddenLayers = decoder[..^1];
    private readonly int encoderWidth = Width(encoder), hiddenWidth = Math.Max(decoder[0].Inputs, Width(decoder[..^1]));

    /// <inheritdoc />
    public int LatentSize => encoder[^1].Outputs;

    private int FieldSize => encoder[0].Inputs;

    /// <inheritdoc />
    public void Encode(ReadOnlySpan<double> fields, Span<float> latents)
    {
        var rows = fields.Length / FieldSize;
        var tile = TileRows(rows, encoderWidth, TileNumbers);
        using var scratch = Pair.Rent(tile * encoderWidth);
        for (var first = 0; first < rows; first += tile)
        {
            var batch = Math.Min(tile, rows - first);
            for (var r = 0; r < batch; r++)
                scaling.Scale(fields.Slice((first + r) * FieldSize, FieldSize), scratch.Even.AsSpan(r * FieldSize, FieldSize));
            var (result, stride) = Through(encoder, scratch, FieldSize, batch);
            for (var r = 0; r < batch; r++)
                result.AsSpan(r * stride, LatentSize).CopyTo(latents[((first + r) * LatentSize)..]);
        }
    }

    /// <inheritdoc />
    public void Decode(ReadOnlySpan<float> latents, Span<float> fields, in StepContext context)
    {
        var (rows, last) = (latents.Length / LatentSize, decoder[^1]);
        var tile = TileRows(rows, Math.Max(hiddenWidth, last.Stride), DecodedNumbers);
        using var scratch = Pair.Rent(tile * hiddenWidth);
        var block = ArrayPool<float>.Shared.Rent(Math.Max(BlockNumbers, tile * DenseLayer.Panel));
        for (var first = 0; first < rows; first += tile)
        {
            var batch = Math.Min(tile, rows - first);
            latents.Slice(first * LatentSize, batch * LatentSize).CopyTo(scratch.Even);
            var (hidden, stride) = Through(hiddenLayers, scratch, LatentSize, batch);
            var atOnce = Math.Max(1, BlockNumbers / (batch * DenseLayer.Panel)) * DenseLayer.Panel;
            // the wide layer piece by piece: weights are read once, fields written once, and nothing else leaves the cache
            for (var at = 0; at < FieldSize; at += atOnce)
            {
                var width = Math.Min(atOnce, last.Stride - at);
                last.Forward(hidden, stride, block, batch, at, width);
                for (var r = 0; r < batch; r++)
                {
                    var own = fields.Slice((first + r) * FieldSize + at, Math.Min(width, FieldSize - at));
                    scaling.Unscale(block.AsSpan(r * width, own.Length), own, at, FieldSize / scaling.Minimum.Length);
                }
            }
        }
        ArrayPool<float>.Shared.Return(block);
    }

    /// <inheritdoc />
    public double MeanSquaredError(ReadOnlySpan<double> truth, ReadOnlySpan<float> reconstruction) =>
        scaling.MeanSquaredError(truth, reconstruction);

    private static int Width(ImmutableArray<DenseLayer> layers) =>
        layers.Select(layer => Math.Max(DenseLayer.Padded(layer.Inputs), layer.Stride)).DefaultIfEmpty(0).Max();

    private static int TileRows(int rows, int width, int numbers) => Math.Clamp(Math.Min(rows, numbers / width), 1, MostTileRows);

    /// <summary>Applies the layers in turn, from one array to the other and back; the input stands in the first, unpadded.</summary>
    private static (float[] Result, int Stride) Through(ImmutableArray<DenseLayer> layers, in Pair scratch, int stride, int batch)
    {
        var (from, to) = (scratch.Even, scratch.Odd);
        foreach (var layer in layers)
        {
            layer.Forward(from, stride, to, batch);
            (from, to, stride) = (to, from, layer.Stride);
        }
        return (from, stride);
    }

    /// <summary>Two arrays for a while; they are used again, as new ones of this size cost more than what is written into them.</summary>
    private readonly record struct Pair(float[] Even, float[] Odd) : IDisposable
    {
        public static Pair Rent(int length) => new(ArrayPool<float>.Shared.Rent(length), ArrayPool<float>.Shared.Rent(length));

        public void Dispose()
        {
            ArrayPool<float>.Shared.Return(Even);
            ArrayPool<float>.Shared.Return(Odd);
        }
    }
}
