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

/// <summary>
/// <see cref="Hopf"/> with μ among the unknowns, where it does not change, so that one flow map serves both sides of the bifurcation
/// (Liu, Kutz &amp; Brunton 2022, doi:10.1098/rsta.2021.0200). Dimensionless.
/// </summary>
public readonly struct HopfUnfolded : IOdeSystem
{
    /// <summary>What it is.</summary>
    public static OdeDescription Description { get; } = new(
        "hopf",
        ["μ' = 0", .. Hopf.Description.Equations],
        [new("mu", "distance from the bifurcation at 0"), .. Hopf.Description.Unknowns],
        [],
        Hopf.Description.Source);

    /// <inheritdoc />
    public int Size => 3;

    /// <inheritdoc />
    public int ParameterCount => 0;

    /// <inheritdoc />
    public void Derivative(Vector512<double> t, Lanes y, Lanes p, Lanes dydt)
    {
        var (μ, u, v) = (y[0], y[1], y[2]);
        var growth = Vector512.FusedMultiplyAdd(-u, u, Vector512.FusedMultiplyAdd(-v, v, μ)); // μ − r²
        dydt[0] = Vector512<double>.Zero;
        dydt[1] = Vector512.FusedMultiplyAdd(growth, u, v);
        dydt[2] = Vector512.FusedMultiplyAdd(growth, v, -u);
    }
}
