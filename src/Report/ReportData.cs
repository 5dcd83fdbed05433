using LedCluster.Domain.Cohorts;
using LedCluster.Report.Figures;

namespace LedCluster.Report;

/// <summary>Everything that a report shows. Whatever is null or empty is left out.</summary>
/// <param name="Title">Heading of the page.</param>
/// <param name="Description">What was computed, in a few sentences; an empty line starts a new paragraph.</param>
public sealed record ReportData(string Title, string Description = "")
{
    /// <summary>Small line above the title, for example the name of the study and the run.</summary>
    public string Kicker { get; init; } = "";

    /// <summary>Governing equations in Unicode, one line each.</summary>
    public IReadOnlyList<string> Equations { get; init; } = [];

    /// <summary>Run facts: members, times, seed, hashes, seconds, speed-ups.</summary>
    public IReadOnlyList<ReportFact> Facts { get; init; } = [];

    /// <summary>What a reader must know before trusting the rest.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Members that were set aside.</summary>
    public IReadOnlyList<MemberFailure> FailedMembers { get; init; } = [];

    /// <summary>Tables of metrics.</summary>
    public IReadOnlyList<ReportTable> Tables { get; init; } = [];

    /// <summary>Space-time plots of one member.</summary>
    public SpaceTimeFigure? SpaceTime { get; init; }

    /// <summary>Paths in the latent plane.</summary>
    public LatentPortraitFigure? LatentPortrait { get; init; }

    /// <summary>Growth of the error over time.</summary>
    public ErrorGrowthFigure? ErrorGrowth { get; init; }

    /// <summary>Correlation of forecast and truth over lead time.</summary>
    public CorrelationFigure? Correlation { get; init; }

    /// <summary>Long-time statistics of the channels.</summary>
    public IReadOnlyList<ClimateFigure> Climates { get; init; } = [];

    /// <summary>Spread of the ensemble.</summary>
    public EnsembleSpreadFigure? EnsembleSpread { get; init; }

    /// <summary>The system's diagnostics.</summary>
    public DiagnosticsFigure? Diagnostics { get; init; }

    /// <summary>Ranks of the true members among the forecasts.</summary>
    public RankHistogramFigure? Ranks { get; init; }

    /// <summary>Cost of the run.</summary>
    public WorkFigure? Work { get; init; }

    /// <summary>How well the model knew the states.</summary>
    public TrustFigure? Trust { get; init; }

    /// <summary>Further sections, after the figures.</summary>
    public IReadOnlyList<ReportSection> Sections { get; init; } = [];

    /// <summary>The command that computes the same again, the last line of the page; empty for none.</summary>
    public string Colophon { get; init; } = "";
}

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

/// <summary>A finished figure.</summary>
/// <param name="Title">What it is, the bold beginning of the caption.</param>
/// <param name="Caption">What is shown, with units.</param>
/// <param name="Panels">SVG text of each panel, row by row.</param>
/// <param name="Columns">Panels side by side, 1 or 2.</param>
public sealed record ReportFigure(string Title, string Caption, IReadOnlyList<string> Panels, int Columns = 2);

/// <summary>One thing to know about a run.</summary>
/// <param name="Name">What it is, for example <c>members</c>.</param>
/// <param name="Value">Its value with its unit, as text.</param>
/// <param name="Group">Heading under which it stands; facts of one group stay together, in order of appearance.</param>
public sealed record ReportFact(string Name, string Value, string Group = "Run")
{
    /// <summary>A number with its unit, four significant digits; the unit <c>1</c> is left out.</summary>
    public static ReportFact Number(string name, double value, string unit = "1", string group = "Run") =>
        new(name, unit is "1" or "" ? NumberText.Significant(value) : $"{NumberText.Significant(value)} {unit}", group);
}
