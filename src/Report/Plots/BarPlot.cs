using LedCluster.Report.Colours;
using LedCluster.Report.Drawing;

namespace LedCluster.Report.Plots;

/// <summary>Horizontal bars with their labels on the left and their values behind them.</summary>
/// <param name="Value">What the lengths show; always linear, from 0.</param>
/// <param name="Bars">The bars, from the top.</param>
public sealed record BarPlot(Axis Value, IReadOnlyList<Bar> Bars)
{
    private const double Row = 34, Bottom = 44;

    /// <summary>What stands above.</summary>
    public PlotTitle Title { get; init; } = new();

    /// <summary>Width of the drawing in pixels; its height follows from the number of bars. Default 460.</summary>
    public double Width { get; init; } = PlotSize.Half.Width;

    /// <summary>Rows of bars to leave room for, so that neighbouring plots align; at least the number of bars counts.</summary>
    public int Rows { get; init; }

    /// <summary>Draws the plot.</summary>
    public string ToSvg()
    {
        var left = Math.Max(66, 22 + Bars.Select(b => SvgCanvas.Measure(b.Label)).DefaultIfEmpty().Max());
        var sums = Bars.Select(b => Parts(b).Sum(p => p.Value)).ToArray();
        var notes = Bars.Select((b, i) => b.Note ?? NumberText.Significant(sums[i], 3)).ToArray();
        var right = 20 + notes.Select(n => SvgCanvas.Measure(n)).DefaultIfEmpty().Max();
        LegendEntry[] legend =
        [
            .. Bars.SelectMany(Parts).Where(p => p.Name.Length > 0).DistinctBy(p => p.Name).Select(p => new LegendEntry(p.Name, Colour(p), LegendMark.Box)),
            .. Bars.Any(b => Printed(b) > 0) ? (LegendEntry[])[new("printed", Palette.Ink, LegendMark.Outline)] : [],
        ];

        var body = Math.Max(Rows, Bars.Count) * Row + 8;
        var row = (body - 8) / Math.Max(1, Bars.Count);
        var thickness = 0.6 * Math.Min(row, 1.8 * Row);
        var headed = (Title.Text.Length > 0 ? 28 : 10) + (legend.Length > 0 ? 18 : 0);
        var canvas = new SvgCanvas(
            Width, headed + body + Bottom, $"{Title.Spoken(Value, "")}: {string.Join("; ", Bars.Select((b, i) => $"{b.Label} {notes[i]}"))}");
        PlotFrame.Heading(canvas, Title, legend, left, Width - 8);
        var area = new Box(left, headed, Width - left - right, body);
        var scale = new AxisScale(Value with { Logarithmic = false, Minimum = 0 }, [.. sums, .. Bars.Select(Printed)], (int)(area.Width / 80), 0.02);
        foreach (var tick in scale.Ticks.Major)
            canvas.Line(X(tick.Value), area.Top, X(tick.Value), area.Bottom, Palette.Grid);

        for (var i = 0; i < Bars.Count; i++)
        {
            var (middle, from) = (area.Top + 4 + (i + 0.5) * row, 0.0);
            foreach (var part in Parts(Bars[i]))
            {
                canvas.Rectangle(new(X(from), middle - thickness / 2, X(from + part.Value) - X(from), thickness), Colour(part));
                from += part.Value;
            }
            if (Printed(Bars[i]) is > 0 and var printed)
                canvas.Frame(new(X(0), middle - thickness / 2 - 2, X(printed) - X(0), thickness + 4), Palette.Ink);
            canvas.Write(left - 9, middle + 4, Bars[i].Label, TextLook.End);
            canvas.Write(X(Math.Max(from, Printed(Bars[i]))) + 7, middle + 4, notes[i], TextLook.Start with { Colour = Palette.Muted });
        }
        canvas.Line(area.Left, area.Top, area.Left, area.Bottom, Palette.Ink);
        canvas.Line(area.Left, area.Bottom, area.Right, area.Bottom, Palette.Ink);
        foreach (var tick in scale.Ticks.Major)
        {
            canvas.Line(X(tick.Value), area.Bottom, X(tick.Value), area.Bottom + 5, Palette.Ink);
            canvas.Write(X(tick.Value), area.Bottom + 18, tick.Label, TextLook.Middle);
        }
        canvas.Write(area.Centre, area.Bottom + 36, Value.Label, TextLook.Middle, Value.Symbol, scale.Suffix);
        return canvas.Finish();

        double X(double value) => area.Left + scale.Fraction(value) * area.Width;
    }

    private static IEnumerable<BarPart> Parts(Bar bar) => bar.Parts.Where(p => double.IsFinite(p.Value) && p.Value >= 0);

    private static double Printed(Bar bar) => bar.Printed is { } value && double.IsFinite(value) ? Math.Max(0, value) : 0;

    private static string Colour(BarPart part) => part.Colour ?? Palette.Series(0);
}

/// <summary>One bar of a <see cref="BarPlot"/>, stacked from parts.</summary>
/// <param name="Label">What the bar stands for.</param>
/// <param name="Parts">Its parts from left to right; values that are not finite or negative are left out.</param>
/// <param name="Note">What is written behind the bar; null writes the sum.</param>
/// <param name="Printed">A value from elsewhere, drawn as an outline around the bar's row and never as a bar; null for none.</param>
public sealed record Bar(string Label, IReadOnlyList<BarPart> Parts, string? Note = null, double? Printed = null);

/// <summary>One part of a stacked bar.</summary>
/// <param name="Name">Its name in the legend; parts of one name share an entry; empty for none.</param>
/// <param name="Value">Its length, in the unit of the axis, 0 or more.</param>
/// <param name="Colour">CSS colour; null takes the first of the palette.</param>
public sealed record BarPart(string Name, double Value, string? Colour = null);
