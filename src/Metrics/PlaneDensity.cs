namespace LedCluster.Metrics;

/// <summary>
/// Joint density of two scalars as a histogram over a fixed rectangle; what lies outside counts in the nearest cell, of a range without
/// width in the first or the last.
/// </summary>
/// <param name="bins">Cells per axis.</param>
/// <param name="horizontal">Range of the first scalar.</param>
/// <param name="vertical">Range of the second scalar.</param>
public sealed class PlaneDensity(int bins, (double Low, double High) horizontal, (double Low, double High) vertical)
{
    private readonly long[] counts = new long[bins * bins];

    /// <summary>Cells per axis.</summary>
    public int Bins => bins;

    /// <summary>Range of the first scalar.</summary>
    public (double Low, double High) Horizontal => horizontal;

    /// <summary>Range of the second scalar.</summary>
    public (double Low, double High) Vertical => vertical;

    /// <summary>Number of pairs counted.</summary>
    public long Total => counts.Sum();

    /// <summary>Share of the pairs in a cell, between 0 and 1.</summary>
    /// <param name="i">Cell along the first scalar.</param>
    /// <param name="j">Cell along the second scalar.</param>
    public double Share(int i, int j) => (double)counts[i * bins + j] / Total;

    /// <summary>Counts pairs; both spans have one length. A pair with a value that is not a number is left out.</summary>
    public void Add(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        for (var j = 0; j < x.Length; j++)
            if (!double.IsNaN(x[j]) && !double.IsNaN(y[j]))
                counts[Cell(x[j], horizontal) * bins + Cell(y[j], vertical)]++;
    }

    /// <summary>Adds the pairs of another density on the same cells.</summary>
    public void Add(PlaneDensity other)
    {
        for (var i = 0; i < counts.Length; i++)
            counts[i] += other.counts[i];
    }

    /// <summary>L1 distance Σ|p − q| to another density on the same cells, between 0 and 2; NaN when one of them is empty.</summary>
    public double DistanceTo(PlaneDensity other)
    {
        var (mine, theirs, sum) = (Total, other.Total, 0.0);
        for (var i = 0; i < counts.Length; i++)
            sum += Math.Abs((double)counts[i] / mine - (double)other.counts[i] / theirs);
        return sum;
    }

    private int Cell(double value, (double Low, double High) range) => range.High > range.Low
        ? (int)Math.Clamp((value - range.Low) / (range.High - range.Low) * bins, 0, bins - 1)
        : value > range.High ? bins - 1 : 0;
}
