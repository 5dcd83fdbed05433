using System.Numerics;

namespace LedCluster.Metrics;

/// <summary>
/// First and second derivative of a periodic function on equally spaced points, exact for every
/// trigonometric polynomial that the grid resolves (Trefethen 2000, Spectral Methods in MATLAB, chapter 3,
/// doi:10.1137/1.9780898719598; for odd numbers of points Weideman and Reddy 2000, doi:10.1145/365723.365727). O(n²), which on the grids of
/// one-dimensional studies is as fast as a transform.
/// </summary>
public sealed class PeriodicDerivatives
{
    private readonly double[] first, second; // weight of the point i places to the right
    private readonly int points;

    /// <summary>Weights for a grid.</summary>
    /// <param name="points">Number of points n, at least 2.</param>
    /// <param name="spacing">Grid spacing Δx, in the unit of length.</param>
    /// <exception cref="ArgumentException">There are fewer than two points, or the spacing is not positive.</exception>
    public PeriodicDerivatives(int points, double spacing)
    {
        if (points < 2 || !(spacing > 0))
            throw new ArgumentException($"Spectral derivatives need at least 2 points and a positive spacing, got {points} points {spacing} apart.");
        this.points = points;
        var (h, scale) = (2 * Math.PI / points, 2 * Math.PI / (points * spacing));
        (first, second) = (new double[points], new double[points]);
        var odd = points % 2 != 0;
        second[0] = -scale * scale * (Math.PI * Math.PI / (3 * h * h) + (odd ? -1 / 12.0 : 1 / 6.0));
        for (var i = 1; i < points; i++)
        {
            var sign = i % 2 == 0 ? 1 : -1;
            first[i] = -scale * sign / (2 * (odd ? Math.Sin(i * h / 2) : Math.Tan(i * h / 2)));
            second[i] = -scale * scale * sign * (odd ? Math.Cos(i * h / 2) : 1) / (2 * Math.Pow(Math.Sin(i * h / 2), 2));
        }
    }

    /// <summary>Differentiates a field.</summary>
    /// <param name="values">Values [n].</param>
    /// <param name="slope">Receives the first derivative [n], per unit of length.</param>
    /// <param name="curvature">Receives the second derivative [n], per unit of length squared.</param>
    public void Differentiate(ReadOnlySpan<double> values, Span<double> slope, Span<double> curvature)
    {
        Span<double> twice = stackalloc double[2 * points];
        values.CopyTo(twice);
        values.CopyTo(twice[points..]);
        slope.Clear();
        curvature.Clear();
        for (var i = 0; i < points; i++)
        {
            var (a, b) = (new Vector<double>(first[i]), new Vector<double>(second[i]));
            var j = 0;
            for (; j <= points - Vector<double>.Count; j += Vector<double>.Count)
            {
                var shifted = new Vector<double>(twice[(i + j)..]);
                (new Vector<double>(slope[j..]) + a * shifted).CopyTo(slope[j..]);
                (new Vector<double>(curvature[j..]) + b * shifted).CopyTo(curvature[j..]);
            }
            for (; j < points; j++)
            {
                slope[j] += first[i] * twice[i + j];
                curvature[j] += second[i] * twice[i + j];
            }
        }
    }
}
