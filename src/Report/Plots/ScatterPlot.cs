using LedCluster.Report.Colours;
using LedCluster.Report.Drawing;

namespace LedCluster.Report.Plots;

/// <summary>Points or curves in a plane, such as a phase portrait.</summary>
/// <param name="Horizontal">The abscissa.</param>
/// <param name="Vertical">The ordinate.</param>
/// <param name="Series">Clouds and curves, drawn in order.</param>
public sealed record ScatterPlot(Axis Horizontal, Axis Vertical, IReadOnlyList<ScatterSeries> Series)
{
    private const int PointsAtMost = 30_000;
    private const double Nearest = 0.7;

    /// <summary>What stands above.</summary>
    public PlotTitle Title { get; init; } = new();

    /// <summary>Size of the drawing. Default: square.</summary>
    public PlotSize Size { get; init; } = PlotSize.Square;

    /// <summary>
    /// Draws the plot. Points nearer than 0.7 pixels to the one before are left out, and long series are thinned to 30 000
    /// points in all.
    /// </summary>
    /// <exception cref="ArgumentException">A series does not have one ordinate for each abscissa.</exception>
    public string ToSvg()
    {
        foreach (var series in Series)
            Expect.Equal(series.Y.Count, series.X.Count, $"ordinates of '{series.Name}'", "abscissae");
        var canvas = new SvgCanvas(Size.Width, Size.Height, Title.Spoken(Vertical, " against ", Horizontal));
        var legend = Series.Select((s, i) => new LegendEntry(s.Name, Colour(i), s.DotRadius > 0 ? LegendMark.Dot : LegendMark.Line));
        var frame = new PlotFrame(
            canvas, Size, Title, [.. legend.Where(e => e.Name.Length > 0)],
            new(Horizontal, Series.SelectMany(s => s.X), (int)(Size.Width / 80), 0.05),
            new(Vertical, Series.SelectMany(s => s.Y), (int)(Size.Height / 60), 0.05), [], slack: 4);
        for (var i = 0; i < Series.Count; i++)
            Draw(frame, Series[i], Colour(i), Math.Max(1, Series.Sum(s => s.X.Count) / PointsAtMost));
        frame.Finish();
        return canvas.Finish();
    }

    private string Colour(int i) => Series[i].Colour ?? Palette.Series(i);

    private static void Draw(PlotFrame frame, ScatterSeries series, string colour, int stride)
    {
        var path = new SvgPath();
        var (lastX, lastY) = (double.NaN, double.NaN);
        for (var i = 0; i < series.X.Count; i++)
        {
            var (x, y) = (frame.X(series.X[i]), frame.Y(series.Y[i]));
            var isEnd = i + 1 == series.X.Count || !double.IsFinite(series.X[i + 1] + series.Y[i + 1]);
            var isGap = !double.IsFinite(x + y);
            if (!isGap && !isEnd && (i % stride != 0 || Math.Abs(x - lastX) + Math.Abs(y - lastY) < Nearest))
                continue;
            (lastX, lastY) = (x, y);
            path.To(x, y);
            if (series.DotRadius <= 0)
                continue;
            path.To(x, y); // a round cap on a line of no length is a dot
            path.Break();
        }
        frame.Canvas.Stroke(path, colour, series.DotRadius > 0 ? 2 * series.DotRadius : series.Width, "", series.Opacity);
    }
}

/// <summary>One cloud or curve of a <see cref="ScatterPlot"/>.</summary>
/// <param name="Name">Its name in the legend; empty for none.</param>
/// <param name="X">Abscissae in any order.</param>
/// <param name="Y">Ordinates, one for each abscissa; what is not finite interrupts a curve.</param>
public sealed record ScatterSeries(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y)
{
    /// <summary>CSS colour; null takes the next one of the palette.</summary>
    public string? Colour { get; init; }

    /// <summary>Radius of a dot at each point in pixels; 0 draws a curve through the points. Default 0.</summary>
    public double DotRadius { get; init; }

    /// <summary>Width of the curve in pixels. Default 1.2.</summary>
    public double Width { get; init; } = 1.2;

    /// <summary>0 (invisible) to 1. Default 1.</summary>
    public double Opacity { get; init; } = 1;
}
