using LedCluster.Report.Plots;

namespace LedCluster.Report.Figures;

/// <summary>Distribution of one channel over the members at one grid point, in the channel's unit.</summary>
/// <param name="Mean">Mean over members, [F].</param>
/// <param name="Lower">5 % quantile, [F].</param>
/// <param name="Upper">95 % quantile, [F].</param>
public sealed record PointSpread(IReadOnlyList<double> Mean, IReadOnlyList<double> Lower, IReadOnlyList<double> Upper)
{
    /// <summary>Frames at the beginning that may lie beyond the scale, as a part of all; at least one.</summary>
    private const int Beginning = 50;

    /// <summary>How often the extent of the beginning has to exceed that of the rest.</summary>
    private const double Extreme = 2;

    /// <summary>
    /// Part of the range from the 5 % to the 95 % quantile that lies between two neighbouring quantiles, or two quartiles, of an ensemble
    /// in groups. A normal distribution has 0.21 and 0.41, a uniform one 0.28 and 0.56.
    /// </summary>
    private const double Gap = 0.6, MiddleGap = 0.85;

    /// <summary>25 % and 75 % quantile, [F] each; null leaves the inner band out.</summary>
    public (IReadOnlyList<double> Lower, IReadOnlyList<double> Upper)? Quartiles { get; init; }

    /// <summary>Median, [F]; empty when it is not known.</summary>
    public IReadOnlyList<double> Median { get; init; } = [];

    /// <summary>Members one by one, from which a density is drawn instead of bands; null for bands.</summary>
    public PointMembers? Members { get; init; }

    /// <summary>
    /// Whether the members form groups in at least a quarter of the frames: quantiles coincide there, within a group, and leave wide gaps
    /// between groups. Bands would show members where there are none.
    /// </summary>
    public bool IsGrouped
    {
        get
        {
            if (Quartiles is not { } quartiles || Median.Count == 0)
                return false;
            var (apart, known) = (0, 0);
            for (var f = 0; f < Mean.Count; f++)
            {
                double[] quantiles = [Lower[f], quartiles.Lower[f], Median[f], quartiles.Upper[f], Upper[f]];
                var all = quantiles[^1] - quantiles[0];
                if (!(all > 1e-6 * Math.Max(Math.Abs(quantiles[0]), Math.Abs(quantiles[^1]))))
                    continue;
                known++;
                if (quantiles.Zip(quantiles.Skip(1), (low, high) => high - low).Max() > Gap * all || quantiles[3] - quantiles[1] > MiddleGap * all)
                    apart++;
            }
            return known > 0 && 4 * apart >= known;
        }
    }

    /// <summary>Whether the beginning lies so far out that the rest would be flat on a common scale.</summary>
    internal bool StartsBeyond => Settled is not null;

    /// <summary>The first frame after the beginning.</summary>
    internal static int First(int frames) => Math.Max(1, frames / Beginning);

    /// <summary>Whether a scale for all frames is too wide for those after the beginning.</summary>
    /// <param name="all">Extent of all frames.</param>
    /// <param name="later">Extent of the frames after the beginning.</param>
    internal static bool IsExtreme(double all, double later) => later > 0 && all > Extreme * later;

    /// <summary>The axis with a scale for the frames after the beginning, where that is extreme.</summary>
    internal Axis Scaled(Axis axis)
    {
        if (Settled is not var (low, high))
            return axis;
        var margin = 0.06 * (high - low);
        return axis with { Minimum = low >= 0 ? Math.Max(0, low - margin) : low - margin, Maximum = high + margin };
    }

    /// <summary>The sentence of a caption on panels whose beginning lies beyond the scale; empty for none.</summary>
    internal static string Note(IReadOnlyList<string> panels) => panels.Count == 0 ? "" :
        $"The scale of {Units.List([.. panels.Select(letter => $"({letter})")])} is that of the later frames; the first frames are outside it. ";

    /// <summary>Extent of the frames after the beginning, where that of all is extreme beside it.</summary>
    private (double Low, double High)? Settled
    {
        get
        {
            var (all, later) = (Extent(0), Extent(First(Mean.Count)));
            return IsExtreme(all.High - all.Low, later.High - later.Low) ? later : null;
        }
    }

    private (double Low, double High) Extent(int first)
    {
        var (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var value in Lower.Skip(first).Concat(Upper.Skip(first)).Concat(Mean.Skip(first)).Where(double.IsFinite))
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        return (low, high);
    }
}

/// <summary>Values of some members at one grid point.</summary>
/// <param name="Times">Times, equally spaced, in the layout's unit, [T].</param>
/// <param name="Values">Values, [T][members].</param>
public sealed record PointMembers(IReadOnlyList<double> Times, IReadOnlyList<double[]> Values);
