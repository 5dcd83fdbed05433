namespace LedCluster.Domain.Cohorts;

/// <summary>What a member's forecast is worth during one leg.</summary>
/// <param name="Reconstruction">
/// Root mean square of Dec(Enc(x)) − x over the leg's micro frames, in scaled units (each channel's training range is 1);
/// of a model that decodes by drawing from a density, the mean negative log-likelihood per point, in nats. NaN on a macro leg, where no truth is known.
/// </param>
/// <param name="Excess">
/// Largest distance of a latent beyond the range seen in training, as a fraction of that range; 0 when inside.
/// </param>
public readonly record struct Trust(float Reconstruction, float Excess);
