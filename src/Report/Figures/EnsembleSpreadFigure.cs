using LedCluster.Domain.Cycle;
using LedCluster.Domain.Fields;
using LedCluster.Report.Colours;
using LedCluster.Report.Plots;

namespace LedCluster.Report.Figures;

/// <summary>Spread of the ensemble: mean and quantiles at one grid point, and the standard deviation over space and time.</summary>
/// <param name="Layout">Channels, grid and units.</param>
/// <param name="Times">Time of each frame, equally spaced, in the layout's time unit, [F].</param>
/// <param name="Point">Index of the grid point at which the distributions are shown.</param>
/// <param name="Channels">Distribution of each channel at that point, [C].</param>
public sealed record EnsembleSpreadFigure(
    FieldLayout Layout, IReadOnlyList<double> Times, int Point, IReadOnlyList<PointSpread> Channels)
{
    /// <summary>Bins of a density, from the least to the largest value.</summary>
    private const int Bins = 40;

    /// <summary>Standard deviation over members [F, C, X], in the channels' units; empty leaves the maps out.</summary>
    public ReadOnlyMemory<float> Deviation { get; init; }

    /// <summary>Phase of each frame [F]; empty leaves the strip out.</summary>
    public IReadOnlyList<Phase> Phases { get; init; } = [];

    /// <summary>Where the distributions are taken, as in " at x = 3"; empty without axes.</summary>
    private string Place()
    {
        var (rest, places) = (Point, new List<string>());
        foreach (var axis in Layout.Axes.Reverse())
        {
            (rest, var i) = Math.DivRem(rest, axis.Points);
            places.Insert(0, $"{axis.Name} = {NumberText.Significant(axis.Position(i))}{(axis.Unit is "1" ? "" : " " + axis.Unit)}");
        }
        return places.Count == 0 ? "" : $" at {string.Join(", ", places)}";
    }

    internal ReportFigure Draw()
    {
        var (frames, channels, points) = (Times.Count, Layout.Channels.Length, Layout.Points);
        Expect.Equal(Channels.Count, channels, "distributions", "channels");
        if (!Deviation.IsEmpty)
            Expect.Shape(Deviation.Length, "The standard deviation", ("frames", frames), ("channels", channels), ("points", points));
        var spans = Phases.Count > 0 ? PhaseSpan.From(Times, Phases) : [];
        var mapped = !Deviation.IsEmpty && Layout.Axes.Length == 1;
        var position = Place();

        var (panels, beyond, grouped) = (new List<string>(), new List<string>(), new List<string>());
        for (var c = 0; c < channels; c++)
        {
            panels.Add(Channels[c].Members is { } members ? Density(c, members) : Lines(c));
            if (mapped)
                panels.Add(Map(c));
        }
        return new(
            "Ensemble spread.",
            $"Mean over members and quantile ranges{position}"
            + (!mapped ? ". " : ", and the standard deviation σ over members in space and time. ")
            + (grouped.Count == 0 ? "" : $"In {Units.List(grouped)} the members form groups, within which quantiles coincide. "
                + "Their density is shown instead: shares of the members divided by the bin's width. ")
            + PointSpread.Note(beyond)
            + (spans.Count > 0 ? "Strips mark warm-up (yellow), macro (blue) and micro legs (orange). " : "")
            + Units.Sentence(Units.Of(Layout)),
            panels);

        string Lines(int c)
        {
            var (channel, spread) = (Layout.Channels[c], Channels[c]);
            if (spread.StartsBeyond)
                beyond.Add(Units.Letter(panels.Count));
            List<Band> bands = [new(spread.Lower, spread.Upper, "5–95 %", 0.18)];
            if (spread.Quartiles is { } quartiles)
                bands.Add(new(quartiles.Lower, quartiles.Upper, "25–75 %", 0.3));
            return new LinePlot(
                new("time", "t", Layout.TimeUnit), spread.Scaled(new(channel.LongName, channel.Name, channel.Unit)),
                [new("mean", Times, spread.Mean) { Bands = bands, Colour = Palette.Series(c) }])
            {
                Title = new(channel.LongName, Units.Letter(panels.Count)) { Symbol = channel.Name, After = position },
                Phases = spans,
            }.ToSvg();
        }

        string Density(int c, PointMembers members)
        {
            var (channel, letter) = (Layout.Channels[c], Units.Letter(panels.Count));
            grouped.Add($"({letter})");
            var values = members.Values.SelectMany(v => v).Where(double.IsFinite).ToArray();
            var (low, high) = (values.DefaultIfEmpty().Min(), values.DefaultIfEmpty().Max());
            var density = DensityMap.Of(members.Values, low, high, Bins);
            var half = (high - low) / Bins / 2;
            return new HeatMap(
                new("time", "t", Layout.TimeUnit), new(channel.LongName, channel.Name, channel.Unit),
                new("density of", channel.Name, channel.Unit is "1" or "" ? "1" : $"1/{channel.Unit}"),
                density, members.Times.Count, Bins)
            {
                Times = (members.Times[0], members.Times[^1]),
                Positions = (low + half, high - half),
                Range = ColourRange.FromZero(density),
                Phases = spans,
                Title = new(channel.LongName, letter) { Symbol = channel.Name, After = $"{position}, {members.Values[0].Length} members" },
                Size = PlotSize.Half,
            }.ToSvg();
        }

        ColourRange Range(float[] deviation)
        {
            var later = ColourRange.FromZero(deviation.AsMemory(points * Math.Min(PointSpread.First(frames), frames - 1)));
            var all = ColourRange.FromZero(deviation);
            return frames > 1 && PointSpread.IsExtreme(deviation.Where(float.IsFinite).DefaultIfEmpty().Max(), later.High)
                ? later with { BeyondHigh = true }
                : all;
        }

        string Map(int c)
        {
            var values = new float[frames * points];
            for (var t = 0; t < frames; t++)
                Deviation.Span.Slice((t * channels + c) * points, points).CopyTo(values.AsSpan(t * points));
            var (channel, axis) = (Layout.Channels[c], Layout.Line);
            return new HeatMap(
                new("time", "t", Layout.TimeUnit), new(axis.LongName, axis.Name, axis.Unit), new("σ of", channel.Name, channel.Unit), values, frames, points)
            {
                Times = (Times[0], Times[^1]),
                Positions = (axis.Origin, axis.Last),
                Range = Range(values),
                Phases = spans,
                Title = new("standard deviation of", Units.Letter(panels.Count)) { Symbol = channel.Name },
            }.ToSvg();
        }
    }
}
