using LedCluster.Report.Colours;
using LedCluster.Report.Plots;

namespace LedCluster.Report.Drawing;

/// <summary>What surrounds the data of every plot: title, legend, grid, axes, phase strip.</summary>
internal sealed class PlotFrame
{
    private const double Left = 66, Bottom = 44, BottomUnlabelled = 12, Row = 18, StripHeight = 6, StripSpace = 11;
    private readonly IReadOnlyList<PhaseSpan> phases;
    private readonly AxisScale across, up;
    private readonly bool labelled;

    /// <summary>Lays out the frame and draws what lies behind the data; the canvas is left clipped to the plot area.</summary>
    public PlotFrame(
        SvgCanvas canvas, PlotSize size, PlotTitle title, IReadOnlyList<LegendEntry> legend, AxisScale across, AxisScale up,
        IReadOnlyList<PhaseSpan> phases, double right = 14, bool grid = true, double slack = 0, bool labelled = true)
    {
        (Canvas, this.across, this.up, this.phases, this.labelled) = (canvas, across, up, phases, labelled);
        var top = Heading(canvas, title, legend, Left, size.Width - 8);
        var strip = phases.Count > 0 ? StripSpace : 0;
        Area = new(Left, top, size.Width - Left - right, size.Height - top - (labelled ? Bottom : BottomUnlabelled) - strip);
        PhaseLegend(size.Width - 8, title.Text.Length > 0 ? SvgCanvas.Measure($"{title.Text} {title.Symbol}{title.After}", 13) : legend.Sum(Width));
        if (grid)
            Grid();
        canvas.Clip(new(Area.Left - slack, Area.Top - slack, Area.Width + 2 * slack, Area.Height + 2 * slack));
    }

    public SvgCanvas Canvas { get; }

    /// <summary>Where the data are drawn.</summary>
    public Box Area { get; }

    /// <summary>Horizontal pixel of a value; NaN where there is none.</summary>
    public double X(double value) => Area.Left + across.Fraction(value) * Area.Width;

    /// <summary>Vertical pixel of a value; NaN where there is none.</summary>
    public double Y(double value) => Area.Bottom - up.Fraction(value) * Area.Height;

    /// <summary>Writes letter, title and legend; returns where the plot area may begin.</summary>
    public static double Heading(SvgCanvas canvas, PlotTitle title, IReadOnlyList<LegendEntry> legend, double left, double right)
    {
        canvas.Write(4, 17, title.Letter, TextLook.Start with { Size = 15, Bold = true });
        canvas.Write(left, 17, title.Text, TextLook.Start with { Size = 13, Bold = true }, title.Symbol, title.After);
        var hasHeading = title.Text.Length + title.Letter.Length > 0;
        var (x, y) = (left, title.Text.Length > 0 ? 17 + Row : 17);
        foreach (var entry in legend)
        {
            var width = Width(entry);
            if (x > left && x + width > right)
                (x, y) = (left, y + Row);
            Mark(canvas, entry, x, y - 4);
            canvas.Write(x + 26, y, entry.Name, TextLook.Start);
            x += width;
        }
        return legend.Count > 0 ? y + 11 : hasHeading ? 28 : 10;
    }

    /// <summary>Ends the clipping and draws axes, labels and the phase strip.</summary>
    public void Finish(bool border = false)
    {
        Canvas.Unclip();
        Strip();
        if (border)
            Canvas.Frame(Area, Palette.Ink);
        var axis = Area.Bottom + (phases.Count > 0 ? StripSpace : 0);
        if (!border || phases.Count > 0)
            Canvas.Line(Area.Left, axis, Area.Right, axis, Palette.Ink);
        if (!border)
            Canvas.Line(Area.Left, Area.Top, Area.Left, Area.Bottom, Palette.Ink);

        foreach (var minor in across.Ticks.Minor)
            Canvas.Line(X(minor), axis, X(minor), axis + 3, Palette.Ink);
        foreach (var tick in across.Ticks.Major)
        {
            Canvas.Line(X(tick.Value), axis, X(tick.Value), axis + 5, Palette.Ink);
            if (labelled)
                Canvas.Write(X(tick.Value), axis + 18, tick.Label, TextLook.Middle);
        }
        foreach (var minor in up.Ticks.Minor)
            Canvas.Line(Area.Left - 3, Y(minor), Area.Left, Y(minor), Palette.Ink);
        foreach (var tick in up.Ticks.Major)
        {
            Canvas.Line(Area.Left - 5, Y(tick.Value), Area.Left, Y(tick.Value), Palette.Ink);
            Canvas.Write(Area.Left - 8, Y(tick.Value) + 4, tick.Label, TextLook.End);
        }
        if (labelled)
            Canvas.Write(Area.Centre, axis + 36, across.Axis.Label, TextLook.Middle, across.Axis.Symbol, across.Suffix);
        Canvas.Write(17, Area.Middle, up.Axis.Label, TextLook.Middle with { Turned = true }, up.Axis.Symbol, up.Suffix);
    }

    /// <summary>Names the colours of the strip at the right end of the title line, if there is room.</summary>
    private void PhaseLegend(double right, double taken)
    {
        var entries = phases.Select(p => p.Phase).Distinct().Order().Select(p => (Name: Palette.Name(p), Colour: Palette.Of(p))).ToArray();
        var width = entries.Sum(e => 30 + SvgCanvas.Measure(e.Name));
        var x = right - width + 12;
        if (x < Area.Left + taken + 10)
            return;
        foreach (var (name, colour) in entries)
        {
            Canvas.Rectangle(new(x, 10, 12, StripHeight), colour);
            Canvas.Write(x + 16, 17, name, TextLook.Start);
            x += 30 + SvgCanvas.Measure(name);
        }
    }

    private void Grid()
    {
        foreach (var tick in across.Ticks.Major)
            Canvas.Line(X(tick.Value), Area.Top, X(tick.Value), Area.Bottom, Palette.Grid);
        foreach (var tick in up.Ticks.Major)
            Canvas.Line(Area.Left, Y(tick.Value), Area.Right, Y(tick.Value), Palette.Grid);
    }

    private void Strip()
    {
        const double Visible = 0.3;
        var from = double.NaN;
        foreach (var span in phases)
        {
            var (start, end) = (Math.Clamp(X(span.Start), Area.Left, Area.Right), Math.Clamp(X(span.End), Area.Left, Area.Right));
            start = double.IsNaN(from) ? start : from;
            if (end - start >= Visible)
            {
                Canvas.Rectangle(new(start, Area.Bottom + 3, end - start, StripHeight), Palette.Of(span.Phase));
                from = double.NaN;
            }
            else
                from = start;
        }
    }

    private static double Width(LegendEntry entry) => 38 + SvgCanvas.Measure(entry.Name);

    private static void Mark(SvgCanvas canvas, LegendEntry entry, double x, double y)
    {
        switch (entry.Mark)
        {
            case LegendMark.Line:
                canvas.Line(x, y, x + 20, y, entry.Colour, 2.2);
                break;
            case LegendMark.Dashed:
                canvas.Line(x, y, x + 20, y, entry.Colour, 2, "5 3");
                break;
            case LegendMark.Box:
                canvas.Rectangle(new(x, y - 5, 20, 10), entry.Colour, entry.Opacity);
                if (entry.Edged)
                    canvas.Frame(new(x, y - 5, 20, 10), entry.Colour);
                break;
            case LegendMark.Outline:
                canvas.Frame(new(x, y - 5, 20, 10), entry.Colour);
                break;
            case LegendMark.Dot:
                canvas.Dot(x + 12, y, 3.5, entry.Colour);
                break;
            default:
                canvas.Dot(x + 12, y, 3.5, "none", entry.Colour);
                break;
        }
    }
}

/// <summary>What stands in front of a legend's text.</summary>
internal enum LegendMark
{
    Line,
    Dashed,
    Box,
    Outline,
    Dot,
    Circle,
}

/// <summary>One entry of a legend.</summary>
internal sealed record LegendEntry(string Name, string Colour, LegendMark Mark, double Opacity = 1, bool Edged = false);
