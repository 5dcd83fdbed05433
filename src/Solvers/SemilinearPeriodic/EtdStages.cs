using System.Runtime.CompilerServices;
using LedCluster.Domain.Simd;

namespace LedCluster.Solvers.SemilinearPeriodic;

/// <summary>
/// The four stages of ETDRK4 between the evaluations of N = F[f(u)], mode by mode; all arrays are [h][lane] with two more
/// places, for the imaginary parts (always 0) of modes 0 and n/2.
/// </summary>
/// <typeparam name="V">Vector of lanes.</typeparam>
/// <typeparam name="TLinear">Kind of the coefficients E and E½.</typeparam>
/// <typeparam name="TForcing">Kind of the coefficients Q and f.</typeparam>
internal static unsafe class EtdStages<V, TLinear, TForcing>
    where V : unmanaged, IVector<V, double>
    where TLinear : struct, ISymbolProduct
    where TForcing : struct, ISymbolProduct
{
    /// <summary>a = E½ v + Q N, for the stages a (N of v) and b (N of a).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Half(int points, double* c, V* v, V* n, V* a)
    {
        for (var k = 0; k <= points / 2; k++, c += EtdCoefficients.Stride)
        {
            var im = Imaginary(k, points);
            V vRe = v[k], vIm = v[im], sumRe = vRe, sumIm = vIm;
            TLinear.Add(c + EtdCoefficients.HalfDecay, vRe, vIm, ref sumRe, ref sumIm);
            TForcing.Add(c + EtdCoefficients.Q, n[k], n[im], ref sumRe, ref sumIm);
            (a[k], a[im]) = (sumRe, sumIm);
        }
    }

    /// <summary>c = E½ a + Q(2 N_b − N_v), in place of a, and v ← E v + f₁ N_v + f₂ (N_a + N_b).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Whole(
        int points, double* c, V* v, V* nv, V* na, V* nb, V* a)
    {
        var two = V.Of(2.0);
        for (var k = 0; k <= points / 2; k++, c += EtdCoefficients.Stride)
        {
            var im = Imaginary(k, points);
            V nvRe = nv[k], nvIm = nv[im], nbRe = nb[k], nbIm = nb[im];
            V aRe = a[k], aIm = a[im], sumRe = aRe, sumIm = aIm;
            TLinear.Add(c + EtdCoefficients.HalfDecay, aRe, aIm, ref sumRe, ref sumIm);
            TForcing.Add(c + EtdCoefficients.Q, V.Fused(two, nbRe, -nvRe), V.Fused(two, nbIm, -nvIm), ref sumRe, ref sumIm);
            (a[k], a[im]) = (sumRe, sumIm);

            V vRe = v[k], vIm = v[im];
            (sumRe, sumIm) = (vRe, vIm);
            TLinear.Add(c + EtdCoefficients.Decay, vRe, vIm, ref sumRe, ref sumIm);
            TForcing.Add(c + EtdCoefficients.F1, nvRe, nvIm, ref sumRe, ref sumIm);
            TForcing.Add(c + EtdCoefficients.F2, na[k] + nbRe, na[im] + nbIm, ref sumRe, ref sumIm);
            (v[k], v[im]) = (sumRe, sumIm);
        }
    }

    /// <summary>v ← v + f₃ N_c.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Last(int points, double* c, V* v, V* nc)
    {
        for (var k = 0; k <= points / 2; k++, c += EtdCoefficients.Stride)
        {
            var im = Imaginary(k, points);
            V sumRe = v[k], sumIm = v[im];
            TForcing.Add(c + EtdCoefficients.F3, nc[k], nc[im], ref sumRe, ref sumIm);
            (v[k], v[im]) = (sumRe, sumIm);
        }
    }

    /// <summary>Place of Im û_k.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Imaginary(int k, int points) => 2 * k == points ? points + 1 : points - k;
}
