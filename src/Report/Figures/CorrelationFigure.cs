using LedCluster.Domain.Fields;
using LedCluster.Report.Plots;

namespace LedCluster.Report.Figures;

/// <summary>Spatial correlation of forecast and truth over lead time, for a chaotic system.</summary>
/// <param name="Layout">Channels and units.</param>
/// <param name="Times">Lead times, in Lyapunov times, [F].</param>
/// <param name="Channels">Correlation of each channel, mean over members, [F] each.</param>
public sealed record CorrelationFigure(FieldLayout Layout, IReadOnlyList<double> Times, IReadOnlyList<IReadOnlyList<double>> Channels)
{
    internal ReportFigure Draw()
    {
        var plot = new LinePlot(
            new("lead time", "t / T₁"), new("correlation") { Maximum = 1 },
            [.. Channels.Select((c, i) => new LineSeries(Layout.Channels[i].Name, Times, c))]);
        return new(
            "Correlation.",
            "Pearson correlation of forecast and truth over the grid, mean over members, against the time since the end of the warm-up in "
            + "Lyapunov times.",
            [plot.ToSvg()], 1);
    }
}
