using System.Collections.Immutable;
using LedCluster.Domain.Workers;

namespace LedCluster.Models.Inference;

/// <summary>
/// Autoencoder for fields whose points follow a common law at times of their own, as excitable media do, in managed code: a small network, the
/// same for all points, turns the channels of a point into a few numbers, such as a phase; dense layers turn those of all points into
/// the latent. The decoder mirrors it: what changes sharply in a field need not do so in what the dense layers see. CELU between
/// layers; the last output is ½ + ½ tanh.
/// </summary>
/// <remarks>Every field is computed by itself, so that its bits do not depend on its company.</remarks>
internal sealed class PointwiseAutoencoder : IReduction
{
    private readonly FieldScaling scaling;
    private readonly ImmutableArray<DenseLayer> inward, encoder, decoder, outward;
    private readonly int[] read;
    private readonly int points, channels, features, largest;

    /// <summary>Builds an autoencoder.</summary>
    /// <param name="scaling">Scaling of the fields.</param>
    /// <param name="points">Points X per channel.</param>
    /// <param name="read">Places of the points that the encoder reads.</param>
    /// <param name="inward">Layers from the channels of a point to its features.</param>
    /// <param name="encoder">Layers from all features to the latent.</param>
    /// <param name="decoder">Layers from the latent to all features.</param>
    /// <param name="outward">Layers from the features of a point to its channels.</param>
    public PointwiseAutoencoder(
        FieldScaling scaling, int points, int[] read, ImmutableArray<DenseLayer> inward, ImmutableArray<DenseLayer> encoder,
        ImmutableArray<DenseLayer> decoder, ImmutableArray<DenseLayer> outward)
    {
        (this.scaling, this.points, this.read, this.inward, this.encoder, this.decoder, this.outward) = (
            scaling, points, read, inward, encoder, decoder, outward);
        (channels, features) = (scaling.Minimum.Length, inward[^1].Outputs);
        largest = Math.Max(
            points * inward.Concat(outward).Max(layer => Math.Max(layer.Stride, layer.Inputs)),
            encoder.Concat(decoder).Max(layer => Math.Max(layer.Stride, layer.Inputs)));
    }

    /// <inheritdoc />
    public int LatentSize => encoder[^1].Outputs;

    private int FieldSize => channels * points;

    /// <inheritdoc />
    public void Encode(ReadOnlySpan<double> fields, Span<float> latents)
    {
        var (scaled, rows, next) = (new float[FieldSize], new float[largest], new float[largest]);
        for (var field = 0; field < fields.Length / FieldSize; field++)
        {
            scaling.Scale(fields.Slice(field * FieldSize, FieldSize), scaled);
            for (var j = 0; j < read.Length; j++)
                for (var c = 0; c < channels; c++)
                    rows[j * channels + c] = scaled[c * points + read[j]];
            Apply(inward, read.Length, ref rows, ref next);
            var stride = inward[^1].Stride;
            for (var j = 1; j < read.Length; j++) // takes the padding out
                rows.AsSpan(j * stride, features).CopyTo(rows.AsSpan(j * features));
            Apply(encoder, 1, ref rows, ref next);
            rows.AsSpan(0, LatentSize).CopyTo(latents[(field * LatentSize)..]);
        }
    }

    /// <inheritdoc />
    public void Decode(ReadOnlySpan<float> latents, Span<float> fields, in StepContext context)
    {
        var (scaled, rows, next) = (new float[FieldSize], new float[largest], new float[largest]);
        for (var field = 0; field < latents.Length / LatentSize; field++)
        {
            latents.Slice(field * LatentSize, LatentSize).CopyTo(rows);
            Apply(decoder, 1, ref rows, ref next);
            Apply(outward, points, ref rows, ref next);
            for (var j = 0; j < points; j++)
                for (var c = 0; c < channels; c++)
                    scaled[c * points + j] = rows[j * outward[^1].Stride + c];
            scaling.Unscale(scaled, fields.Slice(field * FieldSize, FieldSize));
        }
    }

    /// <inheritdoc />
    public double MeanSquaredError(ReadOnlySpan<double> truth, ReadOnlySpan<float> reconstruction) => scaling.MeanSquaredError(truth, reconstruction);

    /// <summary>Applies layers to rows [batch, ·], which stand without padding first and with that of the last layer after it.</summary>
    private static void Apply(ImmutableArray<DenseLayer> layers, int batch, ref float[] rows, ref float[] next)
    {
        var stride = layers[0].Inputs;
        foreach (var layer in layers)
        {
            layer.Forward(rows, stride, next, batch);
            (rows, next, stride) = (next, rows, layer.Stride);
        }
    }
}
