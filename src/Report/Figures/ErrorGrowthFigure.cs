using LedCluster.Domain.Cycle;
using LedCluster.Report.Plots;

namespace LedCluster.Report.Figures;

/// <summary>Normalised absolute error |y − ŷ| / (max y − min y) over time, dimensionless.</summary>
/// <param name="Times">Time of each frame, ascending, in <paramref name="TimeUnit"/>, [F].</param>
/// <param name="TimeUnit">Unit of time, <c>1</c> when dimensionless.</param>
/// <param name="Channels">The error of each channel.</param>
public sealed record ErrorGrowthFigure(IReadOnlyList<double> Times, string TimeUnit, IReadOnlyList<ChannelError> Channels)
{
    /// <summary>Phase of each frame [F]; empty leaves the strip out.</summary>
    public IReadOnlyList<Phase> Phases { get; init; } = [];

    /// <summary>Logarithmic error axis, for errors that grow by decades. Default: false.</summary>
    public bool Logarithmic { get; init; }

    internal ReportFigure Draw()
    {
        var lines = Channels.Select(c => new LineSeries($"{c.Channel}, mean", Times, c.Mean)
        {
            Bands = c.Quantiles is { } band ? [band with { Name = band.Name.Length > 0 ? band.Name : $"{c.Channel}, 5–95 % of members" }] : [],
        });
        var plot = new LinePlot(
            new("time", "t", TimeUnit), new("normalised absolute error") { Logarithmic = Logarithmic, Minimum = Logarithmic ? null : 0 }, [.. lines])
        {
            Phases = Phases.Count > 0 ? PhaseSpan.From(Times, Phases) : [],
        };
        return new(
            "Error growth.",
            "Absolute error divided by the range of the truth, averaged over grid points: mean over members"
            + (Channels.Any(c => c.Quantiles is not null) ? " (lines) and their 5–95 % range (bands)" : "")
            + (Phases.Count > 0 ? "; the strip marks warm-up (yellow), macro (blue) and micro legs (orange). " : ". ")
            + Units.Sentence(("the error", "1"), ("time\u00a0t", TimeUnit)),
            [plot.ToSvg()], 1);
    }
}

/// <summary>Error of one channel over time.</summary>
/// <param name="Channel">Name of the channel, for example <c>u</c>.</param>
/// <param name="Mean">Normalised absolute error, mean over members and points, dimensionless, [F].</param>
public sealed record ChannelError(string Channel, IReadOnlyList<double> Mean)
{
    /// <summary>5 % and 95 % quantile over members, [F] each; null leaves the band out.</summary>
    public Band? Quantiles { get; init; }
}
