namespace LedCluster.Report.Plots;

/// <summary>Density of samples over time.</summary>
public static class DensityMap
{
    /// <summary>Share of a frame's values in each of some equal bins, divided by the bin's width, [frames, bins].</summary>
    /// <param name="samples">Values of each frame; those that are not finite count nowhere.</param>
    /// <param name="low">Where the first bin begins.</param>
    /// <param name="high">Where the last bin ends.</param>
    /// <param name="bins">Number of bins, at least 1.</param>
    public static float[] Of(IReadOnlyList<double[]> samples, double low, double high, int bins)
    {
        var (density, width) = (new float[samples.Count * bins], Math.Max(1e-12, (high - low) / bins));
        for (var f = 0; f < samples.Count; f++)
        {
            var known = Array.FindAll(samples[f], double.IsFinite);
            foreach (var x in known)
                density[f * bins + Math.Clamp((int)((x - low) / width), 0, bins - 1)] += (float)(1 / (known.Length * width));
        }
        return density;
    }
}
