using LedCluster.Report.Colours;
using LedCluster.Report.Drawing;

namespace LedCluster.Report.Plots;

/// <summary>Series over a common abscissa, with shaded ranges.</summary>
/// <param name="Horizontal">The abscissa.</param>
/// <param name="Vertical">The ordinate; may be logarithmic.</param>
/// <param name="Series">The lines, drawn in order.</param>
public sealed record LinePlot(Axis Horizontal, Axis Vertical, IReadOnlyList<LineSeries> Series)
{
    /// <summary>Width of a band's edge, in its line's colour: a fill that others shine through has too little contrast by itself (WCAG 2.2, 1.4.11).</summary>
    private const double Edge = 0.8;

    /// <summary>What stands above.</summary>
    public PlotTitle Title { get; init; } = new();

    /// <summary>Size of the drawing. Default: half the page.</summary>
    public PlotSize Size { get; init; } = PlotSize.Half;

    /// <summary>Phases of the LED cycle, as a strip along the abscissa; empty for none.</summary>
    public IReadOnlyList<PhaseSpan> Phases { get; init; } = [];

    /// <summary>Draws the plot. Long series are reduced to the extremes of each pixel.</summary>
    /// <exception cref="ArgumentException">A series or band does not have one value for each abscissa.</exception>
    public string ToSvg()
    {
        foreach (var series in Series)
        {
            Expect.Equal(series.Y.Count, series.X.Count, $"ordinates of '{series.Name}'", "abscissae");
            foreach (var band in series.Bands)
            {
                Expect.Equal(band.Lower.Count, series.X.Count, $"lower edges of '{series.Name}'", "abscissae");
                Expect.Equal(band.Upper.Count, series.X.Count, $"upper edges of '{series.Name}'", "abscissae");
            }
        }
        var canvas = new SvgCanvas(Size.Width, Size.Height, Title.Spoken(Vertical, " against ", Horizontal));
        var ordinates = Series.SelectMany(s => s.Bands.SelectMany(b => b.Lower.Concat(b.Upper)).Concat(s.Y));
        var frame = new PlotFrame(
            canvas, Size, Title, Legend(),
            new(Horizontal, Series.SelectMany(s => s.X), (int)(Size.Width / 80), Series.Any(s => s.Dots) ? 0.03 : 0),
            new(Vertical, ordinates, (int)(Size.Height / 55), 0.06), Phases, slack: Series.Any(s => s.Dots) ? 4 : 0);
        for (var i = 0; i < Series.Count; i++)
            foreach (var band in Series[i].Bands)
                Shade(frame, Series[i].X, band, Colour(i));
        for (var i = 0; i < Series.Count; i++)
            Draw(frame, Series[i], Colour(i));
        frame.Finish();
        return canvas.Finish();
    }

    private string Colour(int i) => Series[i].Colour ?? Palette.Series(i);

    private List<LegendEntry> Legend()
    {
        var legend = new List<LegendEntry>();
        for (var i = 0; i < Series.Count; i++)
        {
            var series = Series[i];
            var mark = series.Width == 0 ? LegendMark.Dot : series.Dashed ? LegendMark.Dashed : LegendMark.Line;
            if (series.Name.Length > 0)
                legend.Add(new(series.Name, Colour(i), mark));
            legend.AddRange(series.Bands.Where(b => b.Name.Length > 0).Select(
                b => new LegendEntry(b.Name, Colour(i), LegendMark.Box, Math.Min(1, b.Opacity * 1.3), Edged: true)));
        }
        return legend;
    }

    private static void Draw(PlotFrame frame, LineSeries series, string colour)
    {
        var path = new SvgPath();
        var kept = Decimation.MinMax(series.Y, (int)frame.Area.Width);
        foreach (var i in kept)
            path.To(frame.X(series.X[i]), frame.Y(series.Y[i]));
        if (series.Width > 0)
            frame.Canvas.Stroke(path, colour, series.Width, series.Dashed ? "5 3" : "");
        if (series.Dots)
            foreach (var i in kept)
                frame.Canvas.Dot(frame.X(series.X[i]), frame.Y(series.Y[i]), 3.2, colour);
    }

    private static void Shade(PlotFrame frame, IReadOnlyList<double> x, Band band, string colour)
    {
        var stretches = Math.Min(x.Count, (int)(frame.Area.Width * 0.75));
        var outline = new SvgPath();
        var back = new Stack<(double X, double Y)>();
        for (var s = 0; s < stretches; s++)
        {
            var (first, end) = Decimation.Stretch(x.Count, stretches, s);
            double low = double.PositiveInfinity, high = double.NegativeInfinity;
            for (var i = first; i < end; i++)
                if (double.IsFinite(frame.Y(band.Upper[i])) && double.IsFinite(band.Lower[i]))
                    (low, high) = (Math.Min(low, band.Lower[i]), Math.Max(high, band.Upper[i]));
            var at = frame.X(s == 0 ? x[0] : s == stretches - 1 ? x[^1] : (x[first] + x[end - 1]) / 2);
            if (low > high || !double.IsFinite(at))
            {
                Return();
                continue;
            }
            outline.To(at, frame.Y(high));
            var bottom = frame.Y(low);
            back.Push((at, double.IsFinite(bottom) ? bottom : frame.Area.Bottom)); // ≤ 0 on a log axis lies below the plot
        }
        Return();
        frame.Canvas.Fill(outline, colour, band.Opacity, Edge);

        void Return()
        {
            while (back.TryPop(out var point))
                outline.To(point.X, point.Y);
            outline.Close();
        }
    }
}

/// <summary>One line of a <see cref="LinePlot"/>.</summary>
/// <param name="Name">Its name in the legend; empty for none.</param>
/// <param name="X">Abscissae, ascending.</param>
/// <param name="Y">Ordinates, one for each abscissa; what is not finite becomes a gap.</param>
public sealed record LineSeries(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y)
{
    /// <summary>CSS colour; null takes the next one of the palette.</summary>
    public string? Colour { get; init; }

    /// <summary>Dashes instead of a solid line. Default: false.</summary>
    public bool Dashed { get; init; }

    /// <summary>A dot at every point, for few points. Default: false.</summary>
    public bool Dots { get; init; }

    /// <summary>Line width in pixels; 0 for dots alone. Default 1.6.</summary>
    public double Width { get; init; } = 1.6;

    /// <summary>Shaded ranges behind the line, the widest first.</summary>
    public IReadOnlyList<Band> Bands { get; init; } = [];
}

/// <summary>A shaded range around a line.</summary>
/// <param name="Lower">Lower edge at each abscissa of the line.</param>
/// <param name="Upper">Upper edge at each abscissa of the line.</param>
/// <param name="Name">Its name in the legend, for example <c>5–95 %</c>; empty for none.</param>
/// <param name="Opacity">0 (invisible) to 1. Default 0.2.</param>
public sealed record Band(IReadOnlyList<double> Lower, IReadOnlyList<double> Upper, string Name = "", double Opacity = 0.2);
