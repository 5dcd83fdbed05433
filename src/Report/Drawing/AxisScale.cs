using LedCluster.Report.Plots;

namespace LedCluster.Report.Drawing;

/// <summary>An axis with its range settled: from values to fractions of its length.</summary>
internal sealed class AxisScale
{
    private const double DecadesAtMost = 12, Largest = 1e280;

    /// <summary>Settles the range.</summary>
    /// <param name="axis">The axis.</param>
    /// <param name="values">All values to be shown; those that are not finite (or not positive, on a log axis) do not count.</param>
    /// <param name="ticks">Wanted number of labelled marks.</param>
    /// <param name="padding">Fraction of the range left free at ends that the axis does not fix.</param>
    /// <param name="marked">
    /// Where labelled marks may stand: from the first to the last point of cells that reach half a cell beyond; null for the whole range.
    /// </param>
    public AxisScale(Axis axis, IEnumerable<double> values, int ticks, double padding, (double First, double Last)? marked = null)
    {
        Axis = axis;
        var (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var value in values)
            if (double.IsFinite(value) && (!axis.Logarithmic || value > 0))
                (low, high) = (Math.Min(low, Math.Max(value, -Largest)), Math.Max(high, Math.Min(value, Largest)));
        (low, high) = low > high ? (axis.Logarithmic ? (0.1, 1.0) : (0.0, 1.0)) : (low, high);
        (Low, High) = axis.Logarithmic ? Logarithmic(low, high, padding) : Linear(low, high, padding);
        Ticks = axis.Logarithmic ? TickSet.Logarithmic(Low, High, ticks) : TickSet.Linear(Low, High, ticks);
        if (marked is var (first, last))
            Ticks = Ticks with { Major = [.. Ticks.Major.Where(t => t.Value >= first - 1e-9 * (High - Low) && t.Value <= last + 1e-9 * (High - Low))] };
    }

    public Axis Axis { get; }

    public double Low { get; }

    public double High { get; }

    public TickSet Ticks { get; }

    /// <summary>Unit and power of ten that follow label and symbol in the axis title.</summary>
    public string Suffix
    {
        get
        {
            var factor = Ticks.Exponent != 0 ? NumberText.Power(Ticks.Exponent) : "";
            var unit = Axis.Unit is "1" ? "" : Axis.Unit;
            return (factor + unit).Length == 0 ? "" : $" ({factor}{(factor.Length > 0 && unit.Length > 0 ? " " : "")}{unit})";
        }
    }

    /// <summary>Position between the two ends, 0 to 1 inside; NaN where there is none.</summary>
    public double Fraction(double value)
    {
        if (!double.IsFinite(value) || Axis.Logarithmic && value <= 0)
            return double.NaN;
        return Axis.Logarithmic ? Math.Log(value / Low) / Math.Log(High / Low) : (value - Low) / (High - Low);
    }

    private (double Low, double High) Linear(double low, double high, double padding)
    {
        var margin = padding * (high - low);
        var bottom = Fixed(Axis.Minimum) ?? (padding > 0 && low >= 0 && low < 0.35 * high ? 0 : low >= 0 ? Math.Max(0, low - margin) : low - margin);
        var top = Fixed(Axis.Maximum) ?? high + margin;
        var least = 1e-9 * Math.Max(Math.Abs(bottom), Math.Abs(top));
        if (top - bottom > least)
            return (bottom, top);
        var half = bottom == 0 ? 0.5 : 0.1 * Math.Abs(bottom);
        return Fixed(Axis.Minimum) is not null || bottom == 0 && Fixed(Axis.Maximum) is null ? (bottom, bottom + 2 * half)
            : Fixed(Axis.Maximum) is not null ? (top - 2 * half, top)
            : (bottom - half, bottom + half);
    }

    private (double Low, double High) Logarithmic(double low, double high, double padding)
    {
        low = Math.Max(low, high * Math.Pow(10, -DecadesAtMost));
        var top = Fixed(Axis.Maximum) is { } maximum and > 0 ? maximum : high * Math.Pow(high / low, padding);
        var bottom = Fixed(Axis.Minimum) is { } minimum and > 0 ? minimum : low * Math.Pow(high / low, -padding);
        bottom = Math.Max(bottom, Math.Max(top * Math.Pow(10, -DecadesAtMost), 1e-300));
        return top > bottom * 1.01 ? (bottom, top) : (bottom / 2, bottom * 2);
    }

    private static double? Fixed(double? end) => end is { } value && double.IsFinite(value) ? value : null;
}
