namespace LedCluster.Metrics;

/// <summary>Amplitude of an oscillation that grows or decays.</summary>
public static class OscillationAmplitude
{
    /// <summary>
    /// Half the distance between each two extremes in a row, at the middle of their times; an extreme is that of the parabola through three
    /// frames.
    /// </summary>
    /// <param name="path">The oscillation, [frames].</param>
    /// <returns>Times, in frames, and amplitudes.</returns>
    public static (double Time, double Amplitude)[] Envelope(ReadOnlySpan<double> path)
    {
        var extremes = new List<(double Time, double Value)>();
        for (var f = 1; f < path.Length - 1; f++)
        {
            var (before, after) = (path[f] - path[f - 1], path[f + 1] - path[f]);
            if (before * after >= 0 && after != 0 || before == 0)
                continue;
            var shift = (before + after) / (2 * (before - after));
            extremes.Add((f + shift, path[f] + (before + after) / 4 * shift));
        }
        return [.. extremes.Zip(extremes.Skip(1), (a, b) => ((a.Time + b.Time) / 2, Math.Abs(b.Value - a.Value) / 2))];
    }

    /// <summary>
    /// When the amplitude comes to a level from below for the last time, by straight lines between the points of the envelope; NaN when it
    /// ends below.
    /// </summary>
    /// <param name="path">The oscillation, [frames].</param>
    /// <param name="level">The level.</param>
    /// <returns>In frames.</returns>
    public static double Reaches(ReadOnlySpan<double> path, double level)
    {
        var envelope = Envelope(path);
        if (envelope.Length == 0 || !(envelope[^1].Amplitude >= level))
            return double.NaN;
        var k = envelope.Length - 1;
        while (k > 0 && envelope[k - 1].Amplitude >= level)
            k--;
        if (k == 0)
            return envelope[0].Time;
        var ((before, low), (after, high)) = (envelope[k - 1], envelope[k]);
        return before + (after - before) * (level - low) / (high - low);
    }
}
