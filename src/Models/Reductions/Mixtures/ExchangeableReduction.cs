using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using LedCluster.Domain.Simd;
using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Reductions.Mixtures;

/// <summary>
/// Latents of exchangeable points, such as particles, and the density that they are drawn from (Vlachas et al. 2022,
/// doi:10.1038/s42256-022-00464-w, supplement I.D and I.E; Zaheer et al. 2017, arXiv:1703.06114): z = g(mean over points of φ(s)), and
/// every point is an independent draw of a mixture of Gaussians whose parameters a decoder makes of z. Any number of points; one of a
/// single point is a mixture-density autoencoder of vectors.
/// </summary>
/// <remarks>
/// Permuting points changes no bit of z: features, between −1 and 1, are rounded to multiples of 2⁻²⁸, of which float64 adds up to 2²⁴ exactly, in any order.
/// A drawn point depends on seed, member, frame and its number alone.
/// </remarks>
public sealed class ExchangeableReduction : IReduction
{
    private const int TileRows = 32, Lanes = GaussianMixture.Room;

    private readonly FieldScaling scaling;
    private readonly int points, channels, kernels, largest;
    private readonly ImmutableArray<DenseLayer> point, encoder, decoder;
    private readonly BoundedVariable variable;
    private readonly double floor, logVolume;

    /// <summary>Builds the reduction.</summary>
    /// <param name="scaling">Scaling of the fields.</param>
    /// <param name="points">Points N.</param>
    /// <param name="point">Layers φ from the channels of a point to its features; the last ends in tanh.</param>
    /// <param name="encoder">Layers g from the mean feature to the latent.</param>
    /// <param name="decoder">Layers from the latent to the outputs of <see cref="GaussianMixture"/>.</param>
    /// <param name="kernels">Kernels K.</param>
    /// <param name="variable">The variable that the mixture describes.</param>
    /// <param name="floor">Least deviation of a kernel.</param>
    internal ExchangeableReduction(
        FieldScaling scaling, int points, ImmutableArray<DenseLayer> point, ImmutableArray<DenseLayer> encoder,
        ImmutableArray<DenseLayer> decoder, int kernels, BoundedVariable variable, double floor)
    {
        (this.scaling, this.points, this.point, this.encoder, this.decoder, this.kernels, this.variable, this.floor) = (
            scaling, points, point, encoder, decoder, kernels, variable, floor);
        channels = scaling.Minimum.Length;
        largest = TileRows * point.Concat(encoder).Concat(decoder).Max(layer => Math.Max(DenseLayer.Padded(layer.Inputs), layer.Stride));
        logVolume = scaling.Minimum.Zip(scaling.Maximum, (low, high) => Math.Log(high - low)).Sum();
    }

    /// <inheritdoc />
    public int LatentSize => encoder[^1].Outputs;

    /// <inheritdoc />
    public bool HasLikelihood => true;

    /// <summary>The same encoder and density for another number of points.</summary>
    public ExchangeableReduction For(int points) => new(scaling, points, point, encoder, decoder, kernels, variable, floor);

    private int FieldSize => channels * points;

    /// <inheritdoc />
    public void Encode(ReadOnlySpan<double> fields, Span<float> latents)
    {
        var (even, odd, stride) = (new float[largest], new float[largest], point[^1].Stride);
        var sums = new double[stride];
        for (var row = 0; row < fields.Length / FieldSize; row++)
        {
            var field = fields.Slice(row * FieldSize, FieldSize);
            Array.Clear(sums);
            for (var first = 0; first < points; first += TileRows)
            {
                var batch = Math.Min(TileRows, points - first);
                for (var c = 0; c < channels; c++)
                {
                    var (low, factor) = (scaling.Minimum[c], 1 / (scaling.Maximum[c] - scaling.Minimum[c]));
                    for (var i = 0; i < batch; i++)
                        even[i * channels + c] = (float)((field[c * points + first + i] - low) * factor);
                }
                AddExactly(Through(point, even, odd, batch, channels), batch, stride, sums);
            }
            for (var k = 0; k < point[^1].Outputs; k++)
                even[k] = (float)(sums[k] / points);
            Through(encoder, even, odd, 1, point[^1].Outputs).AsSpan(0, LatentSize).CopyTo(latents[(row * LatentSize)..]);
        }
    }

    /// <inheritdoc />
    public void Decode(ReadOnlySpan<float> latents, Span<float> fields, in StepContext context)
    {
        var (even, odd, mixture, outputs) = (new float[largest], new float[largest], new GaussianMixture(kernels, channels, floor), decoder[^1]);
        var rows = latents.Length / LatentSize;
        for (var first = 0; first < rows; first += TileRows)
        {
            var batch = Math.Min(TileRows, rows - first);
            latents.Slice(first * LatentSize, batch * LatentSize).CopyTo(even);
            var result = Through(decoder, even, odd, batch, LatentSize);
            for (var r = 0; r < batch; r++)
            {
                var row = first + r;
                mixture.Load(result.AsSpan(r * outputs.Stride, outputs.Outputs));
                Draw(mixture, context, row % context.Count, context.Frame + row / context.Count, fields.Slice(row * FieldSize, FieldSize));
            }
        }
    }

    /// <summary>Not told: a drawn point is no reconstruction of one.</summary>
    /// <inheritdoc />
    public double MeanSquaredError(ReadOnlySpan<double> truth, ReadOnlySpan<float> reconstruction) =>
        throw new NotSupportedException(
            "Points that are sampled from a density have no squared error; use their negative log-likelihood.");

    /// <inheritdoc />
    public double NegativeLogLikelihood(ReadOnlySpan<double> fields, ReadOnlySpan<float> latent)
    {
        var (even, odd, mixture, v) = (new float[largest], new float[largest], new GaussianMixture(kernels, channels, floor), new double[channels]);
        latent.CopyTo(even);
        mixture.Load(Through(decoder, even, odd, 1, LatentSize).AsSpan(0, decoder[^1].Outputs));
        var sum = 0.0;
        for (var i = 0; i < points; i++)
        {
            for (var c = 0; c < channels; c++)
            {
                (v[c], var slope) = variable.Unbounded((fields[c * points + i] - scaling.Minimum[c]) / (scaling.Maximum[c] - scaling.Minimum[c]));
                sum += slope;
            }
            sum += mixture.LogDensity(v);
        }
        return logVolume - sum / points;
    }

    private void Draw(GaussianMixture mixture, in StepContext context, int position, int frame, Span<float> field)
    {
        if (frame < 0)
            throw new InvalidOperationException("A decoder that draws is asked for members of different frames together.");
        var drawn = new float[channels * Lanes];
        var member = (uint)context.Members.Span[position];
        for (var first = 0; first < points; first += Lanes)
        {
            var count = Math.Min(Lanes, points - first);
            mixture.Draw(member, (uint)frame, (uint)DrawPurpose.Decoder << 24 | (uint)first, context.Seed, count, drawn);
            for (var c = 0; c < channels; c++)
            {
                variable.Bounded(drawn.AsSpan(c * Lanes, Lanes));
                var (low, range) = ((float)scaling.Minimum[c], (float)(scaling.Maximum[c] - scaling.Minimum[c]));
                for (var i = 0; i < count; i++)
                    field[c * points + first + i] = MathF.FusedMultiplyAdd(drawn[c * Lanes + i], range, low);
            }
        }
    }

    /// <summary>Adds rows [batch, stride] of numbers between −1 and 1, rounded to multiples of 2⁻²⁸, to sums [stride].</summary>
    private static void AddExactly(float[] rows, int batch, int stride, double[] sums)
    {
        if (Vector512.IsHardwareAccelerated)
            AddExactly<Lanes512<double>>(rows, batch, stride, sums);
        else if (Vector256.IsHardwareAccelerated)
            AddExactly<Lanes256<double>>(rows, batch, stride, sums);
        else
            AddExactly<Lanes128<double>>(rows, batch, stride, sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void AddExactly<D>(float[] rows, int batch, int stride, double[] sums)
        where D : unmanaged, IVector<D, double>
    {
        var magic = D.Of(1.5 * (1 << 24)); // its last bit is 2⁻²⁸
        fixed (float* from = rows)
        fixed (double* to = sums)
            for (var k = 0; k < stride; k += 2 * D.Count)
            {
                D low = D.Load(to + k), high = D.Load(to + k + D.Count);
                for (var r = 0; r < batch; r++)
                {
                    low += D.Widened(from + r * stride + k) + magic - magic;
                    high += D.Widened(from + r * stride + k + D.Count) + magic - magic;
                }
                low.Store(to + k);
                high.Store(to + k + D.Count);
            }
    }

    /// <summary>Applies layers in turn, from one array to the other and back; the input stands in the first, unpadded.</summary>
    private static float[] Through(ImmutableArray<DenseLayer> layers, float[] from, float[] to, int batch, int stride)
    {
        foreach (var layer in layers)
        {
            layer.Forward(from, stride, to, batch);
            (from, to, stride) = (to, from, layer.Stride);
        }
        return from;
    }
}
