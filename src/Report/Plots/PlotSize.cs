namespace LedCluster.Report.Plots;

/// <summary>Size of a drawing in pixels at 1:1; the page scales it to the column.</summary>
/// <param name="Width">Width, 200 to 4000.</param>
/// <param name="Height">Height, 120 to 4000.</param>
public sealed record PlotSize(double Width, double Height)
{
    /// <summary>Half of the page's width.</summary>
    public static PlotSize Half { get; } = new(540, 290);

    /// <summary>The page's full width.</summary>
    public static PlotSize Full { get; } = new(1100, 330);

    /// <summary>As wide as high, for portraits.</summary>
    public static PlotSize Square { get; } = new(540, 500);
}
