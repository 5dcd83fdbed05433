using System.Runtime.Intrinsics;
using LedCluster.Domain.Simd;
using LedCluster.Solvers.SemilinearPeriodic;

namespace LedCluster.Solvers.Flow;

/// <summary>
/// Cosine transform of n numbers on cell centres, X_k = Σ_j x_j cos(πk(j + ½)/n), for as many rows at once as a vector has lanes, by one
/// <see cref="RealTransform"/> of the same length (Makhoul 1980, doi:10.1109/TASSP.1980.1163351).
/// </summary>
/// <remarks>
/// With v_j = x_{2j}, v_{n−1−j} = x_{2j+1} and V its Fourier transform, X_k = Re e^{−iπk/2n}V_k. Places k and n − k of the half spectrum turn
/// together: X_k = a cos θ + b sin θ and X_{n−k} = a sin θ − b cos θ, with V_k = a + ib and θ = πk/2n; that turn is its own inverse.
/// </remarks>
internal sealed unsafe class CosineTransform
{
    private readonly RealTransform transform;
    private readonly double[] cos, sin;

    /// <summary>Plans transforms of n numbers.</summary>
    /// <param name="n">Numbers per row: even, and a product of 2, 3, 5, 7, 11 and 13.</param>
    /// <exception cref="ArgumentOutOfRangeException">n has another factor.</exception>
    public CosineTransform(int n)
    {
        transform = new RealTransform(n);
        cos = [.. Enumerable.Range(0, n / 2 + 1).Select(k => Math.Cos(Math.PI * k / (2 * n)))];
        sin = [.. Enumerable.Range(0, n / 2 + 1).Select(k => Math.Sin(Math.PI * k / (2 * n)))];
    }

    private int N => transform.Points;

    /// <summary>Transforms rows forwards.</summary>
    /// <param name="rows">First row.</param>
    /// <param name="stride">Numbers from row to row.</param>
    /// <param name="count">Rows.</param>
    /// <param name="spectra">Receives X, [row][k].</param>
    /// <param name="spectrumStride">Numbers from row to row.</param>
    /// <param name="buffers">Three arrays of n vectors of eight numbers.</param>
    public void Forward(double* rows, nint stride, int count, double* spectra, nint spectrumStride, double* buffers)
    {
        if (Vector512.IsHardwareAccelerated)
            Forward((Lanes512<double>*)buffers, rows, stride, count, spectra, spectrumStride);
        else if (Vector256.IsHardwareAccelerated)
            Forward((Lanes256<double>*)buffers, rows, stride, count, spectra, spectrumStride);
        else
            Forward((Lanes128<double>*)buffers, rows, stride, count, spectra, spectrumStride);
    }

    /// <summary>Transforms spectra backwards and multiplies by a factor; 1/n gives the rows again.</summary>
    /// <param name="spectra">First spectrum, [row][k].</param>
    /// <param name="spectrumStride">Numbers from row to row.</param>
    /// <param name="count">Rows.</param>
    /// <param name="rows">Receives the rows.</param>
    /// <param name="stride">Numbers from row to row.</param>
    /// <param name="factor">Factor.</param>
    /// <param name="buffers">Three arrays of n vectors of eight numbers.</param>
    public void Inverse(double* spectra, nint spectrumStride, int count, double* rows, nint stride, double factor, double* buffers)
    {
        if (Vector512.IsHardwareAccelerated)
            Inverse((Lanes512<double>*)buffers, spectra, spectrumStride, count, rows, stride, factor);
        else if (Vector256.IsHardwareAccelerated)
            Inverse((Lanes256<double>*)buffers, spectra, spectrumStride, count, rows, stride, factor);
        else
            Inverse((Lanes128<double>*)buffers, spectra, spectrumStride, count, rows, stride, factor);
    }

    private void Forward<V>(V* buffers, double* rows, nint stride, int count, double* spectra, nint spectrumStride)
        where V : unmanaged, IVector<V, double>
    {
        for (; count > 0; count -= V.Count, rows += V.Count * stride, spectra += V.Count * spectrumStride)
        {
            var lanes = Math.Min(V.Count, count);
            var v = (double*)buffers;
            for (var lane = 0; lane < lanes; lane++)
            {
                double* row = rows + lane * stride, up = v + lane, down = v + lane + (N - 1) * V.Count;
                for (var j = 0; j < N; j += 2, up += V.Count, down -= V.Count)
                {
                    *up = row[j];
                    *down = row[j + 1];
                }
            }
            var x = transform.Forward(buffers, buffers + N, buffers + 2 * N);
            Turn(x, Math.Sqrt(0.5));
            Leave(x, spectra, spectrumStride, lanes);
        }
    }

    private void Inverse<V>(V* buffers, double* spectra, nint spectrumStride, int count, double* rows, nint stride, double factor)
        where V : unmanaged, IVector<V, double>
    {
        for (; count > 0; count -= V.Count, rows += V.Count * stride, spectra += V.Count * spectrumStride)
        {
            var lanes = Math.Min(V.Count, count);
            var x = (double*)buffers;
            for (var lane = 0; lane < lanes; lane++)
            {
                double* row = spectra + lane * spectrumStride, to = x + lane;
                for (var k = 0; k < N; k++, to += V.Count)
                    *to = row[k];
            }
            Turn(buffers, Math.Sqrt(2));
            var v = (double*)transform.Inverse(buffers, buffers + N, buffers + 2 * N);
            for (var lane = 0; lane < lanes; lane++)
            {
                double* row = rows + lane * stride, up = v + lane, down = v + lane + (N - 1) * V.Count;
                for (var j = 0; j < N; j += 2, up += V.Count, down -= V.Count)
                {
                    row[j] = factor * *up;
                    row[j + 1] = factor * *down;
                }
            }
        }
    }

    private void Turn<V>(V* x, double middle)
        where V : unmanaged, IVector<V, double>
    {
        for (var k = 1; 2 * k < N; k++)
        {
            V a = x[k], b = x[N - k], c = V.Of(cos[k]), s = V.Of(sin[k]);
            x[k] = V.Fused(a, c, b * s);
            x[N - k] = V.Fused(a, s, -(b * c));
        }
        x[N / 2] *= V.Of(middle);
    }

    private void Leave<V>(V* x, double* spectra, nint stride, int count)
        where V : unmanaged, IVector<V, double>
    {
        for (var lane = 0; lane < count; lane++)
        {
            double* row = spectra + lane * stride, from = (double*)x + lane;
            for (var k = 0; k < N; k++, from += V.Count)
                row[k] = *from;
        }
    }
}
