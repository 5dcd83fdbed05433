using System.Runtime.CompilerServices;
using LedCluster.Domain.Simd;

namespace LedCluster.Solvers.SemilinearPeriodic;

/// <summary>
/// Passes of a small odd radix p by the sums that define them, p² products per butterfly; what a pass does is described in
/// <see cref="RealTransform"/>. They come first, so that ℓ is odd too and k = ℓ/2 does not occur.
/// </summary>
internal static unsafe class OddRadix
{
    /// <summary>p·m transforms of length ℓ become m of length pℓ.</summary>
    /// <param name="p">Radix.</param>
    /// <param name="roots">cos 2πj/p, sin 2πj/p for j = 0..p−1.</param>
    /// <param name="x">Input.</param>
    /// <param name="y">Output.</param>
    /// <param name="ℓ">Length before.</param>
    /// <param name="m">Transforms afterwards.</param>
    /// <param name="twiddles">cos, sin of 2πks/(pℓ) for k = 1..(ℓ−1)/2, s = 1..p−1.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    public static void Forward<V>(int p, double* roots, V* x, V* y, int ℓ, int m, double* twiddles)
        where V : unmanaged, IVector<V, double>
    {
        V* re = stackalloc V[4 * p], im = re + p, outRe = re + 2 * p, outIm = re + 3 * p;
        for (var k = 0; 2 * k < ℓ; k++)
        {
            for (var r = 0; r < m; r++)
            {
                for (var s = 0; s < p; s++)
                {
                    var place = s * m + r;
                    re[s] = x[k * p * m + place];
                    if (k == 0)
                        im[s] = V.Of(0);
                    else if (s == 0)
                        im[s] = x[(ℓ - k) * p * m + place];
                    else
                        Rotation.Clockwise(
                            re[s], x[(ℓ - k) * p * m + place], V.Of(twiddles[2 * s - 2]), V.Of(twiddles[2 * s - 1]),
                            out re[s], out im[s]);
                }
                Transform(p, roots, re, im, outRe, outIm);
                for (var q = 0; q < p; q++)
                {
                    var (at, mirrored) = (k + ℓ * q, p * ℓ - k - ℓ * q);
                    if (2 * at < p * ℓ)
                    {
                        y[at * m + r] = outRe[q];
                        if (at > 0)
                            y[mirrored * m + r] = outIm[q];
                    }
                    else if (k > 0) // for k = 0 the conjugate has just been stored
                    {
                        y[mirrored * m + r] = outRe[q];
                        y[at * m + r] = -outIm[q];
                    }
                }
            }
            twiddles += k == 0 ? 0 : 2 * (p - 1);
        }
    }

    /// <summary>The reverse of <see cref="Forward"/>, times p.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    public static void Inverse<V>(int p, double* roots, V* y, V* x, int ℓ, int m, double* twiddles)
        where V : unmanaged, IVector<V, double>
    {
        V* re = stackalloc V[4 * p], im = re + p, outRe = re + 2 * p, outIm = re + 3 * p;
        for (var k = 0; 2 * k < ℓ; k++)
        {
            for (var r = 0; r < m; r++)
            {
                // The sums of the forward transform with the imaginary part negated before and after: Σ e^{+i…} z = (Σ e^{−i…} z*)*.
                for (var q = 0; q < p; q++)
                {
                    var (at, mirrored) = (k + ℓ * q, p * ℓ - k - ℓ * q);
                    var upper = 2 * at > p * ℓ;
                    re[q] = y[(upper ? mirrored : at) * m + r];
                    im[q] = at == 0 ? V.Of(0) : upper ? y[at * m + r] : -y[mirrored * m + r];
                }
                Transform(p, roots, re, im, outRe, outIm);
                for (var s = 0; s < p; s++)
                {
                    var place = s * m + r;
                    if (k == 0)
                        x[place] = outRe[s];
                    else if (s == 0)
                    {
                        x[k * p * m + place] = outRe[s];
                        x[(ℓ - k) * p * m + place] = -outIm[s];
                    }
                    else
                        Rotation.Anticlockwise(
                            outRe[s], -outIm[s], V.Of(twiddles[2 * s - 2]), V.Of(twiddles[2 * s - 1]),
                            out x[k * p * m + place], out x[(ℓ - k) * p * m + place]);
                }
            }
            twiddles += k == 0 ? 0 : 2 * (p - 1);
        }
    }

    /// <summary>The last pass of an inverse transform (ℓ = 1), f, and the first pass of a forward one, in place if need be.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    public static void Pointwise<TProblem, V>(int p, double* roots, V* x, V* y, int m, TProblem problem)
        where TProblem : struct, ISemilinearProblem
        where V : unmanaged, IVector<V, double>
    {
        var group = stackalloc V[2 * p];
        for (var r = 0; r < m; r++)
        {
            for (var h = 0; h < p; h++)
                group[h] = x[h * m + r];
            Inverse(p, roots, group, group + p, 1, 1, null);
            for (var s = 0; s < p; s++)
                group[p + s] = problem.Nonlinear(group[p + s]);
            Forward(p, roots, group + p, group, 1, 1, null);
            for (var h = 0; h < p; h++)
                y[h * m + r] = group[h];
        }
    }

    /// <summary>Z_q = Σ_s e^{−2πisq/p} z_s, with the terms s and p − s and the results q and p − q taken together.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transform<V>(
        int p, double* roots, V* re, V* im, V* outRe, V* outIm)
        where V : unmanaged, IVector<V, double>
    {
        V sumRe = re[0], sumIm = im[0];
        for (var s = 1; s < p; s++)
        {
            sumRe += re[s];
            sumIm += im[s];
        }
        outRe[0] = sumRe;
        outIm[0] = sumIm;
        for (var q = 1; 2 * q < p; q++)
        {
            V aRe = re[0], aIm = im[0], bRe = V.Of(0), bIm = V.Of(0);
            for (int s = 1, turn = q; 2 * s < p; s++, turn += turn + q < p ? q : q - p)
            {
                var root = roots + 2 * turn; // turn = sq mod p
                V cos = V.Of(root[0]), sin = V.Of(root[1]);
                aRe = V.Fused(cos, re[s] + re[p - s], aRe);
                aIm = V.Fused(cos, im[s] + im[p - s], aIm);
                bRe = V.Fused(sin, re[s] - re[p - s], bRe);
                bIm = V.Fused(sin, im[s] - im[p - s], bIm);
            }
            outRe[q] = aRe + bIm;
            outIm[q] = aIm - bRe;
            outRe[p - q] = aRe - bIm;
            outIm[p - q] = aIm + bRe;
        }
    }
}
