namespace LedCluster.Domain.Cycle;

/// <summary>One uninterrupted stretch of a cohort's way: frames [First, First + Frames).</summary>
/// <param name="Index">Position in the plan, from 0.</param>
/// <param name="Phase">Who advances the cohort.</param>
/// <param name="First">First frame that the leg records.</param>
/// <param name="Frames">Number of frames that the leg records.</param>
public readonly record struct Leg(int Index, Phase Phase, int First, int Frames)
{
    /// <summary>Last frame that the leg records.</summary>
    public int Last => First + Frames - 1;
}

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
