using LedCluster.Domain.Cycle;
using LedCluster.Domain.Fields;
using LedCluster.Report.Colours;
using LedCluster.Report.Plots;

namespace LedCluster.Report.Figures;

/// <summary>One member over space and time: truth, forecast and error of each channel.</summary>
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

    internal ReportFigure Draw()
    {
        var (frames, channels, points, axis) = (Times.Count, Layout.Channels.Length, Layout.Points, Layout.Line);
        Expect.Shape(Forecast.Length, "The space-time forecast", ("frames", frames), ("channels", channels), ("points", points));
        if (Truth is { } given)
            Expect.Shape(given.Length, "The space-time truth", ("frames", frames), ("channels", channels), ("points", points));
        var spans = Phases.Count > 0 ? PhaseSpan.From(Times, Phases) : [];

        var panels = new List<string>();
        var letter = 0;
        for (var first = 0; first < channels; first += 2)
        {
            var group = Enumerable.Range(first, Math.Min(2, channels - first)).Select(Channel).ToArray();
            if (Truth is not null)
                panels.AddRange(group.Select(c => Panel(c.Info, "truth", c.Truth, c.Range, ColourMap.Viridis, [], false)));
            panels.AddRange(group.Select(c => Panel(c.Info, "forecast", c.Forecast, c.Range, ColourMap.Viridis, spans, Truth is null)));
            if (Truth is not null)
                panels.AddRange(group.Select(c => Panel(c.Info, "forecast − truth", c.Error, ColourRange.Centred(c.Error), ColourMap.BlueRed, [], true)));
        }
        return new($"Member {Member} over space and time.", Caption(spans.Count > 0), panels, channels > 1 ? 2 : 1);

        (FieldChannel Info, float[] Truth, float[] Forecast, float[] Error, ColourRange Range) Channel(int c)
        {
            var forecast = Slice(Forecast, c);
            var truth = Truth is { } field ? Slice(field, c) : [];
            float[] error = [.. truth.Zip(forecast, (y, f) => f - y)];
            return (Layout.Channels[c], truth, forecast, error, ColourRange.Shared(truth, forecast));
        }

        float[] Slice(ReadOnlyMemory<float> field, int c)
        {
            var values = new float[frames * points];
            for (var t = 0; t < frames; t++)
                field.Span.Slice((t * channels + c) * points, points).CopyTo(values.AsSpan(t * points));
            return values; // [F, X]
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
                LabelsTime = isLast,
                Size = new((channels > 1 ? PlotSize.Half : PlotSize.Full).Width, (isLast ? 228 : 196) + (strip.Count > 0 ? 11 : 0)),
            }.ToSvg();
    }

    private string Caption(bool strip) =>
        (Truth is null
            ? "Forecast of each channel. "
            : "Truth, forecast and their difference for each channel; truth and forecast share a colour scale, the scale of the difference is centred at 0. ")
        + (strip ? "The strip under the forecast tells who advanced the member: light orange, warm-up by the micro solver; blue, macro legs of the latent propagator; orange, micro legs. " : "")
        + "Pointed ends of a colour bar mean that single values lie beyond it. "
        + Units.Sentence(Units.Of(Layout));
}
