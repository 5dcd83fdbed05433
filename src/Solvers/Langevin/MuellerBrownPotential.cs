namespace LedCluster.Solvers.Langevin;

/// <summary>
/// The potential of Müller and Brown (1979, doi:10.1007/BF00547608), V = Σ_i A_i exp(a_i (x − x_i)² + b_i (x − x_i)(y − y_i) + c_i (y −
/// y_i)²): three basins, the deepest with V = −146.7 at (−0.558, 1.442), the others with −108.2 at (0.623, 0.028) and −80.8 at (−0.050,
/// 0.467).
/// </summary>
public static class MuellerBrownPotential
{
    private const int Terms = 4;

    private static readonly double[] A = [-200, -100, -170, 15],
        XX = [-1, -1, -6.5, 0.7], XY = [0, 0, 11, 0.6], YY = [-10, -10, -6.5, 0.7],
        X0 = [1, 0, -0.5, -1], Y0 = [0, 0.5, 1.5, 1];

    /// <summary>Minima of the three basins, the deepest first.</summary>
    public static (double X, double Y)[] Minima { get; } = [(-0.558, 1.442), (0.623, 0.028), (-0.050, 0.467)];

    /// <summary>The basin that a point belongs to, the index of the minimum that the way of steepest descent from it ends at.</summary>
    public static int Basin(double x, double y)
    {
        const double step = 0.005;
        for (var s = 0; s < 2000; s++)
        {
            var (_, slopeX, slopeY) = At(x, y);
            var length = step / Math.Max(Math.Sqrt(slopeX * slopeX + slopeY * slopeY), 50);
            (x, y) = (x - length * slopeX, y - length * slopeY);
        }
        return Array.IndexOf(Minima, Minima.MinBy(m => (m.X - x) * (m.X - x) + (m.Y - y) * (m.Y - y)));
    }

    /// <summary>V and its gradient at a point.</summary>
    public static (double Value, double SlopeX, double SlopeY) At(double x, double y)
    {
        var (v, vx, vy) = (0.0, 0.0, 0.0);
        for (var i = 0; i < Terms; i++)
        {
            var (dx, dy) = (x - X0[i], y - Y0[i]);
            var term = A[i] * Math.Exp(XX[i] * dx * dx + XY[i] * dx * dy + YY[i] * dy * dy);
            v += term;
            vx += term * (2 * XX[i] * dx + XY[i] * dy);
            vy += term * (XY[i] * dx + 2 * YY[i] * dy);
        }
        return (v, vx, vy);
    }
}
