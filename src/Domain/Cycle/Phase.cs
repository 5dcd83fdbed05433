namespace LedCluster.Domain.Cycle;

/// <summary>Who advances a cohort during a leg.</summary>
public enum Phase : byte
{
    /// <summary>The micro solver, from the initial condition, until the recurrent state is warm.</summary>
    Warmup = 0,

    /// <summary>The latent propagator, on latents alone.</summary>
    Macro = 1,

    /// <summary>The micro solver, from a lifted latent state.</summary>
    Micro = 2,
}
