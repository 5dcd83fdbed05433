namespace LedCluster.Report.Plots;

/// <summary>What one axis shows and over which range.</summary>
/// <param name="Label">The quantity in words, for example <c>time</c>.</param>
/// <param name="Symbol">Its symbol, set in italics after the words, for example <c>t</c>; empty for none.</param>
/// <param name="Unit">Its unit, set in parentheses; <c>1</c> (dimensionless) is left out.</param>
public sealed record Axis(string Label, string Symbol = "", string Unit = "1")
{
    /// <summary>True for a base-10 logarithmic axis; values ≤ 0 then become gaps. Default: false.</summary>
    public bool Logarithmic { get; init; }

    /// <summary>Fixed lower end of the axis, in <see cref="Unit"/>; null takes it from the data.</summary>
    public double? Minimum { get; init; }

    /// <summary>Fixed upper end of the axis, in <see cref="Unit"/>; null takes it from the data.</summary>
    public double? Maximum { get; init; }
}
