namespace LedCluster.Report.Plots;

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
