using System.Runtime.Intrinsics;
using LedCluster.Solvers.Steppers;

namespace LedCluster.Solvers.Systems;

/// <summary>
/// Damped cubic oscillator, x' = −αx³ + βy³, y' = −βx³ − αy³; x⁴ + y⁴ falls as −4α(x⁶ + y⁶). Dimensionless.
/// </summary>
public readonly struct CubicOscillator : IDifferentiableOdeSystem
{
    /// <summary>What it is.</summary>
    public static OdeDescription Description { get; } = new(
        "cubic-oscillator",
        ["x' = −αx³ + βy³", "y' = −βx³ − αy³"],
        [new("x", "first coordinate"), new("y", "second coordinate")],
        [new("α", 0.1, 0, 10, "damping"), new("β", 2, -100, 100, "rotation")],
        "Brunton, Proctor & Kutz 2016, doi:10.1073/pnas.1517384113; Liu, Kutz & Brunton 2022, doi:10.1098/rsta.2021.0200");

    /// <inheritdoc />
    public int Size => 2;

    /// <inheritdoc />
    public int ParameterCount => 2;

    /// <inheritdoc />
    public void Derivative(Vector512<double> t, Lanes y, Lanes p, Lanes dydt)
    {
        var (x3, y3) = (y[0] * y[0] * y[0], y[1] * y[1] * y[1]);
        dydt[0] = Vector512.FusedMultiplyAdd(p[1], y3, -(p[0] * x3));
        dydt[1] = -Vector512.FusedMultiplyAdd(p[1], x3, p[0] * y3);
    }

    /// <inheritdoc />
    public void Jacobian(Vector512<double> t, Lanes y, Lanes p, Lanes jacobian)
    {
        var (x2, y2) = (3 * (y[0] * y[0]), 3 * (y[1] * y[1]));
        jacobian[0] = -(p[0] * x2);
        jacobian[1] = p[1] * y2;
        jacobian[2] = -(p[1] * x2);
        jacobian[3] = -(p[0] * y2);
    }
}
