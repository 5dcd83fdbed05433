using MathNet.Numerics.LinearAlgebra;

namespace LedCluster.Models.Inference;

/// <summary>
/// Savitzky-Golay smoothing (1964, doi:10.1021/ac60214a047): each value becomes that of the polynomial that fits the 2m + 1 frames around it
/// best; in the first and last m frames, that of the polynomial through the first or last 2m + 1. Polynomials of the degree are reproduced.
/// </summary>
public sealed class SavitzkyGolay
{
    private readonly double[][] rows; // weights of the 2m + 1 frames for the value at place 0, …, 2m among them

    /// <summary>Prepares a filter.</summary>
    /// <param name="frames">2m + 1.</param>
    /// <param name="degree">Degree of the polynomials, below the number of frames.</param>
    /// <exception cref="ArgumentException">The number of frames is even, or the degree too large.</exception>
    public SavitzkyGolay(int frames, int degree)
    {
        if (frames < 1 || frames % 2 == 0 || degree < 0 || degree >= frames)
            throw new ArgumentException(
                $"Smoothing needs an odd number of frames and a degree below it, not {frames} frames and degree {degree}.", nameof(frames));
        (Frames, Degree) = (frames, degree);
        // V (VᵀV)⁻¹Vᵀ by an orthonormal basis of the columns of V, on places scaled to [−1, 1].
        var basis = Matrix<double>.Build.Dense(frames, degree + 1, (i, k) =>
            Math.Pow(frames == 1 ? 0 : 2.0 * i / (frames - 1) - 1, k)).QR().Q.SubMatrix(0, frames, 0, degree + 1);
        rows = (basis * basis.Transpose()).ToRowArrays();
    }

    /// <summary>Frames 2m + 1 of the filter.</summary>
    public int Frames { get; }

    /// <summary>Degree of the polynomials.</summary>
    public int Degree { get; }

    /// <summary>Smooths a path; one of fewer frames than the filter has stays as it is.</summary>
    /// <param name="path">Values [frames, size].</param>
    /// <param name="size">Numbers per frame, each smoothed by itself.</param>
    /// <param name="smoothed">Receives [frames, size]; another place than <paramref name="path"/>.</param>
    public void Smooth(ReadOnlySpan<float> path, int size, Span<float> smoothed)
    {
        var (count, half) = (path.Length / size, Frames / 2);
        if (count < Frames)
        {
            path.CopyTo(smoothed);
            return;
        }
        for (var f = 0; f < count; f++)
        {
            var first = Math.Clamp(f - half, 0, count - Frames);
            var weights = rows[f - first];
            for (var k = 0; k < size; k++)
            {
                var sum = 0.0;
                for (var i = 0; i < weights.Length; i++)
                    sum = Math.FusedMultiplyAdd(weights[i], path[(first + i) * size + k], sum);
                smoothed[f * size + k] = (float)sum;
            }
        }
    }
}
