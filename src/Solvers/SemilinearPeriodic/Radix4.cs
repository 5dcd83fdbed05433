using System.Runtime.CompilerServices;
using LedCluster.Domain.Simd;

namespace LedCluster.Solvers.SemilinearPeriodic;

/// <summary>
/// Passes of radix 4; what a pass does is described in <see cref="RealTransform"/>. A butterfly is 6 operations where its inputs
/// are real (k = 0, k = ℓ/2) and 28 elsewhere.
/// </summary>
internal static unsafe class Radix4
{
    private const double SqrtHalf = 0.70710678118654752440;

    /// <summary>4m transforms of length ℓ become m of length 4ℓ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward<V>(V* x, V* y, int ℓ, int m, double* twiddles)
        where V : unmanaged, IVector<V, double>
    {
        var (n1, n2, n3) = (ℓ * m, 2 * ℓ * m, 3 * ℓ * m);
        for (var r = 0; r < m; r++)
            Gather(x[r], x[m + r], x[2 * m + r], x[3 * m + r], out y[r], out y[n1 + r], out y[n2 + r], out y[n3 + r]);
        for (var k = 1; 2 * k < ℓ; k++, twiddles += 6)
        {
            V cos1 = V.Of(twiddles[0]), sin1 = V.Of(twiddles[1]);
            V cos2 = V.Of(twiddles[2]), sin2 = V.Of(twiddles[3]);
            V cos3 = V.Of(twiddles[4]), sin3 = V.Of(twiddles[5]);
            V* re = x + 4 * k * m, im = x + 4 * (ℓ - k) * m, up = y + k * m, down = y - k * m;
            for (var r = 0; r < m; r++)
            {
                V re0 = re[r], im0 = im[r];
                Rotation.Clockwise(re[m + r], im[m + r], cos1, sin1, out var re1, out var im1);
                Rotation.Clockwise(re[2 * m + r], im[2 * m + r], cos2, sin2, out var re2, out var im2);
                Rotation.Clockwise(re[3 * m + r], im[3 * m + r], cos3, sin3, out var re3, out var im3);
                V evenRe = re0 + re2, evenIm = im0 + im2, oddRe = re1 + re3, oddIm = im1 + im3;
                V slopeRe = re0 - re2, slopeIm = im0 - im2, turnRe = re1 - re3, turnIm = im1 - im3;
                up[r] = evenRe + oddRe;             // k
                down[n3 + n1 + r] = evenIm + oddIm;
                up[n1 + r] = slopeRe + turnIm;      // k + ℓ
                down[n3 + r] = slopeIm - turnRe;
                down[n2 + r] = evenRe - oddRe;      // 2ℓ − k, the conjugate of k + 2ℓ
                up[n2 + r] = oddIm - evenIm;
                down[n1 + r] = slopeRe - turnIm;    // ℓ − k, the conjugate of k + 3ℓ
                up[n3 + r] = -slopeIm - turnRe;
            }
        }
        if (ℓ % 2 == 0)
        {
            var c = V.Of(SqrtHalf);
            V* half = x + 2 * n1, low = y + n1 / 2;
            for (var r = 0; r < m; r++)
            {
                V x0 = half[r], x1 = half[m + r], x2 = half[2 * m + r], x3 = half[3 * m + r];
                V difference = x1 - x3, sum = x1 + x3;
                low[r] = V.Fused(c, difference, x0);
                low[n1 + r] = V.Fused(-c, difference, x0);
                low[n2 + r] = V.Fused(-c, sum, x2);
                low[n3 + r] = V.Fused(-c, sum, -x2);
            }
        }
    }

    /// <summary>The reverse of <see cref="Forward"/>, times 4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Inverse<V>(V* y, V* x, int ℓ, int m, double* twiddles)
        where V : unmanaged, IVector<V, double>
    {
        var (n1, n2, n3) = (ℓ * m, 2 * ℓ * m, 3 * ℓ * m);
        for (var r = 0; r < m; r++)
            Scatter(y[r], y[n1 + r], y[n2 + r], y[n3 + r], out x[r], out x[m + r], out x[2 * m + r], out x[3 * m + r]);
        for (var k = 1; 2 * k < ℓ; k++, twiddles += 6)
        {
            V cos1 = V.Of(twiddles[0]), sin1 = V.Of(twiddles[1]);
            V cos2 = V.Of(twiddles[2]), sin2 = V.Of(twiddles[3]);
            V cos3 = V.Of(twiddles[4]), sin3 = V.Of(twiddles[5]);
            V* re = x + 4 * k * m, im = x + 4 * (ℓ - k) * m, up = y + k * m, down = y - k * m;
            for (var r = 0; r < m; r++)
            {
                V re0 = up[r], im0 = down[n3 + n1 + r], re1 = up[n1 + r], im1 = down[n3 + r];
                V re2 = down[n2 + r], im2 = up[n2 + r], re3 = down[n1 + r], im3 = up[n3 + r]; // im2, im3 of the conjugates
                V evenRe = re0 + re2, evenIm = im0 - im2, oddRe = re1 + re3, oddIm = im1 - im3;
                V slopeRe = re0 - re2, slopeIm = im0 + im2, turnRe = re1 - re3, turnIm = im1 + im3;
                re[r] = evenRe + oddRe;
                im[r] = evenIm + oddIm;
                Rotation.Anticlockwise(slopeRe - turnIm, slopeIm + turnRe, cos1, sin1, out re[m + r], out im[m + r]);
                Rotation.Anticlockwise(evenRe - oddRe, evenIm - oddIm, cos2, sin2, out re[2 * m + r], out im[2 * m + r]);
                Rotation.Anticlockwise(slopeRe + turnIm, slopeIm - turnRe, cos3, sin3, out re[3 * m + r], out im[3 * m + r]);
            }
        }
        if (ℓ % 2 == 0)
        {
            V two = V.Of(2.0), c = V.Of(2 * SqrtHalf);
            V* half = x + 2 * n1, low = y + n1 / 2;
            for (var r = 0; r < m; r++)
            {
                V re0 = low[r], re1 = low[n1 + r], im1 = low[n2 + r], im0 = low[n3 + r];
                V difference = re0 - re1, sum = im0 + im1;
                half[r] = two * (re0 + re1);
                half[m + r] = c * (difference - sum);
                half[2 * m + r] = two * (im1 - im0);
                half[3 * m + r] = -c * (difference + sum);
            }
        }
    }

    /// <summary>
    /// The last pass of an inverse transform, f, and the first pass of a forward transform, in registers and in place: all
    /// three work on the same four points.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pointwise<TProblem, V>(V* x, V* y, int m, TProblem problem)
        where TProblem : struct, ISemilinearProblem
        where V : unmanaged, IVector<V, double>
    {
        for (var r = 0; r < m; r++)
        {
            Scatter(x[r], x[m + r], x[2 * m + r], x[3 * m + r], out var u0, out var u1, out var u2, out var u3);
            Gather(
                problem.Nonlinear(u0), problem.Nonlinear(u1), problem.Nonlinear(u2), problem.Nonlinear(u3),
                out y[r], out y[m + r], out y[2 * m + r], out y[3 * m + r]);
        }
    }

    /// <summary>Transform of four real numbers: Y₀, Re Y₁, Y₂, Im Y₁.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Gather<V>(
        V x0, V x1, V x2, V x3,
        out V y0, out V re1, out V y2, out V im1)
        where V : unmanaged, IVector<V, double>
    {
        V even = x0 + x2, odd = x1 + x3;
        y0 = even + odd;
        re1 = x0 - x2;
        y2 = even - odd;
        im1 = x3 - x1;
    }

    /// <summary>Four times the reverse of <see cref="Gather"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scatter<V>(
        V y0, V re1, V y2, V im1,
        out V x0, out V x1, out V x2, out V x3)
        where V : unmanaged, IVector<V, double>
    {
        var two = V.Of(2.0);
        V even = y0 + y2, odd = y0 - y2;
        x0 = V.Fused(two, re1, even);
        x2 = V.Fused(-two, re1, even);
        x1 = V.Fused(-two, im1, odd);
        x3 = V.Fused(two, im1, odd);
    }
}
