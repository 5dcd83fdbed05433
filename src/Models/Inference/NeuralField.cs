using System.Collections.Immutable;
using LedCluster.Domain.Workers;

namespace LedCluster.Models.Inference;

/// <summary>
/// Autoencoder whose decoder is a neural field, in managed code: an encoder of dense layers with CELU and a linear latent; the value at a point
/// is ½ + ½ tanh of a network with CELU that is given latents and coordinates (as in Chen et al. 2023, arXiv:2206.02607, and Yin et al.
/// 2023, arXiv:2209.14855). Fields whose fronts travel take few latents and weights.
/// </summary>
/// <remarks>Every field is computed by itself, so that its bits do not depend on its company.</remarks>
internal sealed class NeuralField : IReduction
{
    private const int PointsTogether = 64;

    private readonly FieldScaling scaling;
    private readonly float[] coordinates; // [points, axes]
    private readonly ImmutableArray<DenseLayer> encoder, decoder;
    private readonly int points, axes, widest;

    /// <summary>Builds an autoencoder.</summary>
    /// <param name="scaling">Scaling of the fields.</param>
    /// <param name="coordinates">Coordinates of the points, [points, axes].</param>
    /// <param name="encoder">Layers from a field to the latents.</param>
    /// <param name="decoder">Layers from latents and coordinates to channels.</param>
    public NeuralField(FieldScaling scaling, float[] coordinates, ImmutableArray<DenseLayer> encoder, ImmutableArray<DenseLayer> decoder)
    {
        (this.scaling, this.coordinates, this.encoder, this.decoder) = (scaling, coordinates, encoder, decoder);
        points = encoder[0].Inputs / scaling.Minimum.Length;
        axes = coordinates.Length / points;
        widest = Math.Max(encoder[0].Inputs, encoder.Concat(decoder).Max(layer => Math.Max(layer.Stride, layer.Inputs)));
    }

    /// <inheritdoc />
    public int LatentSize => encoder[^1].Outputs;

    private int FieldSize => encoder[0].Inputs;

    /// <inheritdoc />
    public void Encode(ReadOnlySpan<double> fields, Span<float> latents)
    {
        var (row, next) = (new float[widest], new float[widest]);
        for (var field = 0; field < fields.Length / FieldSize; field++)
        {
            scaling.Scale(fields.Slice(field * FieldSize, FieldSize), row);
            foreach (var layer in encoder)
            {
                layer.Forward(row, layer.Inputs, next, 1);
                (row, next) = (next, row);
            }
            row.AsSpan(0, LatentSize).CopyTo(latents[(field * LatentSize)..]);
        }
    }

    /// <inheritdoc />
    public void Decode(ReadOnlySpan<float> latents, Span<float> fields, in StepContext context)
    {
        var (rows, next, scaled, d) = (new float[PointsTogether * widest], new float[PointsTogether * widest], new float[FieldSize], LatentSize);
        for (var field = 0; field < latents.Length / d; field++)
        {
            for (var first = 0; first < points; first += PointsTogether)
            {
                var count = Math.Min(PointsTogether, points - first);
                for (var j = 0; j < count; j++)
                {
                    latents.Slice(field * d, d).CopyTo(rows.AsSpan(j * (d + axes)));
                    coordinates.AsSpan((first + j) * axes, axes).CopyTo(rows.AsSpan(j * (d + axes) + d));
                }
                var stride = d + axes;
                foreach (var layer in decoder)
                {
                    layer.Forward(rows, stride, next, count);
                    (rows, next, stride) = (next, rows, layer.Stride);
                }
                for (var j = 0; j < count; j++)
                    for (var c = 0; c < scaling.Minimum.Length; c++)
                        scaled[c * points + first + j] = rows[j * stride + c];
            }
            scaling.Unscale(scaled, fields.Slice(field * FieldSize, FieldSize));
        }
    }

    /// <inheritdoc />
    public double MeanSquaredError(ReadOnlySpan<double> truth, ReadOnlySpan<float> reconstruction) => scaling.MeanSquaredError(truth, reconstruction);
}
