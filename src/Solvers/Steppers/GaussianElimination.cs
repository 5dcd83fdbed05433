using System.Runtime.Intrinsics;

namespace LedCluster.Solvers.Steppers;

/// <summary>
/// Linear equations of eight members at once, each with a matrix of its own, by Gaussian elimination with partial pivoting in every lane.
/// A library's LU would take them one by one.
/// </summary>
internal static class GaussianElimination
{
    /// <summary>x ← M⁻¹x. Where M is singular, x is not finite.</summary>
    /// <param name="n">Number of equations.</param>
    /// <param name="m">M [n·n], row after row; overwritten.</param>
    /// <param name="x">Right-hand side [n]; overwritten with the solution.</param>
    public static void Solve(int n, Lanes m, Lanes x)
    {
        for (var c = 0; c < n; c++)
        {
            for (var r = c + 1; r < n; r++)
                BringUp(n, m, x, c, r);
            var inverse = Vector512<double>.One / m[c * n + c];
            m[c * n + c] = inverse;
            for (var r = c + 1; r < n; r++)
            {
                var factor = -m[r * n + c] * inverse;
                for (var j = c + 1; j < n; j++)
                    m[r * n + j] = Vector512.FusedMultiplyAdd(factor, m[c * n + j], m[r * n + j]);
                x[r] = Vector512.FusedMultiplyAdd(factor, x[c], x[r]);
            }
        }
        for (var r = n - 1; r >= 0; r--)
        {
            var sum = x[r];
            for (var j = r + 1; j < n; j++)
                sum = Vector512.FusedMultiplyAdd(-m[r * n + j], x[j], sum);
            x[r] = sum * m[r * n + r];
        }
    }

    /// <summary>Exchanges rows c and r for the members whose entry in column c is larger in row r.</summary>
    private static void BringUp(int n, Lanes m, Lanes x, int c, int r)
    {
        var larger = Vector512.GreaterThan(Vector512.Abs(m[r * n + c]), Vector512.Abs(m[c * n + c]));
        if (larger.AsInt64() == Vector512<long>.Zero)
            return;
        for (var j = c; j < n; j++)
            (m[c * n + j], m[r * n + j]) = Exchanged(m[c * n + j], m[r * n + j]);
        (x[c], x[r]) = Exchanged(x[c], x[r]);

        (Vector512<double>, Vector512<double>) Exchanged(Vector512<double> upper, Vector512<double> lower) =>
            (Vector512.ConditionalSelect(larger, lower, upper), Vector512.ConditionalSelect(larger, upper, lower));
    }
}
