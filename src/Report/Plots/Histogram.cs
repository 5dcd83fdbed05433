using LedCluster.Metrics;
using LedCluster.Report.Colours;
using LedCluster.Report.Drawing;

namespace LedCluster.Report.Plots;

/// <summary>Densities of one or several samples on common bins, as outlined steps: the area of each is 1.</summary>
/// <param name="Horizontal">The variable.</param>
/// <param name="Samples">The samples, drawn in order.</param>
public sealed record Histogram(Axis Horizontal, IReadOnlyList<HistogramSeries> Samples)
{
    /// <summary>Number of bins over the joint range; null follows the Rice rule for the smallest sample.</summary>
    public int? Bins { get; init; }

    /// <summary>What stands above.</summary>
    public PlotTitle Title { get; init; } = new();

    /// <summary>Size of the drawing. Default: half the page.</summary>
    public PlotSize Size { get; init; } = PlotSize.Half;

    /// <summary>Draws the plot.</summary>
    public string ToSvg()
    {
        var samples = Samples.Select(s => s.Values.Where(double.IsFinite).ToArray()).ToArray();
        var all = samples.SelectMany(s => s).DefaultIfEmpty(0).ToArray();
        var (low, high) = (all.Min(), all.Max());
        if (high <= low)
            (low, high) = (low - 0.5, high + 0.5);
        var bins = Bins ?? Math.Clamp(Distributions.RiceBins(samples.Where(s => s.Length > 0).Select(s => s.Length).DefaultIfEmpty(1).Min()), 4, 200);
        var width = (high - low) / bins;
        var densities = samples.Select(sample =>
        {
            var density = new double[bins];
            foreach (var value in sample)
                density[Math.Min(bins - 1, (int)((value - low) / width))] += 1 / (sample.Length * width);
            return density;
        }).ToArray();

        var canvas = new SvgCanvas(Size.Width, Size.Height, $"{Title.Text} density of {Horizontal.Label}".Trim());
        var legend = Samples.Select((s, i) => new LegendEntry(s.Name, Colour(i), LegendMark.Box, 0.5)).Where(e => e.Name.Length > 0);
        var density = new Axis("probability density", "", Horizontal.Unit is "1" ? "1" : $"per {Horizontal.Unit}") { Minimum = 0 };
        var frame = new PlotFrame(
            canvas, Size, Title, [.. legend],
            new(Horizontal, [low, high], (int)(Size.Width / 80), 0), new(density, densities.SelectMany(d => d), (int)(Size.Height / 55), 0.06), []);
        for (var s = 0; s < densities.Length; s++)
        {
            var path = new SvgPath();
            path.To(frame.X(low), frame.Y(0));
            for (var b = 0; b < bins; b++)
            {
                path.To(frame.X(low + b * width), frame.Y(densities[s][b]));
                path.To(frame.X(low + (b + 1) * width), frame.Y(densities[s][b]));
            }
            path.To(frame.X(high), frame.Y(0));
            canvas.Fill(path, Colour(s), 0.25);
            canvas.Stroke(path, Colour(s), 1.4);
        }
        frame.Finish();
        return canvas.Finish();
    }

    private string Colour(int i) => Samples[i].Colour ?? Palette.Series(i);
}
