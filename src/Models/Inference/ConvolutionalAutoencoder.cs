using System.Collections.Immutable;
using System.Numerics;
using LedCluster.Domain.Workers;

namespace LedCluster.Models.Inference;

/// <summary>
/// Convolutional autoencoder in managed code (Vlachas et al. 2022, doi:10.1038/s42256-022-00464-w, supplement, tables 5 and
/// 10). Encoder: (convolution, mean of pairs, CELU) per layer, then an affine map to the latent and CELU. Decoder: affine
/// map, CELU, then (linear interpolation to twice as many points, convolution, CELU) per layer, the last with ½ + ½ tanh.
/// </summary>
/// <remarks>Every field is computed by itself, so that its bits do not depend on its company.</remarks>
internal sealed class ConvolutionalAutoencoder : IReduction
{
    private readonly FieldScaling scaling;
    private readonly GridPadding padding;
    private readonly ImmutableArray<ConvolutionLayer> encoder, decoder;
    private readonly DenseLayer toLatent, fromLatent;
    private readonly int points, grid, margin, scratch;

    /// <summary>Builds an autoencoder from weights in PyTorch's layout.</summary>
    /// <param name="scaling">Scaling of the fields.</param>
    /// <param name="points">Points X per channel.</param>
    /// <param name="padding">Padding of convolutions and interpolations.</param>
    /// <param name="encoder">w [out, in, 5] and b [out] of each layer of the encoder.</param>
    /// <param name="toLatent">W [d_z, channels · coarse points] and b [d_z].</param>
    /// <param name="fromLatent">W [channels · coarse points, d_z] and b [channels · coarse points].</param>
    /// <param name="decoder">w [out, in, 5] and b [out] of each layer of the decoder.</param>
    public ConvolutionalAutoencoder(
        FieldScaling scaling, int points, GridPadding padding, ImmutableArray<(float[] Weight, float[] Bias)> encoder,
        (float[] Weight, float[] Bias) toLatent, (float[] Weight, float[] Bias) fromLatent, ImmutableArray<(float[] Weight, float[] Bias)> decoder)
    {
        (this.scaling, this.points, this.padding) = (scaling, points, padding);
        (grid, margin) = Grid(points, encoder.Length);
        this.encoder = Stack(encoder, scaling.Minimum.Length, pooled: true, Activation.Celu);
        this.decoder = Stack(decoder, this.encoder[^1].OutputRow, pooled: false, Activation.None);
        // PyTorch flattens [channels, points]; here rows of channels follow each other, padded.
        var (row, coarse, channels) = (this.encoder[^1].OutputRow, grid >> encoder.Length, encoder[^1].Bias.Length);
        var (d, flat) = (toLatent.Bias.Length, channels * coarse);
        var (down, up, start) = (new float[d * coarse * row], new float[coarse * row * d], new float[coarse * row]);
        for (var c = 0; c < channels; c++)
            for (var x = 0; x < coarse; x++)
            {
                start[x * row + c] = fromLatent.Bias[c * coarse + x];
                for (var k = 0; k < d; k++)
                {
                    down[(k * coarse + x) * row + c] = toLatent.Weight[k * flat + c * coarse + x];
                    up[(x * row + c) * d + k] = fromLatent.Weight[(c * coarse + x) * d + k];
                }
            }
        this.toLatent = new DenseLayer(down, toLatent.Bias, Activation.Celu);
        this.fromLatent = new DenseLayer(up, start, Activation.Celu);
        scratch = (grid + 2 * ConvolutionLayer.Halo) * this.encoder.Concat(this.decoder).Max(layer => Math.Max(layer.InputRow, layer.OutputRow));
    }

    /// <inheritdoc />
    public int LatentSize => toLatent.Outputs;

    private int FieldSize => scaling.Minimum.Length * points;

    /// <summary>
    /// The grid that the convolutions work on, a power of two, so that it can be halved again and again: the field stands
    /// in its middle, and zeros beside it.
    /// </summary>
    /// <param name="points">Points of a field.</param>
    /// <param name="layers">Number of layers.</param>
    /// <returns>Points of the grid, and how many of them stand before the field.</returns>
    public static (int Grid, int Margin) Grid(int points, int layers)
    {
        var grid = Math.Max((int)BitOperations.RoundUpToPowerOf2((uint)points), 1 << layers);
        return (grid, (grid - points) / 2);
    }

    /// <inheritdoc />
    public void Encode(ReadOnlySpan<double> fields, Span<float> latents)
    {
        var (scaled, from, to, latent) = (new float[FieldSize], new float[scratch], new float[scratch], new float[toLatent.Stride]);
        var channels = scaling.Minimum.Length;
        for (var field = 0; field < fields.Length / FieldSize; field++)
        {
            scaling.Scale(fields.Slice(field * FieldSize, FieldSize), scaled);
            from.AsSpan(0, (grid + 2 * ConvolutionLayer.Halo) * channels).Clear();
            for (var c = 0; c < channels; c++)
                for (var x = 0; x < points; x++)
                    from[(ConvolutionLayer.Halo + margin + x) * channels + c] = scaled[c * points + x];
            var size = grid;
            foreach (var layer in encoder)
            {
                layer.Forward(from, size, padding, to.AsSpan(ConvolutionLayer.Halo * layer.OutputRow));
                (from, to, size) = (to, from, size / 2);
            }
            toLatent.Forward(from.AsSpan(ConvolutionLayer.Halo * encoder[^1].OutputRow), toLatent.Inputs, latent, 1);
            latent.AsSpan(0, LatentSize).CopyTo(latents[(field * LatentSize)..]);
        }
    }

    /// <inheritdoc />
    public void Decode(ReadOnlySpan<float> latents, Span<float> fields, in StepContext context)
    {
        var (rows, refined, scaled) = (new float[scratch], new float[scratch], new float[DenseLayer.Padded(FieldSize)]);
        for (var field = 0; field < latents.Length / LatentSize; field++)
        {
            fromLatent.Forward(latents.Slice(field * LatentSize, LatentSize), LatentSize, rows, 1);
            var size = grid >> decoder.Length;
            foreach (var layer in decoder)
            {
                ConvolutionLayer.Refine(rows, layer.InputRow, size, padding, refined.AsSpan(ConvolutionLayer.Halo * layer.InputRow));
                size *= 2;
                layer.Forward(refined, size, padding, rows);
            }
            for (var c = 0; c < scaling.Minimum.Length; c++)
                for (var x = 0; x < points; x++)
                    scaled[c * points + x] = rows[(margin + x) * decoder[^1].OutputRow + c];
            unsafe
            {
                fixed (float* all = scaled)
                    SimdMath.HalfTanh(all, scaled.Length);
            }
            scaling.Unscale(scaled.AsSpan(0, FieldSize), fields.Slice(field * FieldSize, FieldSize));
        }
    }

    /// <inheritdoc />
    public double MeanSquaredError(ReadOnlySpan<double> truth, ReadOnlySpan<float> reconstruction) => scaling.MeanSquaredError(truth, reconstruction);

    private static ImmutableArray<ConvolutionLayer> Stack(ImmutableArray<(float[] Weight, float[] Bias)> weights, int inputRow, bool pooled, Activation last)
    {
        var layers = ImmutableArray.CreateBuilder<ConvolutionLayer>();
        foreach (var (weight, bias) in weights)
            layers.Add(new ConvolutionLayer(
                weight, bias, layers is [.., var before] ? before.OutputRow : inputRow, pooled, layers.Count == weights.Length - 1 ? last : Activation.Celu));
        return layers.ToImmutable();
    }
}
