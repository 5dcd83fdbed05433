namespace LedCluster.Report.Plots;

/// <summary>One part of a stacked bar.</summary>
/// <param name="Name">Its name in the legend; parts of one name share an entry; empty for none.</param>
/// <param name="Value">Its length, in the unit of the axis, 0 or more.</param>
/// <param name="Colour">CSS colour; null takes the first of the palette.</param>
public sealed record BarPart(string Name, double Value, string? Colour = null);
