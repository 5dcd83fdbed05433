using System.Collections.Immutable;
using System.Numerics;

namespace LedCluster.Domain.Workers;

/// <summary>The learned effective dynamics: a reduction, a propagator, and the latent range they were trained on.</summary>
/// <param name="Reduction">Encoder and decoder.</param>
/// <param name="Propagator">Latent time stepper.</param>
/// <param name="LatentMinimum">Smallest value of each latent seen in training, [d_z].</param>
/// <param name="LatentMaximum">Largest value of each latent seen in training, [d_z].</param>
public sealed record EffectiveModel(
    IReduction Reduction,
    IPropagator Propagator,
    ImmutableArray<float> LatentMinimum,
    ImmutableArray<float> LatentMaximum)
{
    /// <summary>
    /// Distance of a latent vector beyond the training range, as a fraction of that range: the largest over its
    /// components; 0 inside, NaN when a component is not a number.
    /// </summary>
    public float Excess(ReadOnlySpan<float> latent)
    {
        var worst = 0f;
        for (var k = 0; k < latent.Length; k++)
        {
            var (low, high) = (LatentMinimum[k], LatentMaximum[k]);
            worst = MathF.Max(worst, MathF.Max(low - latent[k], latent[k] - high) / (high - low));
        }
        return worst;
    }

    /// <summary>The largest such distance of each member over some frames, with the same bits: that of the extremes, as rounding is monotonic.</summary>
    /// <param name="latents">Latents [frames, M, d_z].</param>
    /// <param name="members">Members M.</param>
    public float[] Excess(ReadOnlySpan<float> latents, int members)
    {
        int d = LatentMinimum.Length, row = members * d, i = 0;
        float[] smallest = new float[row], largest = new float[row], worst = new float[members];
        for (; i <= row - Vector<float>.Count; i += Vector<float>.Count)
        {
            var (least, most, nan) = (new Vector<float>(float.PositiveInfinity), new Vector<float>(float.NegativeInfinity), Vector<int>.Zero);
            for (var at = i; at < latents.Length; at += row)
            {
                var z = new Vector<float>(latents[at..]);
                (least, most, nan) = (Vector.MinNative(z, least), Vector.MaxNative(z, most), nan | ~Vector.Equals(z, z));
            }
            Vector.ConditionalSelect(nan, new Vector<float>(float.NaN), least).CopyTo(smallest, i);
            most.CopyTo(largest, i);
        }
        for (; i < row; i++)
        {
            (smallest[i], largest[i]) = (float.PositiveInfinity, float.NegativeInfinity);
            for (var at = i; at < latents.Length; at += row)
                (smallest[i], largest[i]) = (MathF.Min(smallest[i], latents[at]), MathF.Max(largest[i], latents[at]));
        }
        for (i = 0; i < row; i++)
        {
            var (low, high) = (LatentMinimum[i % d], LatentMaximum[i % d]);
            worst[i / d] = MathF.Max(worst[i / d], MathF.Max(low - smallest[i], largest[i] - high) / (high - low));
        }
        return worst;
    }
}
