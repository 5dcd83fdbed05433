using System.Runtime.CompilerServices;
using LedCluster.Domain.Simd;

namespace LedCluster.Solvers.SemilinearPeriodic;

/// <summary>Passes of radix 2; what a pass does is described in <see cref="RealTransform"/>.</summary>
internal static unsafe class Radix2
{
    /// <summary>2m transforms of length ℓ become m of length 2ℓ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward<V>(V* x, V* y, int ℓ, int m, double* twiddles)
        where V : unmanaged, IVector<V, double>
    {
        for (var r = 0; r < m; r++)
        {
            V x0 = x[r], x1 = x[m + r];
            y[r] = x0 + x1;
            y[ℓ * m + r] = x0 - x1;
        }
        for (var k = 1; 2 * k < ℓ; k++, twiddles += 2)
        {
            V cos = V.Of(twiddles[0]), sin = V.Of(twiddles[1]);
            for (var r = 0; r < m; r++)
            {
                V* re = x + 2 * k * m + r, im = x + 2 * (ℓ - k) * m + r;
                Rotation.Clockwise(re[m], im[m], cos, sin, out var re1, out var im1);
                y[k * m + r] = re[0] + re1;
                y[(2 * ℓ - k) * m + r] = im[0] + im1;
                y[(ℓ - k) * m + r] = re[0] - re1;
                y[(ℓ + k) * m + r] = im1 - im[0];
            }
        }
        if (ℓ % 2 == 0)
            for (var r = 0; r < m; r++)
            {
                y[ℓ / 2 * m + r] = x[ℓ * m + r];
                y[3 * ℓ / 2 * m + r] = -x[ℓ * m + m + r];
            }
    }

    /// <summary>The reverse of <see cref="Forward"/>, times 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Inverse<V>(V* y, V* x, int ℓ, int m, double* twiddles)
        where V : unmanaged, IVector<V, double>
    {
        for (var r = 0; r < m; r++)
        {
            V y0 = y[r], y1 = y[ℓ * m + r];
            x[r] = y0 + y1;
            x[m + r] = y0 - y1;
        }
        for (var k = 1; 2 * k < ℓ; k++, twiddles += 2)
        {
            V cos = V.Of(twiddles[0]), sin = V.Of(twiddles[1]);
            for (var r = 0; r < m; r++)
            {
                V* re = x + 2 * k * m + r, im = x + 2 * (ℓ - k) * m + r;
                V re0 = y[k * m + r], im0 = y[(2 * ℓ - k) * m + r], re1 = y[(ℓ - k) * m + r], im1 = -y[(ℓ + k) * m + r];
                re[0] = re0 + re1;
                im[0] = im0 + im1;
                Rotation.Anticlockwise(re0 - re1, im0 - im1, cos, sin, out re[m], out im[m]);
            }
        }
        if (ℓ % 2 == 0)
            for (var r = 0; r < m; r++)
            {
                V re = y[ℓ / 2 * m + r], im = y[3 * ℓ / 2 * m + r];
                x[ℓ * m + r] = re + re;
                x[ℓ * m + m + r] = -im - im;
            }
    }
}
