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

    internal ReportFigure Draw()
    {
        string[] panels =
        [
            Panel(Reconstruction, "reconstruction error", "reconstruction error of the micro legs", "a"),
            Panel(Excess, "excess / training range", "latents outside the training range", "b"),
        ];
        return new(
            "Trust.",
            "Median and 95 % quantile over members, leg by leg: (a) root mean square of Dec(Enc(x)) − x over the micro frames, in units of each "
            + "channel's training range; (b) largest distance of a latent beyond the range seen in training, as a fraction of that range. "
            + Units.Sentence(("both measures", "1"), ("time\u00a0t", TimeUnit)),
            panels);
    }

    private string Panel(TrustSummary summary, string label, string title, string letter)
    {
        var values = summary.Median.Concat(summary.Upper).Where(v => double.IsFinite(v)).ToArray();
        var logarithmic = values.Length > 0 && values.Min() > 0 && values.Max() / values.Min() > LogarithmicAbove;
        return new LinePlot(
            new("time", "t", TimeUnit), new(label) { Logarithmic = logarithmic, Minimum = logarithmic ? null : 0 },
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
