namespace LedCluster.Domain.Workers;

/// <summary>The kinds of work whose cost a run accounts for.</summary>
public enum Work : byte
{
    /// <summary>The micro solver.</summary>
    Micro = 0,

    /// <summary>Latent propagation, warm-up of the recurrent state included.</summary>
    Latent = 1,

    /// <summary>Restriction of fields to latents.</summary>
    Encode = 2,

    /// <summary>Lifting of latents to fields.</summary>
    Decode = 3,
}
