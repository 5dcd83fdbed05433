using System.Runtime.Intrinsics;
using LedCluster.Solvers.Steppers;

namespace LedCluster.Solvers.Tests;

/// <summary>Derivatives of right-hand sides by central differences.</summary>
internal static unsafe class CentralDifferences
{
    private const double Step = 1e-6;

    /// <summary>∂f_i/∂y_j [n, n], lane by lane.</summary>
    /// <param name="system">The right-hand side.</param>
    /// <param name="t">Time.</param>
    /// <param name="y">Unknowns [n]; left as they were.</param>
    /// <param name="p">Parameters.</param>
    public static Vector512<double>[,] Jacobian<TSystem>(TSystem system, Vector512<double> t, Vector512<double>* y, Vector512<double>* p)
        where TSystem : struct, IOdeSystem
    {
        var n = system.Size;
        Vector512<double>* above = stackalloc Vector512<double>[n], below = stackalloc Vector512<double>[n];
        var jacobian = new Vector512<double>[n, n];
        for (var j = 0; j < n; j++)
        {
            var at = y[j];
            y[j] = at + Vector512.Create(Step);
            system.Derivative(t, new Lanes(y, 1), new Lanes(p, 1), new Lanes(above, 1));
            y[j] = at - Vector512.Create(Step);
            system.Derivative(t, new Lanes(y, 1), new Lanes(p, 1), new Lanes(below, 1));
            y[j] = at;
            for (var i = 0; i < n; i++)
                jacobian[i, j] = (above[i] - below[i]) / (2 * Step);
        }
        return jacobian;
    }
}
