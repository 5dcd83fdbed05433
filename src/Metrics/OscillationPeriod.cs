namespace LedCluster.Metrics;

/// <summary>Period of an oscillation about zero.</summary>
public static class OscillationPeriod
{
    /// <summary>Mean number of frames between upward zeros, found by straight lines between frames; NaN for fewer than two of them.</summary>
    /// <param name="path">Frames [F, n].</param>
    /// <param name="size">Numbers n per frame.</param>
    /// <param name="place">Which of them oscillates.</param>
    public static double Of(ReadOnlySpan<double> path, int size, int place)
    {
        var (first, last, count) = (double.NaN, double.NaN, 0);
        for (var f = 1; f < path.Length / size; f++)
            if (path[(f - 1) * size + place] is < 0 and var low && path[f * size + place] is >= 0 and var high)
            {
                last = f - high / (high - low);
                first = count++ == 0 ? last : first;
            }
        return count < 2 ? double.NaN : (last - first) / (count - 1);
    }
}
