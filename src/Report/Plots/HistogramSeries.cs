namespace LedCluster.Report.Plots;

/// <summary>One sample of a <see cref="Histogram"/>.</summary>
/// <param name="Name">Its name in the legend; empty for none.</param>
/// <param name="Values">The sample; values that are not finite do not count.</param>
/// <param name="Colour">CSS colour; null takes the next one of the palette.</param>
public sealed record HistogramSeries(string Name, IReadOnlyList<double> Values, string? Colour = null);
