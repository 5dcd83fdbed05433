using LedCluster.Domain.Fields;
using LedCluster.Metrics;
using LedCluster.Report.Colours;
using LedCluster.Report.Plots;

namespace LedCluster.Report.Figures;

/// <summary>Ranks of the true members among the forecasts of the others.</summary>
/// <param name="Layout">The channels.</param>
/// <param name="Channels">Ranks of each channel.</param>
public sealed record RankHistogramFigure(FieldLayout Layout, IReadOnlyList<RankHistogram> Channels)
{
    internal ReportFigure Draw()
    {
        Expect.Equal(Channels.Count, Layout.Channels.Length, "rank histograms", "channels");
        return new(
            "Rank histogram.",
            "Rank of each true member among the forecasts of the others at the final time, as a fraction of all ranks: 0 below all, 1 above all. "
            + "Heights are frequencies relative to those of a calibrated ensemble (dashed). Higher ends indicate too little spread, "
            + "a higher middle too much, a slope a bias. "
            + Units.Sentence(("the rank", "1"), ("the frequency", "1")),
            [.. Channels.Select(Panel)], Channels.Count == 1 ? 1 : 2);

        string Panel(RankHistogram ranks, int c)
        {
            var (expected, edges) = (ranks.Expected, new List<double> { 0 });
            foreach (var part in expected)
                edges.Add(edges.Count == expected.Length ? 1 : edges[^1] + part);
            return new Histogram(
                new("rank, of all ranks"), new("frequency, of the expected"), edges,
                [new("", [.. ranks.Shares.Zip(expected, (share, part) => share / part)], Palette.Series(c))])
            {
                Reference = 1,
                Title = new(Layout.Channels[c].LongName, Channels.Count > 1 ? Units.Letter(c) : "") { Symbol = Layout.Channels[c].Name },
            }.ToSvg();
        }
    }
}
