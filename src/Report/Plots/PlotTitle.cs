namespace LedCluster.Report.Plots;

/// <summary>What stands above a plot.</summary>
/// <param name="Text">Short title; empty for none.</param>
/// <param name="Letter">Panel letter of a figure with several panels, for example <c>a</c>; empty for none.</param>
public sealed record PlotTitle(string Text = "", string Letter = "")
{
    /// <summary>A symbol after the text, in italics; empty for none.</summary>
    public string Symbol { get; init; } = "";

    /// <summary>More text after the symbol; empty for none.</summary>
    public string After { get; init; } = "";
}
