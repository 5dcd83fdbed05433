using System.Runtime.Intrinsics;
using LedCluster.Solvers.Steppers;

namespace LedCluster.Solvers.Systems;

/// <summary>
/// Van der Pol's oscillator in the plane of position and velocity, x' = y, y' = μ(1 − x²)y − x; stiff at large μ. Dimensionless.
/// </summary>
public readonly struct VanDerPol : IDifferentiableOdeSystem
{
    /// <summary>What it is.</summary>
    public static OdeDescription Description { get; } = new(
        "van-der-pol",
        ["x' = y", "y' = μ(1 − x²)y − x"],
        [new("x", "position"), new("y", "velocity")],
        [new("μ", 2, 0, 1e4, "strength of the nonlinear damping")],
        "van der Pol 1926, doi:10.1080/14786442608564127; with μ = 2: Liu, Kutz & Brunton 2022, doi:10.1098/rsta.2021.0200");

    /// <inheritdoc />
    public int Size => 2;

    /// <inheritdoc />
    public int ParameterCount => 1;

    /// <inheritdoc />
    public void Derivative(Vector512<double> t, Lanes y, Lanes p, Lanes dydt)
    {
        var (x, v) = (y[0], y[1]);
        dydt[0] = v;
        dydt[1] = Vector512.FusedMultiplyAdd(p[0] * Vector512.FusedMultiplyAdd(-x, x, Vector512<double>.One), v, -x);
    }

    /// <inheritdoc />
    public void Jacobian(Vector512<double> t, Lanes y, Lanes p, Lanes jacobian)
    {
        var (x, v) = (y[0], y[1]);
        jacobian[0] = Vector512<double>.Zero;
        jacobian[1] = Vector512<double>.One;
        jacobian[2] = Vector512.FusedMultiplyAdd(-2 * p[0] * x, v, -Vector512<double>.One);
        jacobian[3] = p[0] * Vector512.FusedMultiplyAdd(-x, x, Vector512<double>.One);
    }
}

/// <summary>
/// Van der Pol's oscillator in the plane of Liénard, x' = μ(x − x³/3 − y), y' = x/μ: the same x as in <see cref="VanDerPol"/>, with
/// y = x − x³/3 − x'/μ. At μ = 1 the period is 6.6633 and max|x| 2.0086. Dimensionless.
/// </summary>
public readonly struct VanDerPolLienard : IDifferentiableOdeSystem
{
    /// <summary>What it is.</summary>
    public static OdeDescription Description { get; } = new(
        "van-der-pol-lienard",
        ["x' = μ(x − x³/3 − y)", "y' = x/μ"],
        [new("x", "position"), new("y", "Liénard's variable")],
        [new("μ", 1, 0.01, 1e4, "strength of the nonlinear damping")],
        "Liénard 1928; FitzHugh 1961, doi:10.1016/S0006-3495(61)86902-6, equations 1 and 2");

    /// <inheritdoc />
    public int Size => 2;

    /// <inheritdoc />
    public int ParameterCount => 1;

    /// <inheritdoc />
    public void Derivative(Vector512<double> t, Lanes y, Lanes p, Lanes dydt)
    {
        var (x, w) = (y[0], y[1]);
        var cubic = Vector512.FusedMultiplyAdd(x * x, Vector512.Create(-1.0 / 3), Vector512<double>.One); // 1 − x²/3
        dydt[0] = p[0] * Vector512.FusedMultiplyAdd(x, cubic, -w);
        dydt[1] = x / p[0];
    }

    /// <inheritdoc />
    public void Jacobian(Vector512<double> t, Lanes y, Lanes p, Lanes jacobian)
    {
        jacobian[0] = p[0] * Vector512.FusedMultiplyAdd(-y[0], y[0], Vector512<double>.One);
        jacobian[1] = -p[0];
        jacobian[2] = Vector512<double>.One / p[0];
        jacobian[3] = Vector512<double>.Zero;
    }
}
