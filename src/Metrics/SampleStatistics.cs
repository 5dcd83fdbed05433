namespace LedCluster.Metrics;

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
