using LedCluster.Domain.Cycle;
using LedCluster.Domain.Fields;
using LedCluster.Report.Colours;
using LedCluster.Report.Plots;

namespace LedCluster.Report.Figures;

/// <summary>Diagnostics of the system and of the model over time: mean and quantiles over the members.</summary>
/// <param name="Diagnostics">The diagnostics as channels without axes.</param>
/// <param name="Times">Time of each frame, in the layout's time unit, [F].</param>
/// <param name="Spreads">Distribution of each diagnostic over the members, [D].</param>
public sealed record DiagnosticsFigure(FieldLayout Diagnostics, IReadOnlyList<double> Times, IReadOnlyList<PointSpread> Spreads)
{
    /// <summary>Phase of each frame [F]; empty leaves the strip out.</summary>
    public IReadOnlyList<Phase> Phases { get; init; } = [];

    /// <summary>Mean of each diagnostic over the true members, [D][F]; shorter or empty where it is not known, as of what the model tells.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Truth { get; init; } = [];

    internal ReportFigure Draw()
    {
        Expect.Equal(Spreads.Count, Diagnostics.Channels.Length, "distributions", "diagnostics");
        var spans = Phases.Count > 0 ? PhaseSpan.From(Times, Phases) : [];
        string[] beyond = [.. Spreads.Index().Where(s => s.Item.StartsBeyond).Select(s => Units.Letter(s.Index))];
        return new(
            "Diagnostics.",
            "Quantities that the system derives from the fields of each frame, or the model from its latents: mean over members and the range of "
            + "90 % of them; on macro legs from decoded fields. "
            + PointSpread.Note(beyond)
            + (Truth.Count > 0 ? "Dashed: mean over the micro solver's members. " : "")
            + (spans.Count > 0 ? "Strips mark warm-up (yellow), macro (blue) and micro legs (orange). " : "")
            + Units.Sentence(Units.Of(Diagnostics)),
            [.. Spreads.Select((spread, d) => new LinePlot(
                new("time", "t", Diagnostics.TimeUnit),
                spread.Scaled(new(Diagnostics.Channels[d].LongName, Diagnostics.Channels[d].Name, Diagnostics.Channels[d].Unit)),
                [new("mean", Times, spread.Mean) { Bands = [new(spread.Lower, spread.Upper, "5–95 %", 0.18)], Colour = Palette.Series(d) },
                    .. Truth.Count > d ? (LineSeries[])[new("truth", Times, Truth[d]) { Dashed = true }] : []])
            {
                Title = new(Diagnostics.Channels[d].LongName, Units.Letter(d)) { Symbol = Diagnostics.Channels[d].Name },
                Phases = spans,
            }.ToSvg())]);
    }
}
