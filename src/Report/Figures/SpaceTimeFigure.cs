using LedCluster.Domain.Cycle;
using LedCluster.Domain.Fields;
using LedCluster.Report.Colours;
using LedCluster.Report.Plots;

namespace LedCluster.Report.Figures;

/// <summary>
/// One member over space and time: truth, forecast and error of each channel on a line; on a plane, snapshots; without axes, time series.
/// </summary>
/// <param name="Member">Index of the member.</param>
/// <param name="Layout">Channels, grid and units.</param>
/// <param name="Times">Time of each frame, equally spaced, in the layout's time unit, [F].</param>
/// <param name="Forecast">Forecast [F, C, X]; NaN where there is none.</param>
public sealed record SpaceTimeFigure(int Member, FieldLayout Layout, IReadOnlyList<double> Times, ReadOnlyMemory<float> Forecast)
{
    /// <summary>Truth [F, C, X], known after an evaluation; null leaves truth and error out.</summary>
    public ReadOnlyMemory<float>? Truth { get; init; }

    /// <summary>Phase of each frame [F]; empty leaves the strip out.</summary>
    public IReadOnlyList<Phase> Phases { get; init; } = [];

    /// <summary>Snapshots of a plane.</summary>
    private const int Snapshots = 4;

    /// <summary>Draws the figure.</summary>
    public ReportFigure Draw()
    {
        var (frames, channels, points) = (Times.Count, Layout.Channels.Length, Layout.Points);
        Expect.Shape(Forecast.Length, "The space-time forecast", ("frames", frames), ("channels", channels), ("points", points));
        if (Truth is { } given)
            Expect.Shape(given.Length, "The space-time truth", ("frames", frames), ("channels", channels), ("points", points));
        var spans = Phases.Count > 0 ? PhaseSpan.From(Times, Phases) : [];
        if (Layout.Axes.Length == 0)
            return Series(spans);
        if (Layout.Axes.Length == 2)
            return Plane();

        var (panels, letter, axis) = (new List<string>(), 0, Layout.Line);
        for (var first = 0; first < channels; first += 2)
        {
            var group = Enumerable.Range(first, Math.Min(2, channels - first)).Select(Channel).ToArray();
            if (Truth is not null)
                panels.AddRange(group.Select(c => Panel(c.Info, "truth", c.Truth, c.Range, ColourMap.Viridis, [], false)));
            panels.AddRange(group.Select(c => Panel(c.Info, "forecast", c.Forecast, c.Range, ColourMap.Viridis, spans, Truth is null)));
            if (Truth is not null)
                panels.AddRange(group.Select(c => Panel(c.Info, "forecast − truth", c.Error, ColourRange.Centred(c.Error), ColourMap.BlueRed, [], true)));
        }
        return new($"Member {Member} over space and time.", Caption(spans.Count > 0), panels);

        (FieldChannel Info, float[] Truth, float[] Forecast, float[] Error, ColourRange Range) Channel(int c)
        {
            var forecast = Slice(Forecast, c);
            var truth = Truth is { } field ? Slice(field, c) : [];
            float[] error = [.. truth.Zip(forecast, (y, f) => f - y)];
            return (Layout.Channels[c], truth, forecast, error, ColourRange.Shared(truth, forecast));
        }

        string Panel(FieldChannel channel, string what, float[] values, ColourRange range, ColourMap colours, IReadOnlyList<PhaseSpan> strip, bool isLast) =>
            new HeatMap(
                new("time", "t", Layout.TimeUnit), new(axis.LongName, axis.Name, axis.Unit),
                what.Contains('−') ? new("error of", channel.Name, channel.Unit) : new(channel.LongName, channel.Name, channel.Unit), values, frames, points)
            {
                Times = (Times[0], Times[^1]),
                Positions = (axis.Origin, axis.Last),
                Range = range,
                Colours = colours,
                Phases = strip,
                Title = new(channel.LongName, Units.Letter(letter++)) { Symbol = channel.Name, After = $", {what}" },
                LabelsTime = isLast || channels == 1, // two channels stand beside each other
                Size = PlotSize.Half with { Height = (isLast || channels == 1 ? 196 : 164) + (strip.Count > 0 ? 11 : 0) },
            }.ToSvg();
    }

    private ReportFigure Series(IReadOnlyList<PhaseSpan> spans)
    {
        string Panel(int c)
        {
            var channel = Layout.Channels[c];
            LineSeries Line(string name, ReadOnlyMemory<float> field) => new(name, Times, [.. Slice(field, c).Select(value => (double)value)]);
            LineSeries[] lines =
            [
                .. Truth is { } truth ? [Line("truth", truth) with { Width = 3 }] : (LineSeries[])[],
                Line("forecast", Forecast) with { Dashed = Truth is not null },
            ];
            return new LinePlot(new("time", "t", Layout.TimeUnit), new(channel.LongName, channel.Name, channel.Unit), lines)
            {
                Title = new(channel.LongName, Units.Letter(c)) { Symbol = channel.Name },
                Phases = spans,
            }.ToSvg();
        }

        return new(
            $"Member {Member} over time.",
            (Truth is null ? "Forecast of each channel. " : "Truth and forecast of each channel. ")
            + Strip("Strips show", spans.Count > 0) + Units.Sentence(Units.Of(Layout)),
            [.. Enumerable.Range(0, Layout.Channels.Length).Select(Panel)]);
    }

    private ReportFigure Plane()
    {
        var (rows, columns, panels) = (Layout.Axes[0], Layout.Axes[1], new List<string>());
        for (var c = 0; c < Layout.Channels.Length; c++)
        {
            (string What, float[] Field)[] fields =
                [.. Truth is { } truth ? [("truth", Slice(truth, c))] : ((string, float[])[])[], ("forecast", Slice(Forecast, c))];
            var range = ColourRange.Shared([.. fields.Select(f => (ReadOnlyMemory<float>)f.Field)]);
            for (var i = 1; i <= Snapshots; i++)
                panels.AddRange(fields.Select(f => Panel(Layout.Channels[c], f.What, f.Field, i * (Times.Count - 1) / Snapshots, range)));
        }
        return new(
            $"Member {Member} at {Snapshots} times.",
            (Truth is null ? "Forecast" : "Truth and forecast") + " of each channel, with one colour scale for all times. "
                + $"Pointed ends of a colour bar mean that single values lie beyond it. {Units.Sentence(Units.Of(Layout))}",
            panels);

        string Panel(FieldChannel channel, string what, float[] field, int frame, ColourRange range)
        {
            var values = new float[Layout.Points]; // [column, row]: the map's abscissa comes first
            for (var r = 0; r < rows.Points; r++)
                for (var k = 0; k < columns.Points; k++)
                    values[k * rows.Points + r] = field[frame * Layout.Points + r * columns.Points + k];
            return new HeatMap(
                new(columns.LongName, columns.Name, columns.Unit), new(rows.LongName, rows.Name, rows.Unit), new(channel.LongName, channel.Name, channel.Unit),
                values, columns.Points, rows.Points)
            {
                Times = (columns.Origin, columns.Last),
                Positions = (rows.Origin, rows.Last),
                Range = range,
                Title = new(channel.LongName, Units.Letter(panels.Count))
                {
                    Symbol = channel.Name,
                    After = $", {what}, t = {NumberText.Significant(Times[frame])}{(Layout.TimeUnit is "1" ? "" : " " + Layout.TimeUnit)}",
                },
                Size = PlotSize.Half with { Height = 345 },
            }.ToSvg();
        }
    }

    /// <summary>A channel of a field [F, C, X], as [F, X].</summary>
    private float[] Slice(ReadOnlyMemory<float> field, int c)
    {
        var (channels, points) = (Layout.Channels.Length, Layout.Points);
        var values = new float[Times.Count * points];
        for (var t = 0; t < Times.Count; t++)
            field.Span.Slice((t * channels + c) * points, points).CopyTo(values.AsSpan(t * points));
        return values;
    }

    private static string Strip(string what, bool shown) => shown
        ? $"{what} who advanced the member: yellow, warm-up by the micro solver; blue, macro legs of the latent propagator; orange, micro legs. " : "";

    private string Caption(bool strip) =>
        (Truth is null
            ? "Forecast of each channel. "
            : "Truth, forecast and their difference for each channel; truth and forecast share a colour scale, the scale of the difference is centred at 0. ")
        + Strip("The strip under the forecast shows", strip)
        + "Pointed ends of a colour bar mean that single values lie beyond it. "
        + Units.Sentence(Units.Of(Layout));
}
