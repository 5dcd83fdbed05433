using System.Runtime.Intrinsics;
using LedCluster.Solvers.Steppers;

namespace LedCluster.Solvers.Systems;

/// <summary>Lorenz's model of convection, x' = σ(y − x), y' = x(ρ − z) − y, z' = xy − βz; chaotic at the defaults. Dimensionless.</summary>
public readonly struct Lorenz : IDifferentiableOdeSystem
{
    /// <summary>What it is.</summary>
    public static OdeDescription Description { get; } = new(
        "lorenz",
        ["x' = σ(y − x)", "y' = x(ρ − z) − y", "z' = xy − βz"],
        [new("x", "intensity of the convection"), new("y", "horizontal temperature difference"), new("z", "distortion of the vertical temperature profile")],
        [
            new("σ", 10, 0, 100, "Prandtl number"),
            new("ρ", 28, 0, 500, "Rayleigh number over its critical value"),
            new("β", 8.0 / 3, 0, 10, "shape of the convection cells"),
        ],
        "Lorenz 1963, doi:10.1175/1520-0469(1963)020<0130:DNF>2.0.CO;2, equations 25 to 27");

    /// <inheritdoc />
    public int Size => 3;

    /// <inheritdoc />
    public int ParameterCount => 3;

    /// <inheritdoc />
    public void Derivative(Vector512<double> t, Lanes y, Lanes p, Lanes dydt)
    {
        var (x, v, z) = (y[0], y[1], y[2]);
        dydt[0] = p[0] * (v - x);
        dydt[1] = Vector512.FusedMultiplyAdd(x, p[1] - z, -v);
        dydt[2] = Vector512.FusedMultiplyAdd(x, v, -(p[2] * z));
    }

    /// <inheritdoc />
    public void Jacobian(Vector512<double> t, Lanes y, Lanes p, Lanes jacobian)
    {
        jacobian[0] = -p[0];
        jacobian[1] = p[0];
        jacobian[2] = Vector512<double>.Zero;
        jacobian[3] = p[1] - y[2];
        jacobian[4] = -Vector512<double>.One;
        jacobian[5] = -y[0];
        jacobian[6] = y[1];
        jacobian[7] = y[0];
        jacobian[8] = -p[2];
    }
}
