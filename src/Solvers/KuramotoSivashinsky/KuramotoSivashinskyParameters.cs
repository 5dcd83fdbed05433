namespace LedCluster.Solvers.KuramotoSivashinsky;

/// <summary>
/// Parameters of the Kuramoto–Sivashinsky system and of its discretisation, all dimensionless. The defaults are those of
/// Vlachas et al. 2022 (doi:10.1038/s42256-022-00464-w, Methods) except for the inner step.
/// </summary>
public sealed record KuramotoSivashinskyParameters
{
    /// <summary>Length L of the periodic domain; L = 22 is chaotic with a Lyapunov time of 21.</summary>
    public double Length { get; init; } = 22;

    /// <summary>Grid points n: even, at least 4, with prime factors up to 13.</summary>
    public int Points { get; init; } = 64;

    /// <summary>
    /// Inner time step δt, which must divide <see cref="FrameTime"/>. The
    /// default errs by 3e-6 to 2e-3 up to t = 60, depending on the start (docs/methods.md); the paper takes 0.0025, its code 0.00025.
    /// </summary>
    public double TimeStep { get; init; } = 0.05;

    /// <summary>Coarse time step Δt.</summary>
    public double FrameTime { get; init; } = 0.25;

    /// <summary>Inner steps per coarse time step, Δt/δt.</summary>
    /// <exception cref="ArgumentException">δt does not divide Δt, to one part in 10⁹.</exception>
    public int StepsPerFrame
    {
        get
        {
            var steps = Math.Round(FrameTime / TimeStep);
            return steps is >= 1 and <= 10_000_000 && Math.Abs(steps * TimeStep - FrameTime) <= 1e-9 * FrameTime
                ? (int)steps
                : throw new ArgumentException(
                    FormattableString.Invariant($"The inner time step {TimeStep} does not divide the coarse time step {FrameTime}; ")
                    + FormattableString.Invariant($"give {FrameTime}/k with a whole k, for example {FrameTime / 5}."));
        }
    }
}
