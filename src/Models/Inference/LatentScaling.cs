using System.Collections.Immutable;

namespace LedCluster.Models.Inference;

/// <summary>Scaling of latents for a propagator: s = (z − low)/(high − low).</summary>
/// <param name="Low">Latent value that the propagator sees as 0, [d_z].</param>
/// <param name="High">Latent value that the propagator sees as 1, [d_z].</param>
public sealed record LatentScaling(ImmutableArray<float> Low, ImmutableArray<float> High)
{
    /// <summary>Latent dimension d_z.</summary>
    public int Size => Low.Length;

    /// <summary>Scales one latent vector.</summary>
    /// <param name="latent">z [d_z].</param>
    /// <param name="scaled">Receives s [d_z].</param>
    public void Scale(ReadOnlySpan<float> latent, Span<float> scaled)
    {
        for (var k = 0; k < latent.Length; k++)
            scaled[k] = (latent[k] - Low[k]) / (High[k] - Low[k]);
    }

    /// <summary>Undoes <see cref="Scale"/>.</summary>
    /// <param name="scaled">s [d_z].</param>
    /// <param name="latent">Receives z [d_z].</param>
    public void Unscale(ReadOnlySpan<float> scaled, Span<float> latent)
    {
        for (var k = 0; k < latent.Length; k++)
            latent[k] = MathF.FusedMultiplyAdd(scaled[k], High[k] - Low[k], Low[k]);
    }
}
