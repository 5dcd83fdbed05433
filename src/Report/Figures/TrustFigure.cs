using LedCluster.Domain.Cohorts;
using LedCluster.Report.Plots;

namespace LedCluster.Report.Figures;

/// <summary>How well the model knew the states of the members, leg by leg (<see cref="Trust"/>); all values are dimensionless.</summary>
/// <param name="Times">Time at the end of each leg, ascending, in <paramref name="TimeUnit"/>, [legs].</param>
/// <param name="TimeUnit">Unit of time, <c>1</c> when dimensionless.</param>
/// <param name="Reconstruction">Reconstruction error of each leg over members; NaN on macro legs, which are skipped.</param>
/// <param name="Excess">Excess of the latents beyond the training range of each leg over members.</param>
public sealed record TrustFigure(IReadOnlyList<double> Times, string TimeUnit, TrustSummary Reconstruction, TrustSummary Excess)
{
    private const double LogarithmicAbove = 300;

    /// <summary>Whether the reconstruction is a negative log-likelihood per point, in nats, as of a model that decodes a density. Default: false.</summary>
    public bool IsLikelihood { get; init; }

    internal ReportFigure Draw()
    {
        string[] panels =
        [
            IsLikelihood ? Panel(Reconstruction, "−log-likelihood per point (nats)", "negative log-likelihood of the micro legs", "a", fromZero: false)
                : Panel(Reconstruction, "reconstruction error", "reconstruction error of the micro legs", "a"),
            Panel(Excess, "excess / training range", "latents outside the training range", "b"),
        ];
        return new(
            "Trust.",
            "Median and 95 % quantile over members, leg by leg: (a) "
            + (IsLikelihood ? "negative log-likelihood of a point of the micro frames under the decoder, in nats"
                : "root mean square of Dec(Enc(x)) − x over the micro frames, in units of each channel's training range")
            + "; (b) largest distance of a latent beyond the range seen in training, as a fraction of that range. "
            + Units.Sentence((IsLikelihood ? "the second measure" : "both measures", "1"), ("time\u00a0t", TimeUnit)),
            panels);
    }

    private string Panel(TrustSummary summary, string label, string title, string letter, bool fromZero = true)
    {
        var values = summary.Median.Concat(summary.Upper).Where(v => double.IsFinite(v)).ToArray();
        var logarithmic = values.Length > 0 && values.Min() > 0 && values.Max() / values.Min() > LogarithmicAbove;
        return new LinePlot(
            new("time", "t", TimeUnit), new(label) { Logarithmic = logarithmic, Minimum = logarithmic || !fromZero ? null : 0 },
            [Line("median", summary.Median, false), Line("95 % of members below", summary.Upper, true)])
        { Title = new(title, letter) }.ToSvg();
    }

    private LineSeries Line(string name, IReadOnlyList<double> values, bool dashed)
    {
        Expect.Equal(values.Count, Times.Count, $"values of '{name}'", "legs");
        var known = Enumerable.Range(0, values.Count).Where(i => double.IsFinite(values[i])).ToArray();
        return new(name, [.. known.Select(i => Times[i])], [.. known.Select(i => values[i])])
        {
            Colour = Colours.Palette.Series(0),
            Dashed = dashed,
            Dots = known.Length <= 40,
        };
    }
}

/// <summary>One measure of trust over the members, leg by leg.</summary>
/// <param name="Median">Median over members, [legs].</param>
/// <param name="Upper">95 % quantile over members, [legs].</param>
public sealed record TrustSummary(IReadOnlyList<double> Median, IReadOnlyList<double> Upper);
