using System.Runtime.Intrinsics;
using LedCluster.Solvers.Steppers;

namespace LedCluster.Solvers.Systems;

/// <summary>
/// Action potential of one cell membrane, FitzHugh and Nagumo's equations with a pulse of current:
/// u' = Ku(u − α)(1 − u) − w + I(t), w' = ε(u − γw), I(t) = I for t_b ≤ t &lt; t_b + τ and else 0. Not autonomous. From rest, (0, 0), a
/// pulse at t_b = 0 takes u above ½ from 3.5 to 117.5 ms.
/// </summary>
public readonly struct ActionPotential : IDifferentiableOdeSystem
{
    /// <summary>Index of t_b among the parameters.</summary>
    public const int PulseStart = 5;

    /// <summary>What it is.</summary>
    public static OdeDescription Description { get; } = new(
        "action-potential",
        ["u' = Ku(u − α)(1 − u) − w + I for t_b ≤ t < t_b + τ, without I else", "w' = ε(u − γw)"],
        [new("u", "potential across the membrane, scaled"), new("w", "recovery, scaled")],
        [
            new("K", 8, 0.1, 100, "rate of the excitation", "1/ms"),
            new("α", 0.15, 0.01, 0.5, "threshold of the excitation"),
            new("ε", 0.01, 0, 1, "rate of the recovery", "1/ms"),
            new("γ", 0.1, 0, 10, "strength of the recovery's own decay"),
            new("I", 0.125, 0, 10, "current of the pulse", "1/ms"),
            new("t_b", 0, 0, 1e6, "start of the pulse", "ms"),
            new("τ", 2, 0, 1e3, "length of the pulse", "ms"),
        ],
        "FitzHugh 1961, doi:10.1016/S0006-3495(61)86902-6; constants: Cattaneo, Dotti & Fedrizzi, PACS project report, Politecnico di Milano 2022");

    /// <inheritdoc />
    public int Size => 2;

    /// <inheritdoc />
    public int ParameterCount => 7;

    /// <inheritdoc />
    public void Derivative(Vector512<double> t, Lanes y, Lanes p, Lanes dydt)
    {
        var (u, w, one) = (y[0], y[1], Vector512<double>.One);
        var elapsed = t - p[PulseStart];
        var pulse = Vector512.GreaterThanOrEqual(elapsed, Vector512<double>.Zero) & Vector512.LessThan(elapsed, p[6]) & p[4];
        dydt[0] = Vector512.FusedMultiplyAdd(p[0] * u * (u - p[1]), one - u, pulse - w);
        dydt[1] = p[2] * Vector512.FusedMultiplyAdd(-p[3], w, u);
    }

    /// <inheritdoc />
    public void Jacobian(Vector512<double> t, Lanes y, Lanes p, Lanes jacobian)
    {
        // ∂/∂u u(u − α)(1 − u) = −3u² + 2(1 + α)u − α
        var u = y[0];
        var slope = Vector512.FusedMultiplyAdd(Vector512.FusedMultiplyAdd(Vector512.Create(-3.0), u, 2 * (Vector512<double>.One + p[1])), u, -p[1]);
        jacobian[0] = p[0] * slope;
        jacobian[1] = -Vector512<double>.One;
        jacobian[2] = p[2];
        jacobian[3] = -p[2] * p[3];
    }
}
