using System.Runtime.Intrinsics;

namespace LedCluster.Solvers.Systems;

/// <summary>e^x by a polynomial of our own, so that the bits are the same on every machine.</summary>
internal static class ExponentialFunction
{
    /// <summary>1/13!, 1/12!, …, 1/0!.</summary>
    private static ReadOnlySpan<double> InverseFactorials =>
    [
        1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040, 1.0 / 720, 1.0 / 120,
        1.0 / 24, 1.0 / 6, 0.5, 1, 1,
    ];

    /// <summary>e^x for x from −700 to 700, relative error below 1e-15; arguments beyond are cut there.</summary>
    public static Vector512<double> Of(Vector512<double> x)
    {
        // x = n ln 2 + r with ln 2 in two parts; Taylor's series in |r| ≤ ln 2 / 2.
        x = Vector512.Min(Vector512.Max(x, Vector512.Create(-700.0)), Vector512.Create(700.0));
        var magic = Vector512.Create(6755399441055744.0); // adding 1.5·2⁵² rounds to an integer
        var shifted = Vector512.FusedMultiplyAdd(x, Vector512.Create(1.4426950408889634), magic);
        var n = shifted - magic;
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.6931471805599453), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-2.3190468138462996e-17), r);
        var sum = Vector512<double>.Zero;
        foreach (var coefficient in InverseFactorials)
            sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(coefficient));
        return sum * Vector512.ShiftLeft(shifted.AsInt64() - magic.AsInt64() + Vector512.Create(1023L), 52).AsDouble();
    }
}
