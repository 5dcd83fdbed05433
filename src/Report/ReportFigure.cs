namespace LedCluster.Report;

/// <summary>A finished figure.</summary>
/// <param name="Title">What it is, the bold beginning of the caption.</param>
/// <param name="Caption">What is shown, with units.</param>
/// <param name="Panels">SVG text of each panel, row by row.</param>
/// <param name="Columns">Panels side by side, 1 or 2.</param>
public sealed record ReportFigure(string Title, string Caption, IReadOnlyList<string> Panels, int Columns = 2);
