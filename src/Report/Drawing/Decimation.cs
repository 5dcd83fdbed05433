namespace LedCluster.Report.Drawing;

/// <summary>Fewer points for the same picture.</summary>
internal static class Decimation
{
    /// <summary>
    /// Indices of a long series that keep its extremes: in each of <paramref name="buckets"/> stretches the smallest and the
    /// largest value, in order; a stretch with a gap keeps one. Short series stay whole.
    /// </summary>
    public static IReadOnlyList<int> MinMax(IReadOnlyList<double> values, int buckets)
    {
        if (values.Count <= 2 * buckets)
            return [.. Enumerable.Range(0, values.Count)];
        var kept = new List<int>(2 * buckets + 2) { 0 };
        for (var b = 0; b < buckets; b++)
        {
            var (first, end) = Stretch(values.Count, buckets, b);
            int low = -1, high = -1, gap = -1;
            for (var i = first; i < end; i++)
            {
                if (!double.IsFinite(values[i]))
                    gap = i;
                else if (low < 0)
                    low = high = i;
                else
                    (low, high) = (values[i] < values[low] ? i : low, values[i] > values[high] ? i : high);
            }
            kept.AddRange(new[] { low, high, gap }.Where(i => i >= 0).Distinct().Order());
        }
        kept.Add(values.Count - 1);
        return [.. kept.Distinct()];
    }

    /// <summary>Indices [first, end) of one of several nearly equal stretches of a series.</summary>
    public static (int First, int End) Stretch(int count, int stretches, int index) =>
        ((int)((long)index * count / stretches), (int)((index + 1L) * count / stretches));
}
