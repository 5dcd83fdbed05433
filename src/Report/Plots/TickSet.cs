namespace LedCluster.Report.Plots;

/// <summary>The marks of one axis.</summary>
/// <param name="Major">Labelled marks, ascending.</param>
/// <param name="Minor">Unlabelled marks between them, ascending.</param>
/// <param name="Exponent">Labels are in units of 10 to this power; the axis title carries the factor.</param>
public sealed record TickSet(IReadOnlyList<Tick> Major, IReadOnlyList<double> Minor, int Exponent)
{
    /// <summary>
    /// Round values between <paramref name="low"/> and <paramref name="high"/> at steps of 1, 2 or 5 times a power of ten
    /// (Heckbert, "Nice numbers for graph labels", Graphics Gems, 1990), about <paramref name="count"/> of them.
    /// </summary>
    /// <exception cref="ArgumentException">The range is empty or not finite.</exception>
    public static TickSet Linear(double low, double high, int count)
    {
        Check(low, high);
        var raw = (high - low) / Math.Max(1, count);
        var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        var step = power * ((raw / power) switch { < 1.5 => 1, < 3.5 => 2, < 7.5 => 5, _ => 10 });
        var largest = Math.Max(Math.Abs(low), Math.Abs(high));
        var exponent = largest is >= 1e5 or < 1e-2 ? (int)Math.Floor(Math.Log10(largest)) : 0;
        var scale = Math.Pow(10, exponent);
        var decimals = Math.Clamp(-(int)Math.Floor(Math.Log10(step / scale) + 1e-9), 0, 12);

        var major = new List<Tick>();
        for (double i = Math.Ceiling(low / step - 1e-9); i <= high / step + 1e-9; i++)
            major.Add(new(i * step, NumberText.Fixed(i * step / scale, decimals)));
        return new(major, [], exponent);
    }

    /// <summary>
    /// Decades between <paramref name="low"/> and <paramref name="high"/>, thinned to about <paramref name="count"/>; the
    /// multiples 2…9 are minor marks. A range of less than about a decade gets 1, 2, 5 as labels, or linear marks.
    /// </summary>
    /// <exception cref="ArgumentException">The range is empty, not finite or not positive.</exception>
    public static TickSet Logarithmic(double low, double high, int count)
    {
        Check(low, high);
        if (low <= 0)
            throw new ArgumentException($"A logarithmic axis needs a positive range, got {low} to {high}.");
        var (first, last) = ((int)Math.Floor(Math.Log10(low)), (int)Math.Ceiling(Math.Log10(high)));
        var decades = Enumerable.Range(first, last - first + 1).Where(n => Inside(Math.Pow(10, n))).ToArray();
        if (decades.Length < 2)
            return Narrow(low, high, count, first, last);

        var stride = (decades.Length + Math.Max(1, count) - 1) / Math.Max(1, count);
        var major = decades.Where(n => n % stride == 0).Select(n => new Tick(Math.Pow(10, n), NumberText.Power(n)));
        var minor = stride > 1
            ? decades.Where(n => n % stride != 0).Select(n => Math.Pow(10, n))
            : from n in Enumerable.Range(first, last - first + 1)
              from digit in Enumerable.Range(2, 8)
              let value = digit * Math.Pow(10, n)
              where Inside(value)
              select value;
        return new([.. major], [.. minor], 0);

        bool Inside(double value) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9);
    }

    private static TickSet Narrow(double low, double high, int count, int first, int last)
    {
        var values =
            from n in Enumerable.Range(first, last - first + 1)
            from digit in (int[])[1, 2, 5]
            let value = digit * Math.Pow(10, n)
            where value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)
            select new Tick(value, NumberText.Significant(value, 1));
        var major = values.ToArray();
        return major.Length >= 2 ? new(major, [], 0) : Linear(low, high, count);
    }

    private static void Check(double low, double high)
    {
        if (!double.IsFinite(low) || !double.IsFinite(high) || low >= high)
            throw new ArgumentException($"Ticks need a finite range with low < high, got {low} to {high}.");
    }
}

/// <summary>One labelled mark on an axis.</summary>
/// <param name="Value">Where it stands, in the axis' unit.</param>
/// <param name="Label">What is written there.</param>
public readonly record struct Tick(double Value, string Label);
