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

/// <summary>What stands above a plot.</summary>
/// <param name="Text">Short title; empty for none.</param>
/// <param name="Letter">Panel letter of a figure with several panels, for example <c>a</c>; empty for none.</param>
public sealed record PlotTitle(string Text = "", string Letter = "")
{
    /// <summary>A symbol after the text, in italics; empty for none.</summary>
    public string Symbol { get; init; } = "";

    /// <summary>More text after the symbol; empty for none.</summary>
    public string After { get; init; } = "";

    /// <summary>
    /// What a drawing shows, for readers who cannot see it: its panel, its title, and a quantity over others; what the title says already
    /// is not said twice.
    /// </summary>
    internal string Spoken(Axis quantity, string over, params Axis[] others)
    {
        var (title, what) = ($"{Text} {Symbol}".Trim() + After, Name(quantity));
        var shown = title.Length == 0 || what.Contains(title, StringComparison.Ordinal) ? what
            : title.Contains(what, StringComparison.Ordinal) ? title
            : $"{title}: {what}";
        return (Letter.Length > 0 ? $"Panel {Letter}: " : "") + shown + (others.Length > 0 ? over + string.Join(" and ", others.Select(Name)) : "");

        static string Name(Axis axis) => $"{axis.Label} {axis.Symbol}".Trim();
    }
}

/// <summary>
/// Size of a drawing in its own pixels. The page widens it by at most a fifth to its column, and narrows it on a phone, where texts of 12 pixels in a drawing
/// of half the page's width are still 9 high.
/// </summary>
/// <param name="Width">Width, 200 to 4000.</param>
/// <param name="Height">Height, 120 to 4000.</param>
public sealed record PlotSize(double Width, double Height)
{
    /// <summary>Half of the page's width.</summary>
    public static PlotSize Half { get; } = new(460, 250);

    /// <summary>As wide as high, for portraits.</summary>
    public static PlotSize Square { get; } = new(460, 430);
}
