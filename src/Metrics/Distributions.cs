namespace LedCluster.Metrics;

/// <summary>Distances between two samples of a scalar.</summary>
public static class Distributions
{
    /// <summary>
    /// 1-Wasserstein distance W₁ = ∫|F(x) − G(x)|dx of two empirical distributions, in the samples' unit.
    /// O(n log n); the samples may differ in size.
    /// </summary>
    /// <exception cref="ArgumentException">A sample is empty or holds a value that is not finite.</exception>
    public static double Wasserstein(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        var (a, b) = (Sorted(first), Sorted(second));
        double distance = 0, previous = Math.Min(a[0], b[0]);
        for (int i = 0, j = 0; i < a.Length || j < b.Length;)
        {
            var x = j == b.Length || i < a.Length && a[i] <= b[j] ? a[i] : b[j];
            distance += Math.Abs((double)i / a.Length - (double)j / b.Length) * (x - previous);
            previous = x;
            while (i < a.Length && a[i] == x)
                i++;
            while (j < b.Length && b[j] == x)
                j++;
        }
        return distance;
    }

    /// <summary>
    /// L1 distance Σ_k|p_k − q_k| of two normalised histograms on common bins over the joint range; between 0 and 2,
    /// dimensionless. The number of bins follows the Rice rule ⌈2n^(1/3)⌉ with n the smaller sample's size
    /// (Vlachas et al. 2022, supplement, L1-NHD). Samples that are equal have distance 0, also those without a range: compare
    /// numbers of one precision, for two that differ by rounding alone are as far apart as two can be.
    /// </summary>
    /// <exception cref="ArgumentException">A sample is empty or holds a value that is not finite.</exception>
    public static double HistogramDistance(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        var (a, b) = (Sorted(first), Sorted(second));
        var (low, high) = (Math.Min(a[0], b[0]), Math.Max(a[^1], b[^1]));
        var p = Histogram(a, low, high, RiceBins(Math.Min(a.Length, b.Length)));
        var q = Histogram(b, low, high, p.Length);
        return p.Zip(q, (x, y) => Math.Abs(x - y)).Sum();
    }

    /// <summary>Rice rule: ⌈2n^(1/3)⌉ bins for n values.</summary>
    public static int RiceBins(int n) => (int)Math.Ceiling(2 * Math.Cbrt(n));

    private static double[] Histogram(double[] values, double low, double high, int bins)
    {
        var histogram = new double[bins];
        foreach (var x in values)
            histogram[high > low ? Math.Min(bins - 1, (int)((x - low) / (high - low) * bins)) : 0] += 1.0 / values.Length;
        return histogram;
    }

    private static double[] Sorted(ReadOnlySpan<double> sample)
    {
        if (sample.IsEmpty)
            throw new ArgumentException("A distance between distributions needs at least one value in each sample, got an empty one.");
        var sorted = sample.ToArray();
        Array.Sort(sorted); // NaN comes first
        return double.IsFinite(sorted[0]) && double.IsFinite(sorted[^1]) ? sorted : throw new ArgumentException(
            "A distance between distributions needs finite values, got one that is not. Leave out members without a forecast.");
    }
}

/// <summary>Statistics of a few numbers.</summary>
public static class SampleStatistics
{
    /// <summary>Standard deviation √⟨(x − ⟨x⟩)²⟩ of one or more values.</summary>
    public static double Deviation(double[] values)
    {
        var mean = values.Average();
        return Math.Sqrt(values.Average(x => (x - mean) * (x - mean)));
    }
}
