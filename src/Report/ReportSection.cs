namespace LedCluster.Report;

/// <summary>A free section: text, tables and figures, for example the table of a reproduction with its plot.</summary>
/// <param name="Title">Heading.</param>
/// <param name="Text">Text under the heading; an empty line starts a new paragraph; empty for none.</param>
public sealed record ReportSection(string Title, string Text = "")
{
    /// <summary>Tables, before the figures.</summary>
    public IReadOnlyList<ReportTable> Tables { get; init; } = [];

    /// <summary>Figures.</summary>
    public IReadOnlyList<ReportFigure> Figures { get; init; } = [];
}
