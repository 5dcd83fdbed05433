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
    private const int MostTileRows = 32;

    /// <summary>Numbers of a tile at most, unless it is a single row: 4 MiB.</summary>
    private const int TileNumbers = 1 << 20;

    private readonly int width = encoder.Concat(decoder).Max(layer => Math.Max(DenseLayer.Padded(layer.Inputs), layer.Stride));

    /// <inheritdoc />
    public int LatentSize => encoder[^1].Outputs;

    private int FieldSize => encoder[0].Inputs;

    private int TileRows(int rows) => Math.Clamp(Math.Min(rows, TileNumbers / width), 1, MostTileRows);

    /// <inheritdoc />
    public void Encode(ReadOnlySpan<double> fields, Span<float> latents)
    {
        var rows = fields.Length / FieldSize;
        var tile = TileRows(rows);
        var (even, odd) = (new float[tile * width], new float[tile * width]);
        for (var first = 0; first < rows; first += tile)
        {
            var batch = Math.Min(tile, rows - first);
            for (var r = 0; r < batch; r++)
                scaling.Scale(fields.Slice((first + r) * FieldSize, FieldSize), even.AsSpan(r * FieldSize, FieldSize));
            var (result, stride) = Through(encoder, even, odd, batch);
            for (var r = 0; r < batch; r++)
                result.AsSpan(r * stride, LatentSize).CopyTo(latents[((first + r) * LatentSize)..]);
        }
    }

    /// <inheritdoc />
    public void Decode(ReadOnlySpan<float> latents, Span<float> fields, in StepContext context)
    {
        var rows = latents.Length / LatentSize;
        var tile = TileRows(rows);
        var (even, odd) = (new float[tile * width], new float[tile * width]);
        for (var first = 0; first < rows; first += tile)
        {
            var batch = Math.Min(tile, rows - first);
            latents.Slice(first * LatentSize, batch * LatentSize).CopyTo(even);
            var (result, stride) = Through(decoder, even, odd, batch);
            for (var r = 0; r < batch; r++)
                scaling.Unscale(result.AsSpan(r * stride, FieldSize), fields.Slice((first + r) * FieldSize, FieldSize));
        }
    }

    /// <inheritdoc />
    public double MeanSquaredError(ReadOnlySpan<double> truth, ReadOnlySpan<float> reconstruction) =>
        scaling.MeanSquaredError(truth, reconstruction);

    /// <summary>Applies the layers in turn, from one array to the other and back; the input stands in the first, unpadded.</summary>
    private static (float[] Result, int Stride) Through(ImmutableArray<DenseLayer> layers, float[] from, float[] to, int batch)
    {
        var stride = layers[0].Inputs;
        foreach (var layer in layers)
        {
            layer.Forward(from, stride, to, batch);
            (from, to, stride) = (to, from, layer.Stride);
        }
        return (from, stride);
    }
}
