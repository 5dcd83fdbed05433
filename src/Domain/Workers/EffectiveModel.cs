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

    /// <summary>The largest such distance of each member over some frames, with the same bits: a quotient of the largest is the largest quotient.</summary>
    /// <param name="latents">Latents [frames, M, d_z].</param>
    /// <param name="members">Members M.</param>
    public float[] Excess(ReadOnlySpan<float> latents, int members)
    {
        int d = LatentMinimum.Length, row = members * d;
        float[] low = new float[row], high = new float[row], beyond = new float[row], worst = new float[members];
        for (var i = 0; i < row; i++)
            (low[i], high[i]) = (LatentMinimum[i % d], LatentMaximum[i % d]);
        for (; latents.Length > 0; latents = latents[row..])
        {
            var i = 0;
            for (; i <= row - Vector<float>.Count; i += Vector<float>.Count)
            {
                var z = new Vector<float>(latents[i..]);
                Vector.Max(new Vector<float>(beyond, i), Vector.Max(new Vector<float>(low, i) - z, z - new Vector<float>(high, i))).CopyTo(beyond, i);
            }
            for (; i < row; i++)
                beyond[i] = MathF.Max(beyond[i], MathF.Max(low[i] - latents[i], latents[i] - high[i]));
        }
        for (var i = 0; i < row; i++)
            worst[i / d] = MathF.Max(worst[i / d], beyond[i] / (high[i] - low[i]));
        return worst;
    }
}
