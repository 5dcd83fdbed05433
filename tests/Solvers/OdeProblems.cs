using System.Runtime.Intrinsics;
using LedCluster.Solvers.Steppers;

namespace LedCluster.Solvers.Tests;

/// <summary>
/// a' = −a + sin t, b' = b cos t, c' = −pc² sin t with closed solutions: linear, with coefficients that change, and not linear.
/// </summary>
internal readonly struct NonAutonomous : IDifferentiableOdeSystem
{
    public int Size => 3;

    public int ParameterCount => 1;

    public static double[] Exact(double t, double p = 1) =>
        [1.5 * Math.Exp(-t) + (Math.Sin(t) - Math.Cos(t)) / 2, Math.Exp(Math.Sin(t)), 1 / (1 + p * (1 - Math.Cos(t)))];

    public void Derivative(Vector512<double> t, Lanes y, Lanes p, Lanes dydt)
    {
        var (sin, cos) = (Each(t, Math.Sin), Each(t, Math.Cos));
        dydt[0] = sin - y[0];
        dydt[1] = y[1] * cos;
        dydt[2] = -(p[0] * y[2] * y[2] * sin);
    }

    public void Jacobian(Vector512<double> t, Lanes y, Lanes p, Lanes jacobian)
    {
        for (var i = 0; i < 9; i++)
            jacobian[i] = Vector512<double>.Zero;
        jacobian[0] = -Vector512<double>.One;
        jacobian[4] = Each(t, Math.Cos);
        jacobian[8] = -2 * p[0] * y[2] * Each(t, Math.Sin);
    }

    public static Vector512<double> Each(Vector512<double> x, Func<double, double> f)
    {
        var result = x;
        for (var lane = 0; lane < Lanes.Width; lane++)
            result = result.WithElement(lane, f(x[lane]));
        return result;
    }
}

/// <summary>y' = py/5 cos(4t + 1) from 1: y = e^(p (sin(4t + 1) − sin 1)/20), so that the right-hand side changes much faster than it decays.</summary>
internal readonly struct FastForcing : IOdeSystem
{
    public int Size => 1;

    public int ParameterCount => 1;

    public static double[] Exact(double t, double p) => [Math.Exp(p * (Math.Sin(4 * t + 1) - Math.Sin(1)) / 20)];

    public void Derivative(Vector512<double> t, Lanes y, Lanes p, Lanes dydt) =>
        dydt[0] = 0.2 * p[0] * y[0] * NonAutonomous.Each(4 * t + Vector512<double>.One, Math.Cos);
}

/// <summary>y' = λy with a λ for each member.</summary>
internal readonly struct Decay : IDifferentiableOdeSystem
{
    public int Size => 1;

    public int ParameterCount => 1;

    public void Derivative(Vector512<double> t, Lanes y, Lanes p, Lanes dydt) => dydt[0] = p[0] * y[0];

    public void Jacobian(Vector512<double> t, Lanes y, Lanes p, Lanes jacobian) => jacobian[0] = p[0];
}

/// <summary>DETEST A2, y' = −y³/2 from 1: y = 1/√(t + 1) (Hull et al. 1972, doi:10.1137/0709052).</summary>
internal readonly struct DetestA2 : IOdeSystem
{
    public int Size => 1;

    public int ParameterCount => 0;

    public void Derivative(Vector512<double> t, Lanes y, Lanes p, Lanes dydt) => dydt[0] = -0.5 * y[0] * y[0] * y[0];
}

/// <summary>DETEST A3, y' = y cos t from 1: y = e^(sin t).</summary>
internal readonly struct DetestA3 : IOdeSystem
{
    public int Size => 1;

    public int ParameterCount => 0;

    public void Derivative(Vector512<double> t, Lanes y, Lanes p, Lanes dydt) => dydt[0] = y[0] * NonAutonomous.Each(t, Math.Cos);
}

/// <summary>DETEST A4, y' = y/4 (1 − y/20) from 1: y = 20/(1 + 19e^(−t/4)).</summary>
internal readonly struct DetestA4 : IOdeSystem
{
    public int Size => 1;

    public int ParameterCount => 0;

    public void Derivative(Vector512<double> t, Lanes y, Lanes p, Lanes dydt) => dydt[0] = y[0] * 0.25 * (Vector512<double>.One - y[0] * 0.05);
}

/// <summary>DETEST D1 to D5, two bodies on an orbit of eccentricity ε.</summary>
internal readonly struct DetestOrbit : IOdeSystem
{
    public int Size => 4;

    public int ParameterCount => 0;

    public static double[] Exact(double ε, double t)
    {
        var u = t;
        for (var i = 0; i < 100; i++)
            u -= (u - ε * Math.Sin(u) - t) / (1 - ε * Math.Cos(u));
        var (r, b) = (1 - ε * Math.Cos(u), Math.Sqrt(1 - ε * ε));
        return [Math.Cos(u) - ε, b * Math.Sin(u), -Math.Sin(u) / r, b * Math.Cos(u) / r];
    }

    public void Derivative(Vector512<double> t, Lanes y, Lanes p, Lanes dydt)
    {
        var r2 = y[0] * y[0] + y[1] * y[1];
        var r3 = r2 * Vector512.Sqrt(r2);
        dydt[0] = y[2];
        dydt[1] = y[3];
        dydt[2] = -y[0] / r3;
        dydt[3] = -y[1] / r3;
    }
}

/// <summary>DETEST E1, Bessel's equation of order ½ in t + 1: y = J_½(t + 1) = √(2/(π(t + 1))) sin(t + 1).</summary>
internal readonly struct DetestE1 : IOdeSystem
{
    public int Size => 2;

    public int ParameterCount => 0;

    public static double[] Exact(double t)
    {
        var (s, amplitude) = (t + 1, Math.Sqrt(2 / (Math.PI * (t + 1))));
        return [amplitude * Math.Sin(s), amplitude * (Math.Cos(s) - Math.Sin(s) / (2 * s))];
    }

    public void Derivative(Vector512<double> t, Lanes y, Lanes p, Lanes dydt)
    {
        var s = t + Vector512<double>.One;
        dydt[0] = y[1];
        dydt[1] = -(y[1] / s + (Vector512<double>.One - Vector512.Create(0.25) / (s * s)) * y[0]);
    }
}
