using System.Runtime.Intrinsics;
using LedCluster.Solvers.Steppers;

namespace LedCluster.Solvers.Systems;

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
