using LedCluster.Report.Colours;
using LedCluster.Report.Drawing;

namespace LedCluster.Report.Plots;

/// <summary>A field over space (upwards) and time (to the right) in colours, with a colour bar.</summary>
/// <param name="Horizontal">Time; frames are equally spaced.</param>
/// <param name="Vertical">Space; points are equally spaced.</param>
/// <param name="Value">The quantity that the colours show.</param>
/// <param name="Field">Values [frames, points]; what is not finite stays transparent.</param>
/// <param name="Frames">Number of frames, at least 1.</param>
/// <param name="Points">Number of points, at least 1.</param>
public sealed record HeatMap(Axis Horizontal, Axis Vertical, Axis Value, ReadOnlyMemory<float> Field, int Frames, int Points)
{
    private const int ColumnsAtMost = 1000, RowsAtMost = 400;
    // of the bar beside the area, its numbers beside it, and its title at the right edge
    private const double BarLeft = 12, BarWidth = 11, BarLabels = 7, BarTitle = 24;
    private const double CommonRight = 96; // maps that stand below each other share their time axis, unless numbers are very wide

    /// <summary>Time of the first and the last frame, in the axis' unit. Default: 0 and 1.</summary>
    public (double First, double Last) Times { get; init; } = (0, 1);

    /// <summary>Coordinate of the first and the last point, in the axis' unit. Default: 0 and 1.</summary>
    public (double First, double Last) Positions { get; init; } = (0, 1);

    /// <summary>The colours. Default: viridis.</summary>
    public ColourMap Colours { get; init; } = ColourMap.Viridis;

    /// <summary>Values at the ends of the colours; null takes them from the field.</summary>
    public ColourRange? Range { get; init; }

    /// <summary>
    /// Fields of the same shape that are shown one after the other instead of <see cref="Field"/>, for ever, ten in a second; empty for a
    /// still picture.
    /// </summary>
    public IReadOnlyList<ReadOnlyMemory<float>> Moving { get; init; } = [];

    /// <summary>Phases of the LED cycle, as a strip along the time axis; empty for none.</summary>
    public IReadOnlyList<PhaseSpan> Phases { get; init; } = [];

    /// <summary>What stands above.</summary>
    public PlotTitle Title { get; init; } = new();

    /// <summary>Size of the drawing. Default: half the page.</summary>
    public PlotSize Size { get; init; } = new(460, 200);

    /// <summary>False leaves numbers and title of the time axis to a plot below. Default: true.</summary>
    public bool LabelsTime { get; init; } = true;

    /// <summary>
    /// Draws the map. A field larger than 1000 frames or 400 points is averaged in blocks to at most that many pixels.
    /// </summary>
    /// <exception cref="ArgumentException">The field does not have frames × points values.</exception>
    public string ToSvg()
    {
        Expect.Shape(Field.Length, $"The field of '{Title.Text}'", ("frames", Frames), ("points", Points));
        foreach (var field in Moving)
            Expect.Shape(field.Length, $"A moving field of '{Title.Text}'", ("frames", Frames), ("points", Points));
        if (Field.IsEmpty)
            throw new ArgumentException($"The field of '{Title.Text}' is empty; leave the figure out.");
        var range = Range ?? ColourRange.Shared(Field);
        var canvas = new SvgCanvas(Size.Width, Size.Height, Title.Spoken(Value, " over ", Vertical, Horizontal));
        var scale = new AxisScale(Value with { Logarithmic = false, Minimum = range.Low, Maximum = range.High }, [], (int)(Size.Height / 48), 0);
        var labels = scale.Ticks.Major.Select(t => SvgCanvas.Measure(t.Label)).DefaultIfEmpty().Max();
        var frame = new PlotFrame(
            canvas, Size, Title, [],
            new(Horizontal, Cells(Times, Frames), (int)(Size.Width / 90), 0, Times),
            new(Vertical, Cells(Positions, Points), (int)(Size.Height / 50), 0, Positions), Phases,
            right: Math.Max(CommonRight, BarLeft + BarWidth + BarLabels + labels + BarTitle), grid: false, labelled: LabelsTime);
        canvas.Image(frame.Area, Picture(range));
        frame.Finish(border: true);
        Bar(canvas, frame.Area, range, scale);
        return canvas.Finish();
    }

    private static double[] Cells((double First, double Last) ends, int count)
    {
        var half = count > 1 ? (ends.Last - ends.First) / (count - 1) / 2 : 0.5;
        return [ends.First - half, ends.Last + half];
    }

    private string Picture(ColourRange range)
    {
        var palette = Colours.Colours.SelectMany(c => new[] { c.R, c.G, c.B }).Concat(new byte[3]);
        byte[][] images = [.. Moving.DefaultIfEmpty(Field).Select(field => Pixels(field.Span, range))];
        return Png.DataUri(Math.Min(Frames, ColumnsAtMost), Math.Min(Points, RowsAtMost), images, [.. palette], transparent: ColourMap.Levels);
    }

    private byte[] Pixels(ReadOnlySpan<float> field, ColourRange range)
    {
        var (width, height) = (Math.Min(Frames, ColumnsAtMost), Math.Min(Points, RowsAtMost));
        var pixels = new byte[width * height];
        for (var row = 0; row < height; row++)
            for (var column = 0; column < width; column++)
            {
                var mean = Mean(field, Decimation.Stretch(Frames, width, column), Decimation.Stretch(Points, height, height - 1 - row));
                pixels[row * width + column] = (byte)(double.IsFinite(mean) ? ColourMap.Index(range.Fraction(mean)) : ColourMap.Levels);
            }
        return pixels;
    }

    private double Mean(ReadOnlySpan<float> values, (int First, int End) frames, (int First, int End) points)
    {
        double sum = 0;
        var count = 0;
        for (var t = frames.First; t < frames.End; t++)
            for (var x = points.First; x < points.End; x++)
                if (float.IsFinite(values[t * Points + x]))
                    (sum, count) = (sum + values[t * Points + x], count + 1);
        return sum / count; // NaN for a block without values
    }

    private void Bar(SvgCanvas canvas, Box area, ColourRange range, AxisScale scale)
    {
        var tip = range.BeyondLow || range.BeyondHigh ? 9 : 0;
        var bar = new Box(area.Right + BarLeft, area.Top + tip, BarWidth, area.Height - 2 * tip);
        byte[] steps = [.. Enumerable.Range(0, ColourMap.Levels).Select(i => (byte)(ColourMap.Levels - 1 - i))];
        byte[] palette = [.. Colours.Colours.SelectMany(c => new[] { c.R, c.G, c.B })];
        canvas.Image(bar, Png.DataUri(1, ColourMap.Levels, steps, palette));
        canvas.Frame(bar, Palette.Ink);
        if (range.BeyondHigh)
            Tip(canvas, bar.Left, bar.Right, bar.Top, -tip, Colours.Colours[^1]);
        if (range.BeyondLow)
            Tip(canvas, bar.Left, bar.Right, bar.Bottom, tip, Colours.Colours[0]);

        foreach (var tick in scale.Ticks.Major)
        {
            var y = bar.Bottom - scale.Fraction(tick.Value) * bar.Height;
            canvas.Line(bar.Right, y, bar.Right + 4, y, Palette.Ink);
            canvas.Write(bar.Right + BarLabels, y + 4, tick.Label, TextLook.Start);
        }
        canvas.Write(Size.Width - 7, area.Middle, Value.Label, TextLook.Middle with { Turned = true }, Value.Symbol, scale.Suffix);
    }

    private static void Tip(SvgCanvas canvas, double left, double right, double y, double height, Rgb colour)
    {
        var path = new SvgPath();
        path.To(left, y);
        path.To((left + right) / 2, y + height);
        path.To(right, y);
        canvas.Fill(path, colour.Css, 1);
        canvas.Stroke(path, Palette.Ink, 1);
    }
}

/// <summary>Density of samples over time.</summary>
public static class DensityMap
{
    /// <summary>Share of a frame's values in each of some equal bins, divided by the bin's width, [frames, bins].</summary>
    /// <param name="samples">Values of each frame; those that are not finite count nowhere.</param>
    /// <param name="low">Where the first bin begins.</param>
    /// <param name="high">Where the last bin ends.</param>
    /// <param name="bins">Number of bins, at least 1.</param>
    public static float[] Of(IReadOnlyList<double[]> samples, double low, double high, int bins)
    {
        var (density, width) = (new float[samples.Count * bins], Math.Max(1e-12, (high - low) / bins));
        for (var f = 0; f < samples.Count; f++)
        {
            var known = Array.FindAll(samples[f], double.IsFinite);
            foreach (var x in known)
                density[f * bins + Math.Clamp((int)((x - low) / width), 0, bins - 1)] += (float)(1 / (known.Length * width));
        }
        return density;
    }
}
