namespace LedCluster.Domain.Runs;

/// <summary>What a run keeps of every member. Ensemble statistics of the fields are always kept.</summary>
public enum SaveRule : byte
{
    /// <summary>Fields and latents of every frame: 4·C·X bytes per member and frame.</summary>
    Fields = 0,

    /// <summary>Latents of every frame: 4·d_z bytes per member and frame.</summary>
    Latent = 1,
}
