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
