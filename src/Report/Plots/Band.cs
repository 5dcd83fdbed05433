namespace LedCluster.Report.Plots;

/// <summary>A shaded range around a line.</summary>
/// <param name="Lower">Lower edge at each abscissa of the line.</param>
/// <param name="Upper">Upper edge at each abscissa of the line.</param>
/// <param name="Name">Its name in the legend, for example <c>5–95 %</c>; empty for none.</param>
/// <param name="Opacity">0 (invisible) to 1. Default 0.2.</param>
public sealed record Band(IReadOnlyList<double> Lower, IReadOnlyList<double> Upper, string Name = "", double Opacity = 0.2);
