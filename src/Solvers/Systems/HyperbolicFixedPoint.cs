using System.Runtime.Intrinsics;
using LedCluster.Solvers.Steppers;

namespace LedCluster.Solvers.Systems;

/// <summary>
/// A fixed point with a slow manifold y = bx², b = λ/(λ − 2μ): x' = μx, y' = λ(y − x²). Closed solution
/// x = x₀e^(μt), y = (y₀ − bx₀²)e^(λt) + bx₀²e^(2μt). Dimensionless.
/// </summary>
public readonly struct HyperbolicFixedPoint : IDifferentiableOdeSystem
{
    /// <summary>What it is.</summary>
    public static OdeDescription Description { get; } = new(
        "hyperbolic-fixed-point",
        ["x' = μx", "y' = λ(y − x²)"],
        [new("x", "slow coordinate"), new("y", "fast coordinate")],
        [new("μ", -0.05, -10, 0, "slow rate"), new("λ", -1, -1e4, 0, "fast rate")],
        "Liu, Kutz & Brunton 2022, doi:10.1098/rsta.2021.0200");

    /// <inheritdoc />
    public int Size => 2;

    /// <inheritdoc />
    public int ParameterCount => 2;

    /// <inheritdoc />
    public void Derivative(Vector512<double> t, Lanes y, Lanes p, Lanes dydt)
    {
        var x = y[0];
        dydt[0] = p[0] * x;
        dydt[1] = p[1] * Vector512.FusedMultiplyAdd(-x, x, y[1]);
    }

    /// <inheritdoc />
    public void Jacobian(Vector512<double> t, Lanes y, Lanes p, Lanes jacobian)
    {
        jacobian[0] = p[0];
        jacobian[1] = Vector512<double>.Zero;
        jacobian[2] = -2 * p[1] * y[0];
        jacobian[3] = p[1];
    }
}
