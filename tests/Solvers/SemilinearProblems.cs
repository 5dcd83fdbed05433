using System.Numerics;
using LedCluster.Domain.Simd;
using LedCluster.Solvers.SemilinearPeriodic;

namespace LedCluster.Solvers.Tests;

/// <summary>u_t + u u_x = ν u_xx: L is real, g imaginary.</summary>
internal readonly struct Burgers : ISemilinearProblem
{
    public const double ν = 0.1;
    public Complex Linear(double wavenumber) => -ν * wavenumber * wavenumber;
    public Complex Multiplier(double wavenumber) => new(0, -wavenumber / 2);
    public V Nonlinear<V>(V u)
        where V : unmanaged, IVector<V, double> => u * u;

    /// <summary>By Cole and Hopf's u = −2ν (ln φ)_x from φ = 1 + a e^{−νt} cos x, on x ∈ [0, 2π).</summary>
    public static double Exact(double x, double t)
    {
        var a = 0.5 * Math.Exp(-ν * t);
        return 2 * ν * a * Math.Sin(x) / (1 + a * Math.Cos(x));
    }
}

/// <summary>u_t + 6 u u_x + u_xxx = 0: both symbols are imaginary, nothing is damped.</summary>
internal readonly struct KortewegDeVries : ISemilinearProblem
{
    public Complex Linear(double wavenumber) => new(0, wavenumber * wavenumber * wavenumber);
    public Complex Multiplier(double wavenumber) => new(0, -3 * wavenumber);
    public V Nonlinear<V>(V u)
        where V : unmanaged, IVector<V, double> => u * u;

    /// <summary>The soliton of speed 4, 2 sech²(x − 20 − 4t), on x ∈ [0, 40).</summary>
    public static double Exact(double x, double t)
    {
        var place = x - 20 - 4 * t;
        return 2 / Math.Pow(Math.Cosh(place - 40 * Math.Round(place / 40)), 2);
    }
}

/// <summary>u_t = D u_xx + u − u³: both symbols are real.</summary>
internal readonly struct AllenCahn : ISemilinearProblem
{
    public const double D = 0.02;
    public Complex Linear(double wavenumber) => 1 - D * wavenumber * wavenumber;
    public Complex Multiplier(double wavenumber) => -1;
    public V Nonlinear<V>(V u)
        where V : unmanaged, IVector<V, double> => u * u * u;
}

/// <summary>u_t = D u_xx + u − u³ − u² u_x: L is real, g neither real nor imaginary.</summary>
internal readonly struct AdvectedAllenCahn : ISemilinearProblem
{
    public Complex Linear(double wavenumber) => 1 - AllenCahn.D * wavenumber * wavenumber;
    public Complex Multiplier(double wavenumber) => new(-1, -wavenumber / 3);
    public V Nonlinear<V>(V u)
        where V : unmanaged, IVector<V, double> => u * u * u;
}
