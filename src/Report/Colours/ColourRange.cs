namespace LedCluster.Report.Colours;

/// <summary>Which values the two ends of a colour map stand for.</summary>
/// <param name="Low">Value at the low end.</param>
/// <param name="High">Value at the high end, above <paramref name="Low"/>.</param>
/// <param name="BeyondLow">Some data lie below; the colour bar gets a pointed end.</param>
/// <param name="BeyondHigh">Some data lie above; the colour bar gets a pointed end.</param>
public sealed record ColourRange(double Low, double High, bool BeyondLow = false, bool BeyondHigh = false)
{
    private const int Sample = 200_000;

    /// <summary>
    /// One range for several fields that are to be compared: from the 0.1 % to the 99.9 % quantile of their finite values, or
    /// the whole extent where outliers do not stretch it by more than a quarter.
    /// </summary>
    public static ColourRange Shared(params IReadOnlyList<ReadOnlyMemory<float>> fields)
    {
        var values = Sorted(fields, x => x);
        if (values.Length == 0)
            return new(0, 1);
        double low = Quantile(values, 0.001), high = Quantile(values, 0.999);
        if (values[^1] - values[0] <= 1.25 * (high - low))
            (low, high) = (values[0], values[^1]);
        return high > low
            ? new(low, high, values[0] < low, values[^1] > high)
            : new(low - Margin(low), low + Margin(low), values[0] < low - Margin(low), values[^1] > low + Margin(low));
    }

    /// <summary>A range from 0 up, for magnitudes such as a standard deviation; outliers are treated as in <see cref="Shared"/>.</summary>
    public static ColourRange FromZero(params IReadOnlyList<ReadOnlyMemory<float>> fields) => Shared(fields) is { High: > 0 } range
        ? range with { Low = 0, BeyondLow = false }
        : new(0, 1);

    /// <summary>A symmetric range about 0 for signed errors; outliers are treated as in <see cref="Shared"/>.</summary>
    public static ColourRange Centred(params IReadOnlyList<ReadOnlyMemory<float>> fields)
    {
        var values = Sorted(fields, Math.Abs);
        if (values.Length == 0 || values[^1] == 0)
            return new(-1, 1);
        var high = (double)Quantile(values, 0.999);
        if (values[^1] <= 1.25 * high || high == 0)
            high = values[^1];
        return new(-high, high, values[^1] > high, values[^1] > high);
    }

    /// <summary>Position of a value between the two ends, 0 to 1 inside.</summary>
    public double Fraction(double value) => (value - Low) / (High - Low);

    private static double Margin(double value) => value == 0 ? 0.5 : Math.Abs(value) * 0.1;

    private static float Quantile(float[] sorted, double q) => sorted[(int)Math.Round(q * (sorted.Length - 1))];

    private static float[] Sorted(IReadOnlyList<ReadOnlyMemory<float>> fields, Func<float, float> of)
    {
        var stride = Math.Max(1, fields.Sum(f => f.Length) / Sample);
        var values = new List<float>();
        foreach (var field in fields)
            for (var i = 0; i < field.Length; i += stride)
                if (float.IsFinite(field.Span[i]))
                    values.Add(of(field.Span[i]));
        values.Sort();
        return [.. values];
    }
}
