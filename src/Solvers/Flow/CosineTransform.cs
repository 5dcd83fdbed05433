using System.Runtime.Intrinsics;
using LedCluster.Solvers.SemilinearPeriodic;

namespace LedCluster.Solvers.Flow;

/// <summary>
/// Cosine transform of n numbers on cell centres, X_k = Σ_j x_j cos(πk(j + ½)/n), for eight rows at once, by one
/// <see cref="RealTransform"/> of the same length (Makhoul 1980, doi:10.1109/TASSP.1980.1163351).
/// </summary>
/// <remarks>
/// With v_j = x_{2j}, v_{n−1−j} = x_{2j+1} and V its Fourier transform, X_k = Re e^{−iπk/2n}V_k. Places k and n − k of the half spectrum turn
/// together: X_k = a cos θ + b sin θ and X_{n−k} = a sin θ − b cos θ, with V_k = a + ib and θ = πk/2n; that turn is its own inverse.
/// </remarks>
internal sealed unsafe class CosineTransform
{
    /// <summary>Rows that are transformed together.</summary>
    public const int Lanes = 8;

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
    /// <param name="count">Rows, at most eight.</param>
    /// <param name="spectra">Receives X, [row][k].</param>
    /// <param name="spectrumStride">Numbers from row to row.</param>
    /// <param name="buffers">Three arrays of n vectors.</param>
    public void Forward(double* rows, nint stride, int count, double* spectra, nint spectrumStride, Vector512<double>* buffers)
    {
        var v = (double*)buffers;
        for (var lane = 0; lane < count; lane++)
        {
            double* row = rows + lane * stride, up = v + lane, down = v + lane + (N - 1) * Lanes;
            for (var j = 0; j < N; j += 2, up += Lanes, down -= Lanes)
            {
                *up = row[j];
                *down = row[j + 1];
            }
        }
        var x = transform.Forward(buffers, buffers + N, buffers + 2 * N);
        Turn(x, Math.Sqrt(0.5));
        Leave((double*)x, spectra, spectrumStride, count);
    }

    /// <summary>Transforms spectra backwards and multiplies by a factor; 1/n gives the rows again.</summary>
    /// <param name="spectra">First spectrum, [row][k].</param>
    /// <param name="spectrumStride">Numbers from row to row.</param>
    /// <param name="count">Rows, at most eight.</param>
    /// <param name="rows">Receives the rows.</param>
    /// <param name="stride">Numbers from row to row.</param>
    /// <param name="factor">Factor.</param>
    /// <param name="buffers">Three arrays of n vectors.</param>
    public void Inverse(double* spectra, nint spectrumStride, int count, double* rows, nint stride, double factor, Vector512<double>* buffers)
    {
        var x = (double*)buffers;
        for (var lane = 0; lane < count; lane++)
        {
            double* row = spectra + lane * spectrumStride, to = x + lane;
            for (var k = 0; k < N; k++, to += Lanes)
                *to = row[k];
        }
        Turn(buffers, Math.Sqrt(2));
        var v = (double*)transform.Inverse(buffers, buffers + N, buffers + 2 * N);
        for (var lane = 0; lane < count; lane++)
        {
            double* row = rows + lane * stride, up = v + lane, down = v + lane + (N - 1) * Lanes;
            for (var j = 0; j < N; j += 2, up += Lanes, down -= Lanes)
            {
                row[j] = factor * *up;
                row[j + 1] = factor * *down;
            }
        }
    }

    private void Turn(Vector512<double>* x, double middle)
    {
        for (var k = 1; 2 * k < N; k++)
        {
            Vector512<double> a = x[k], b = x[N - k], c = Vector512.Create(cos[k]), s = Vector512.Create(sin[k]);
            x[k] = Vector512.FusedMultiplyAdd(a, c, b * s);
            x[N - k] = Vector512.FusedMultiplyAdd(a, s, -(b * c));
        }
        x[N / 2] *= middle;
    }

    private void Leave(double* x, double* spectra, nint stride, int count)
    {
        for (var lane = 0; lane < count; lane++)
        {
            double* row = spectra + lane * stride, from = x + lane;
            for (var k = 0; k < N; k++, from += Lanes)
                row[k] = *from;
        }
    }
}
