using System.Runtime.Intrinsics;
using LedCluster.Solvers.Steppers;

namespace LedCluster.Solvers.Systems;

/// <summary>
/// Normal form of the Hopf bifurcation, x' = μx + y − x(x² + y²), y' = −x + μy − y(x² + y²): turns clockwise with period 2π, and for
/// μ &gt; 0 goes to the circle r = √μ as r² = μ/(1 + (μ/r₀² − 1)e^(−2μt)). Dimensionless. μ is a parameter here; who wants it among the
/// unknowns, as HiTS has it, puts it beside them: it does not change.
/// </summary>
public readonly struct Hopf : IDifferentiableOdeSystem
{
    /// <summary>What it is.</summary>
    public static OdeDescription Description { get; } = new(
        "hopf",
        ["x' = μx + y − x(x² + y²)", "y' = −x + μy − y(x² + y²)"],
        [new("x", "first coordinate"), new("y", "second coordinate")],
        [new("μ", 0.2, -1, 1, "distance from the bifurcation at 0")],
        "Liu, Kutz & Brunton 2022, doi:10.1098/rsta.2021.0200");

    /// <inheritdoc />
    public int Size => 2;

    /// <inheritdoc />
    public int ParameterCount => 1;

    /// <inheritdoc />
    public void Derivative(Vector512<double> t, Lanes y, Lanes p, Lanes dydt)
    {
        var (u, v) = (y[0], y[1]);
        var growth = p[0] - Vector512.FusedMultiplyAdd(u, u, v * v);
        dydt[0] = Vector512.FusedMultiplyAdd(growth, u, v);
        dydt[1] = Vector512.FusedMultiplyAdd(growth, v, -u);
    }

    /// <inheritdoc />
    public void Jacobian(Vector512<double> t, Lanes y, Lanes p, Lanes jacobian)
    {
        var (u, v) = (y[0], y[1]);
        var growth = p[0] - Vector512.FusedMultiplyAdd(u, u, v * v);
        jacobian[0] = Vector512.FusedMultiplyAdd(-2 * u, u, growth);
        jacobian[1] = Vector512.FusedMultiplyAdd(-2 * u, v, Vector512<double>.One);
        jacobian[2] = Vector512.FusedMultiplyAdd(-2 * u, v, -Vector512<double>.One);
        jacobian[3] = Vector512.FusedMultiplyAdd(-2 * v, v, growth);
    }
}
