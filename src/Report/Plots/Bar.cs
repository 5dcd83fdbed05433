namespace LedCluster.Report.Plots;

/// <summary>One bar of a <see cref="BarPlot"/>, stacked from parts.</summary>
/// <param name="Label">What the bar stands for.</param>
/// <param name="Parts">Its parts from left to right; values that are not finite or negative are left out.</param>
/// <param name="Note">What is written behind the bar; null writes the sum.</param>
/// <param name="Printed">A value from elsewhere, drawn as an outline around the bar's row and never as a bar; null for none.</param>
public sealed record Bar(string Label, IReadOnlyList<BarPart> Parts, string? Note = null, double? Printed = null);
