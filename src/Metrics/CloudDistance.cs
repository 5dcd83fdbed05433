using System.Runtime.Intrinsics;

namespace LedCluster.Metrics;

/// <summary>How far apart two samples of points are as laws; which point is which does not matter.</summary>
/// <param name="Histogram">
/// L1 distance Σ|p − q| of histograms on <see cref="Bins"/> cells per axis over the true range, and what of the second is beyond it; from 0
/// to 2.
/// </param>
/// <param name="Simpson">
/// The published variant (L1-NHD in the molecular code of Vlachas et al. 2022): the densities' |difference| integrated by Simpson's rule
/// over the cells' centres, which leaves out half of each outer cell, where particles at a wall are.
/// </param>
/// <param name="Wasserstein">1-Wasserstein distance, mean over the marginals, in the points' unit.</param>
/// <param name="Energy">
/// Energy distance √(2E|X − Y| − E|X − X′| − E|Y − Y′|) (Székely and Rizzo 2013, doi:10.1016/j.jspi.2013.03.018) of at most 256 points of
/// each, in the square root of the points' unit; 0 where the sum is negative.
/// </param>
public readonly record struct CloudDistance(double Histogram, double Simpson, double Wasserstein, double Energy)
{
    private const int MostPairs = 256;

    /// <summary>Cells per axis for n points: ⌈2 (round n^⅓)^⅓⌉, at least 2: 5 for 1000, 4 for 400, as the published code has them.</summary>
    public static int Bins(int n) => Math.Max(2, (int)Math.Ceiling(2 * Math.Cbrt(Math.Round(Math.Cbrt(n)))));

    /// <summary>The sum of two.</summary>
    public static CloudDistance operator +(CloudDistance a, CloudDistance b) =>
        new(a.Histogram + b.Histogram, a.Simpson + b.Simpson, a.Wasserstein + b.Wasserstein, a.Energy + b.Energy);

    /// <summary>All of them times a number.</summary>
    public static CloudDistance operator *(double factor, CloudDistance a) =>
        new(factor * a.Histogram, factor * a.Simpson, factor * a.Wasserstein, factor * a.Energy);

    /// <summary>Distances between two samples.</summary>
    /// <param name="truth">Points [C, N].</param>
    /// <param name="forecast">Points [C, N′].</param>
    /// <param name="ranges">Least and largest true value of each of the C coordinates, over all frames that are compared (<see cref="Ranges"/>).</param>
    /// <exception cref="ArgumentException">A sample is empty or holds a value that is not finite.</exception>
    public static CloudDistance Between(ReadOnlySpan<double> truth, ReadOnlySpan<double> forecast, (double Low, double High)[] ranges)
    {
        var channels = ranges.Length;
        var (n, k, wasserstein) = (truth.Length / channels, forecast.Length / channels, 0.0);
        for (var c = 0; c < channels; c++)
            wasserstein += Distributions.Wasserstein(truth.Slice(c * n, n), forecast.Slice(c * k, k)) / channels;
        var bins = Bins(n);
        var (low, width) = (new double[channels], new double[channels]);
        for (var c = 0; c < channels; c++)
            (low[c], width[c]) = (ranges[c].Low, ranges[c].High > ranges[c].Low ? (ranges[c].High - ranges[c].Low) / bins : 1);
        double[] p = Shares(truth, n), q = Shares(forecast, k);
        var (sum, simpson, rule, inside) = (0.0, 0.0, SimpsonWeights(bins), q.Sum());
        for (var cell = 0; cell < p.Length; cell++)
        {
            sum += Math.Abs(p[cell] - q[cell]);
            var weight = 1.0;
            for (int c = 0, rest = cell; c < channels; c++, rest /= bins)
                weight *= rule[rest % bins];
            simpson += weight * Math.Abs(p[cell] - (inside > 0 ? q[cell] / inside : 0)); // densities, each of integral 1
        }
        var energy = 2 * MeanDistance(truth, forecast, channels, same: false)
            - MeanDistance(truth, truth, channels, same: true) - MeanDistance(forecast, forecast, channels, same: true);
        return new(sum + Math.Max(0, 1 - inside), simpson, wasserstein, Math.Sqrt(Math.Max(0, energy)));

        double[] Shares(ReadOnlySpan<double> points, int count)
        {
            var shares = new double[(int)Math.Pow(bins, channels)];
            for (var i = 0; i < count; i++)
            {
                var (cell, stride) = (0, 1);
                for (var c = 0; c < channels && cell >= 0; c++, stride *= bins)
                {
                    var at = (points[c * count + i] - low[c]) / width[c];
                    cell = at >= 0 && at <= bins ? cell + stride * Math.Min(bins - 1, (int)at) : -1;
                }
                if (cell >= 0)
                    shares[cell] += 1.0 / count;
            }
            return shares;
        }
    }

    /// <summary>Least and largest value of each coordinate over some samples [C, N].</summary>
    public static (double Low, double High)[] Ranges(IReadOnlyList<double[]> samples, int channels) => [.. Enumerable.Range(0, channels).Select(c =>
    {
        var own = samples.Select(x => x.AsSpan(c * x.Length / channels, x.Length / channels).ToArray());
        return (own.Min(x => x.Min()), own.Max(x => x.Max()));
    })];

    /// <summary>
    /// Weights of Simpson's rule for n equidistant points, in units of their distance; for an even n the mean of the two rules that end
    /// with a trapezoid.
    /// </summary>
    public static double[] SimpsonWeights(int n)
    {
        var weights = new double[n];
        if (n == 2)
            return [0.5, 0.5];
        if (n % 2 == 1)
        {
            Add(0, n, 1);
            return weights;
        }
        Add(0, n - 1, 0.5);
        Add(1, n - 1, 0.5);
        foreach (var i in (int[])[0, 1, n - 2, n - 1])
            weights[i] += 0.25;
        return weights;

        void Add(int first, int count, double factor)
        {
            for (var i = 0; i < count; i++)
                weights[first + i] += factor / 3 * (i == 0 || i == count - 1 ? 1 : i % 2 == 1 ? 4 : 2);
        }
    }

    private static double MeanDistance(ReadOnlySpan<double> a, ReadOnlySpan<double> b, int channels, bool same)
    {
        var (n, k) = (a.Length / channels, b.Length / channels);
        var (rows, columns, sums, rest) = (Math.Min(n, MostPairs), Math.Min(k, MostPairs), Vector256<double>.Zero, 0.0);
        var wide = columns - columns % Vector256<double>.Count;
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < wide; j += Vector256<double>.Count)
            {
                var square = Vector256<double>.Zero;
                for (var c = 0; c < channels; c++)
                {
                    var apart = Vector256.Create(a[c * n + i]) - Vector256.Create(b.Slice(c * k + j, Vector256<double>.Count));
                    square += apart * apart;
                }
                sums += Vector256.Sqrt(square);
            }
            for (var j = wide; j < columns; j++)
            {
                var square = 0.0;
                for (var c = 0; c < channels; c++)
                    square += (a[c * n + i] - b[c * k + j]) * (a[c * n + i] - b[c * k + j]);
                rest += Math.Sqrt(square);
            }
        }
        var sum = Vector256.Sum(sums) + rest;
        return sum / (same ? Math.Max(1.0, rows * (columns - 1.0)) : rows * (double)columns); // a point's distance from itself does not count
    }
}
