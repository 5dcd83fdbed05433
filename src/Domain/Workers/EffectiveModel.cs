using System.Collections.Immutable;

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
}
