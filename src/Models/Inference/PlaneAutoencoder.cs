using System.Numerics.Tensors;
using LedCluster.Domain.Workers;
using LedCluster.Models.Checkpoints;

namespace LedCluster.Models.Inference;

/// <summary>
/// Convolutional autoencoder on a plane in managed code (Cattaneo, Dotti &amp; Fedrizzi, PACS project report, Politecnico di Milano 2022,
/// figures 16 and 23). Encoder: (3 × 3 convolution, ELU, maximum of 2 × 2 points) per layer, dense layers with ELU, a linear latent.
/// Decoder: dense layers with ELU, transposed convolutions with ELU, the last one linear.
/// </summary>
/// <remarks>Every field is computed by itself, so that its bits do not depend on its company.</remarks>
internal sealed class PlaneAutoencoder : IReduction
{
    private readonly FieldScaling scaling;
    private readonly PlaneConvolutionalArchitecture shape;
    private readonly DenseLayer[] encoder, toLatent, fromLatent, decoder;
    private readonly PlaneTaps[] down, up;
    private readonly int[] read; // places of the points that the encoder reads
    private readonly float[] offset, mask; // of the values that are decoded, and of the points that are read; empty for none
    private readonly int channels, points, gathered, widest;

    /// <summary>Builds an autoencoder.</summary>
    /// <param name="scaling">Scaling of the fields.</param>
    /// <param name="shape">Shape, which must fit them.</param>
    /// <param name="layers">Layers, by name.</param>
    /// <param name="offset">Field [C·X] that the decoder adds, scaled; empty for none.</param>
    public PlaneAutoencoder(FieldScaling scaling, PlaneConvolutionalArchitecture shape, IReadOnlyDictionary<string, DenseLayer> layers, float[] offset)
    {
        this.offset = offset;
        (this.scaling, this.shape, channels, points) = (scaling, shape, scaling.Minimum.Length, shape.Grid[0] * shape.Grid[1]);
        (encoder, decoder) = (Stack("encoder", shape.Channels.Length), Stack("decoder", shape.Decoder.Length));
        (toLatent, fromLatent) = (Stack("toLatent", shape.EncoderLayers.Length + 1), Stack("fromLatent", shape.DecoderLayers.Length));
        mask = shape.Mask ? shape.PointMask(channels) : [];
        read = PlaneSampling.Places(shape.Grid, shape.InputStride);
        (down, up) = shape.Tables();
        var tables = encoder.Zip(down).Concat(decoder.Zip(up)).ToArray();
        gathered = tables.Max(pair => pair.Second.Rows * pair.Second.Columns * pair.First.Inputs);
        widest = Math.Max(layers.Values.Max(layer => layer.Stride), tables.Max(pair => pair.Second.Rows * pair.Second.Columns * pair.First.Stride));

        DenseLayer[] Stack(string name, int count) => [.. Enumerable.Range(0, count).Select(i => layers[$"{name}.{i}"])];
    }

    /// <inheritdoc />
    public int LatentSize => shape.LatentSize;

    private int FieldSize => channels * points;

    /// <inheritdoc />
    public void Encode(ReadOnlySpan<double> fields, Span<float> latents)
    {
        var inputs = channels + (shape.Mask ? 1 : 0);
        var (scaled, windows, length) = (new float[FieldSize], new float[gathered], Math.Max(widest, inputs * points));
        var (rows, next) = (new float[length], new float[length]);
        for (var field = 0; field < fields.Length / FieldSize; field++)
        {
            scaling.Scale(fields.Slice(field * FieldSize, FieldSize), scaled);
            var (height, width, stride, depth) = (shape.InputGrid[0], shape.InputGrid[1], inputs, inputs);
            for (var j = 0; j < read.Length; j++)
            {
                for (var k = 0; k < channels; k++)
                    rows[j * inputs + k] = scaled[k * points + read[j]];
                if (mask.Length > 0)
                    rows[j * inputs + channels] = mask[read[j]];
            }
            for (var i = 0; i < encoder.Length; i++)
            {
                Apply(encoder[i], down[i], rows, stride, depth, windows, next);
                (stride, depth) = (encoder[i].Stride, encoder[i].Outputs);
                for (var r = 0; r < height / 2; r++)
                    for (var c = 0; c < width / 2; c++)
                    {
                        var at = (2 * r * width + 2 * c) * stride;
                        var largest = rows.AsSpan((r * (width / 2) + c) * stride, stride);
                        TensorPrimitives.Max(next.AsSpan(at, stride), next.AsSpan(at + stride, stride), largest);
                        TensorPrimitives.Max(largest, next.AsSpan(at + width * stride, stride), largest);
                        TensorPrimitives.Max(largest, next.AsSpan(at + (width + 1) * stride, stride), largest);
                    }
                (height, width) = (height / 2, width / 2);
            }
            Pack(rows, height * width, stride, depth);
            foreach (var layer in toLatent)
            {
                layer.Forward(rows, layer.Inputs, next, 1);
                (rows, next) = (next, rows);
            }
            rows.AsSpan(0, LatentSize).CopyTo(latents[(field * LatentSize)..]);
        }
    }

    /// <inheritdoc />
    public void Decode(ReadOnlySpan<float> latents, Span<float> fields, in StepContext context)
    {
        var (scaled, windows, rows, next) = (new float[FieldSize], new float[gathered], new float[widest], new float[widest]);
        for (var field = 0; field < latents.Length / LatentSize; field++)
        {
            latents.Slice(field * LatentSize, LatentSize).CopyTo(rows);
            foreach (var layer in fromLatent)
            {
                layer.Forward(rows, layer.Inputs, next, 1);
                (rows, next) = (next, rows);
            }
            var (height, width, depth) = (shape.CoarseGrid[0], shape.CoarseGrid[1], shape.DecoderLayers[^1] / (shape.CoarseGrid[0] * shape.CoarseGrid[1]));
            for (var i = 0; i < decoder.Length; i++)
            {
                Apply(decoder[i], up[i], rows, depth, depth, windows, next);
                (height, width, depth) = (shape.Decoder[i].Size(height), shape.Decoder[i].Size(width), shape.Decoder[i].Channels);
                var (s, columns, stride) = (shape.Decoder[i].Stride, up[i].Columns, decoder[i].Stride);
                for (var r = 0; r < height; r++)
                    for (var c = 0; c < width; c++)
                        next.AsSpan((r / s * columns + c / s) * stride + (r % s * s + c % s) * depth, depth).CopyTo(rows.AsSpan((r * width + c) * depth));
            }
            for (var j = 0; j < points; j++)
                for (var k = 0; k < channels; k++)
                    scaled[k * points + j] = rows[j * channels + k];
            if (offset.Length > 0)
                TensorPrimitives.Add(scaled, offset, scaled);
            var decoded = fields.Slice(field * FieldSize, FieldSize);
            scaling.Unscale(scaled, decoded);
            foreach (var (first, count) in shape.Runs())
                decoded.Slice(first, count).Clear();
        }
    }

    /// <inheritdoc />
    public double MeanSquaredError(ReadOnlySpan<double> truth, ReadOnlySpan<float> reconstruction) => scaling.MeanSquaredError(truth, reconstruction);

    /// <summary>Gathers what each point sees, rows of <paramref name="depth"/> channels at distance <paramref name="stride"/>, and applies the layer.</summary>
    private static void Apply(DenseLayer layer, PlaneTaps taps, ReadOnlySpan<float> rows, int stride, int depth, Span<float> windows, Span<float> output)
    {
        for (var i = 0; i < taps.Sources.Length; i++)
        {
            var window = windows.Slice(i * depth, depth);
            if (taps.Sources[i] is >= 0 and var source)
                rows.Slice(source * stride, depth).CopyTo(window);
            else
                window.Clear();
        }
        layer.Forward(windows, layer.Inputs, output, taps.Rows * taps.Columns);
    }

    /// <summary>Takes the padding out of rows, in place.</summary>
    private static void Pack(float[] rows, int count, int stride, int depth)
    {
        for (var i = 1; i < count; i++)
            rows.AsSpan(i * stride, depth).CopyTo(rows.AsSpan(i * depth));
    }
}
