namespace LedCluster.Solvers.FitzHughNagumo;

/// <summary>
/// Parameters of the FitzHugh–Nagumo system and of its lattice-Boltzmann discretisation, all dimensionless. The defaults
/// are those of Vlachas et al. 2022 (doi:10.1038/s42256-022-00464-w, Methods), after Karlin et al. 2006
/// (Communications in Computational Physics 1, 616).
/// </summary>
public sealed record FitzHughNagumoParameters
{
    /// <summary>Diffusion coefficient of the activator D_u.</summary>
    public double ActivatorDiffusion { get; init; } = 1;

    /// <summary>Diffusion coefficient of the inhibitor D_v.</summary>
    public double InhibitorDiffusion { get; init; } = 4;

    /// <summary>Ratio of time scales ε.</summary>
    public double Epsilon { get; init; } = 0.006;

    /// <summary>Offset a₀ of the inhibitor's kinetics.</summary>
    public double A0 { get; init; } = -0.03;

    /// <summary>Slope a₁ of the inhibitor's kinetics.</summary>
    public double A1 { get; init; } = 2;

    /// <summary>Lattice spacing δx.</summary>
    public double Spacing { get; init; } = 0.2;

    /// <summary>Lattice time step δt.</summary>
    public double TimeStep { get; init; } = 0.005;

    /// <summary>Lattice points; the domain length is (points − 1)·δx = 20.</summary>
    public int Points { get; init; } = 101;

    /// <summary>Lattice steps per coarse time step; 200 steps of 0.005 make Δt = 1.</summary>
    public int StepsPerFrame { get; init; } = 200;

    /// <summary>Relaxation rate ω = 2 / (1 + 3Dδt/δx²) of a species with diffusion coefficient D; stable for 0 &lt; ω &lt; 2.</summary>
    public double RelaxationRate(double diffusion) => 2 / (1 + 3 * diffusion * TimeStep / (Spacing * Spacing));
}
