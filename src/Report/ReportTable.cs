namespace LedCluster.Report;

/// <summary>A table of results.</summary>
/// <param name="Caption">What the table shows, and over what the values are taken.</param>
/// <param name="Columns">The columns.</param>
/// <param name="Rows">The rows, each with one cell per column.</param>
public sealed record ReportTable(
    string Caption, IReadOnlyList<ReportColumn> Columns, IReadOnlyList<IReadOnlyList<ReportCell>> Rows)
{
    /// <summary>Small print under the table, such as sources of reference values; empty for none.</summary>
    public string Note { get; init; } = "";
}
