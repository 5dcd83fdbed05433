using LedCluster.Report.Colours;
using LedCluster.Report.Drawing;

namespace LedCluster.Report.Plots;

/// <summary>Heights of one or several histograms over common classes, as outlined steps.</summary>
/// <param name="Horizontal">The variable.</param>
/// <param name="Vertical">What the heights are.</param>
/// <param name="Edges">Where classes begin and end, ascending, one more than there are classes.</param>
/// <param name="Series">The histograms, drawn in order.</param>
public sealed record Histogram(Axis Horizontal, Axis Vertical, IReadOnlyList<double> Edges, IReadOnlyList<HistogramSeries> Series)
{
    /// <summary>Height of a dashed line to compare with; null for none.</summary>
    public double? Reference { get; init; }

    /// <summary>What stands above.</summary>
    public PlotTitle Title { get; init; } = new();

    /// <summary>Size of the drawing. Default: half the page.</summary>
    public PlotSize Size { get; init; } = PlotSize.Half;

    /// <summary>Draws the plot.</summary>
    /// <exception cref="ArgumentException">A histogram does not have one height per class.</exception>
    public string ToSvg()
    {
        foreach (var series in Series)
            Expect.Equal(series.Heights.Count, Math.Max(0, Edges.Count - 1), $"heights of '{series.Name}'", "classes");
        var canvas = new SvgCanvas(Size.Width, Size.Height, Title.Spoken(Vertical, " over ", Horizontal));
        var legend = Series.Select((s, i) => new LegendEntry(s.Name, Colour(i), LegendMark.Box, 0.5)).Where(e => e.Name.Length > 0);
        var frame = new PlotFrame(
            canvas, Size, Title, [.. legend],
            new(Horizontal, Edges, (int)(Size.Width / 80), 0),
            new(
                Vertical with { Minimum = 0, Logarithmic = false }, [0, Reference ?? 0, .. Series.SelectMany(s => s.Heights)],
                (int)(Size.Height / 55), 0.06), []);
        for (var s = 0; s < Series.Count; s++)
        {
            var path = new SvgPath();
            for (var c = 0; c + 1 < Edges.Count; c++)
            {
                if (c == 0)
                    path.To(frame.X(Edges[0]), frame.Y(0));
                path.To(frame.X(Edges[c]), frame.Y(Series[s].Heights[c]));
                path.To(frame.X(Edges[c + 1]), frame.Y(Series[s].Heights[c]));
                if (c + 2 == Edges.Count)
                    path.To(frame.X(Edges[^1]), frame.Y(0));
            }
            canvas.Fill(path, Colour(s), 0.25);
            canvas.Stroke(path, Colour(s), 1.4);
        }
        if (Reference is { } height && double.IsFinite(frame.Y(height)))
            canvas.Line(frame.Area.Left, frame.Y(height), frame.Area.Right, frame.Y(height), Palette.Ink, 1.2, "5 3");
        frame.Finish();
        return canvas.Finish();
    }

    private string Colour(int i) => Series[i].Colour ?? Palette.Series(i);
}

/// <summary>One histogram of a <see cref="Histogram"/>.</summary>
/// <param name="Name">Its name in the legend; empty for none.</param>
/// <param name="Heights">Height of each class; one that is not finite is left out.</param>
/// <param name="Colour">CSS colour; null takes the next one of the palette.</param>
public sealed record HistogramSeries(string Name, IReadOnlyList<double> Heights, string? Colour = null);
