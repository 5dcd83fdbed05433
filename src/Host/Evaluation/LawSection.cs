using LedCluster.Domain.Fields;
using LedCluster.Metrics;
using LedCluster.Report;
using LedCluster.Report.Colours;
using LedCluster.Report.Plots;

namespace LedCluster.Host.Evaluation;

/// <summary>The report's section on exchangeable points: marginal densities over time, clouds, and distances with their yardsticks.</summary>
internal static class LawSection
{
    private const int Bins = 48, MostClouds = 6, MostPoints = 500;

    /// <summary>The section of an evaluation that compares distributions.</summary>
    /// <param name="layout">Layout of the fields.</param>
    /// <param name="laws">Distances.</param>
    /// <param name="clouds">Points of the member that is shown.</param>
    public static ReportSection Of(FieldLayout layout, LawEvaluation laws, CloudPair clouds) => new(
        layout.Exchangeable ? "Distribution of the points" : "Distribution of the members",
        layout.Exchangeable ? "Points have no order, so a forecast is assessed by their distribution."
            : "The system is stochastic, so a forecast is assessed by the distribution of its members.")
    {
        Figures =
        [
            new(
                "Marginal densities.",
                $"Share of the points in each of 48 bins between the walls, divided by the bin's width, over time, {Whose(layout)}: micro solver left, "
                + "forecast right.",
                [.. Densities(layout, clouds)]),
            .. layout.Channels.Length < 2 ? (ReportFigure[])[] :
            [
                new(
                    "Clouds.",
                    $"Positions of at most {MostPoints} points {Whose(layout)} in the plane of the first two coordinates, micro solver and forecast "
                    + "superimposed.",
                    Clouds(layout, clouds)),
            ],
            new(
                "Distances.",
                "Forecast and reference rows compared with the micro solver, mean over members: 1-Wasserstein distance, mean of the marginals, and L1 distance "
                + "of histograms.",
                [
                    Distances(laws, layout, "Wasserstein distance", "W₁", d => d.Wasserstein, "a", logarithmic: true),
                    Distances(laws, layout, "L1 of histograms", "", d => d.Histogram, "b", logarithmic: false),
                ]),
        ],
    };

    private static string Whose(FieldLayout layout) => layout.Exchangeable ? "of the first member" : "of all members";

    private static IEnumerable<string> Densities(FieldLayout layout, CloudPair clouds)
    {
        var points = clouds.Truth[0].Length / layout.Channels.Length;
        for (var c = 0; c < layout.Channels.Length; c++)
        {
            var (channel, low, high) = (layout.Channels[c], double.PositiveInfinity, double.NegativeInfinity);
            foreach (var cloud in clouds.Truth.Concat(clouds.Forecast))
                foreach (var x in cloud.AsSpan(c * points, points))
                    (low, high) = (Math.Min(low, x), Math.Max(high, x));
            float[] truth = Density(clouds.Truth), forecast = Density(clouds.Forecast);
            var range = ColourRange.FromZero(truth, forecast);
            yield return Map(truth, "micro solver", 2 * c);
            yield return Map(forecast, "forecast", 2 * c + 1);

            float[] Density(double[][] frames) => DensityMap.Of([.. frames.Select(cloud => cloud[(c * points)..((c + 1) * points)])], low, high, Bins);

            string Map(float[] values, string what, int panel) => new HeatMap(
                new("time", "t", layout.TimeUnit), new(channel.LongName, channel.Name, channel.Unit),
                new("density of", channel.Name, channel.Unit is "1" ? "1" : $"1/{channel.Unit}"), values, clouds.Frames.Length, Bins)
            {
                Times = (clouds.Frames[0] * layout.TimeStep, clouds.Frames[^1] * layout.TimeStep),
                Positions = (low, high),
                Range = range,
                Title = new(channel.LongName, $"{(char)('a' + panel)}") { After = $", {what}" },
            }.ToSvg();
        }
    }

    private static string[] Clouds(FieldLayout layout, CloudPair clouds)
    {
        var (count, all) = (Math.Min(MostClouds, clouds.Frames.Length), clouds.Truth[0].Length / layout.Channels.Length);
        var points = Math.Min(MostPoints, all);
        var (first, second) = (layout.Channels[0], layout.Channels[1]);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var f = (i + 1) * clouds.Frames.Length / count - 1;
            ScatterSeries Cloud(string name, double[] x) => new(name, x[..points], x[all..(all + points)]) { DotRadius = 1.6, Opacity = 0.85 };
            ScatterSeries[] series = [Cloud("micro solver", clouds.Truth[f]), Cloud("forecast", clouds.Forecast[f])];
            return new ScatterPlot(new(first.LongName, "", first.Unit), new(second.LongName, "", second.Unit), series)
            {
                Title = new($"t = {NumberText.Significant(clouds.Frames[f] * layout.TimeStep, 5)}", $"{(char)('a' + i)}"),
                Size = PlotSize.Half with { Height = 310 },
            }.ToSvg();
        })];
    }

    private static string Distances(
        LawEvaluation laws, FieldLayout layout, string label, string symbol, Func<CloudDistance, double> value, string letter, bool logarithmic)
    {
        double[] times = [.. laws.Frames.Select(f => f * layout.TimeStep)];
        var known = laws.Rows.Where(row => double.IsFinite(row.Distances[0].Wasserstein));
        return new LinePlot(
            new("time", "t", layout.TimeUnit), new(label, symbol) { Logarithmic = logarithmic, Minimum = logarithmic ? null : 0 },
            [.. known.Select((row, r) => new LineSeries(row.Name, times, [.. row.Distances.Select(value)]) { Dashed = r > 0 })])
        {
            Title = new(label, letter),
        }.ToSvg();
    }
}
