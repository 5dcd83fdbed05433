using System.Collections.Immutable;

namespace LedCluster.Models.Inference;

/// <summary>Scaling of latents for a propagator: s = (z − low)/(high − low).</summary>
/// <param name="Low">Latent value that the propagator sees as 0, [d_z].</param>
/// <param name="High">Latent value that the propagator sees as 1, [d_z].</param>
public sealed record LatentScaling(ImmutableArray<float> Low, ImmutableArray<float> High)
{
    /// <summary>Latent dimension d_z.</summary>
    public int Size => Low.Length;
}
