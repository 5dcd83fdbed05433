using LedCluster.Domain.Cycle;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Workers;

namespace LedCluster.Metrics;

/// <summary>
/// Long-time statistics of a forecast beside those of the truth, for one channel of a periodic domain: the density of (u_x, u_xx)
/// and the spatial power spectrum (Vlachas et al. 2022, doi:10.1038/s42256-022-00464-w, figure 3). The members are dealt
/// to eight groups, which can be parted into halves in 35 ways, and densities of different halves are compared: they are independent
/// and of one size, so that a perfect model is as far from the truth as the truth is from itself. A single partition would leave
/// both distances to chance; what is reported is their mean over all.
/// </summary>
public sealed class Climate
{
    /// <summary>Groups to which members are dealt in turn.</summary>
    private const int Groups = 8;

    /// <summary>Ways to part the groups into halves, as sets of bits; the first group is always in the half that is named.</summary>
    private static readonly int[] halves = [.. Enumerable.Range(0, 1 << Groups).Where(set => (set & 1) == 1 && int.PopCount(set) == Groups / 2)];

    private readonly PeriodicDerivatives derivatives;
    private readonly PlaneDensity[] truth, forecast;
    private readonly double[] values, slopes, curvatures;

    /// <summary>Begins an account.</summary>
    /// <param name="layout">The grid; periodic.</param>
    /// <param name="bins">Cells per axis of the densities.</param>
    /// <param name="slope">Range of u_x.</param>
    /// <param name="curvature">Range of u_xx.</param>
    public Climate(FieldLayout layout, int bins, (double Low, double High) slope, (double Low, double High) curvature)
    {
        derivatives = new PeriodicDerivatives(layout.Points, layout.Line.Spacing);
        (truth, forecast) = (Empty(), Empty());
        (TrueSpectrum, ForecastSpectrum) = (new PowerSpectrum(layout.Points), new PowerSpectrum(layout.Points));
        (values, slopes, curvatures) = (new double[layout.Points], new double[layout.Points], new double[layout.Points]);

        PlaneDensity[] Empty() => [.. Enumerable.Range(0, Groups).Select(_ => new PlaneDensity(bins, slope, curvature))];
    }

    /// <summary>Power of the truth's modes.</summary>
    public PowerSpectrum TrueSpectrum { get; }

    /// <summary>Power of the forecast's modes.</summary>
    public PowerSpectrum ForecastSpectrum { get; }

    /// <summary>Density of the truth, all members.</summary>
    public PlaneDensity TrueDensity => Sum(truth, ~0);

    /// <summary>Density of the forecast, all members.</summary>
    public PlaneDensity ForecastDensity => Sum(forecast, ~0);

    /// <summary>L1 distance between one half of the truth and the other, mean over all partitions; NaN for a single member.</summary>
    public double SelfNoise => Mean(truth);

    /// <summary>
    /// L1 distance between one half of the forecast and the other half of the truth, mean over all partitions and both ways; NaN for a
    /// single member.
    /// </summary>
    public double DensityDistance => Mean(forecast);

    /// <summary>Sturges' rule, ⌈1 + log₂ n⌉ bins per axis for n values.</summary>
    public static int SturgesBins(long n) => (int)Math.Ceiling(1 + Math.Log2(n));

    /// <summary>Adds one frame of a member.</summary>
    /// <param name="member">Index of the member, which says to which group it belongs.</param>
    /// <param name="y">True values [n].</param>
    /// <param name="ŷ">Forecast values [n].</param>
    public void Add(int member, ReadOnlySpan<float> y, ReadOnlySpan<float> ŷ)
    {
        Count(y, truth[member % Groups], TrueSpectrum);
        Count(ŷ, forecast[member % Groups], ForecastSpectrum);
    }

    /// <summary>Adds another account with the same cells.</summary>
    public void Add(Climate other)
    {
        for (var g = 0; g < Groups; g++)
        {
            truth[g].Add(other.truth[g]);
            forecast[g].Add(other.forecast[g]);
        }
        TrueSpectrum.Add(other.TrueSpectrum);
        ForecastSpectrum.Add(other.ForecastSpectrum);
    }

    private void Count(ReadOnlySpan<float> field, PlaneDensity density, PowerSpectrum spectrum)
    {
        for (var j = 0; j < values.Length; j++)
            values[j] = field[j];
        derivatives.Differentiate(values, slopes, curvatures);
        density.Add(slopes, curvatures);
        spectrum.Add(values);
    }

    /// <summary>Mean distance of a half of some densities to the other half of the truth; partitions with an empty half are left out.</summary>
    private double Mean(PlaneDensity[] densities)
    {
        var (sum, count) = (0.0, 0);
        foreach (var half in halves)
            foreach (var set in (int[])[half, ~half])
                if (Sum(densities, set).DistanceTo(Sum(truth, ~set)) is var distance && !double.IsNaN(distance))
                    (sum, count) = (sum + distance, count + 1);
        return sum / count;
    }

    /// <summary>The groups of a set together.</summary>
    private static PlaneDensity Sum(PlaneDensity[] groups, int set)
    {
        var sum = new PlaneDensity(groups[0].Bins, groups[0].Horizontal, groups[0].Vertical);
        for (var g = 0; g < Groups; g++)
            if ((set >> g & 1) == 1)
                sum.Add(groups[g]);
        return sum;
    }
}

/// <summary>The cells on which densities of a channel are counted.</summary>
/// <param name="Bins">Cells per axis.</param>
/// <param name="Slope">Range of the first derivative.</param>
/// <param name="Curvature">Range of the second derivative.</param>
public sealed record ClimateScale(int Bins, (double Low, double High) Slope, (double Low, double High) Curvature)
{
    /// <summary>Members whose truth fixes the ranges; more bring no more.</summary>
    public const int Scouts = 4;

    /// <summary>An account on these cells.</summary>
    public Climate Account(FieldLayout layout) => new(layout, Bins, Slope, Curvature);

    /// <summary>
    /// Ranges of the truth of a few members after the warm-up, for each channel; the number of bins follows Sturges' rule for
    /// half of all values.
    /// </summary>
    /// <param name="solver">The micro solver.</param>
    /// <param name="scouts">Initial fields of a few members, [scouts, C·X].</param>
    /// <param name="context">Those members and their parameters; frame 0.</param>
    /// <param name="schedule">Timetable of the forecast.</param>
    /// <param name="members">Number of all members.</param>
    public static ClimateScale[] Of(IMicroSolver solver, double[] scouts, in StepContext context, LedSchedule schedule, int members)
    {
        var layout = solver.Layout;
        var derivatives = new PeriodicDerivatives(layout.Points, layout.Line.Spacing);
        var (slope, curvature) = (new double[layout.Points], new double[layout.Points]);
        var ranges = layout.Channels.Select(_ => (Slope: (Low: 0.0, High: 0.0), Curvature: (Low: 0.0, High: 0.0))).ToArray();
        MicroSimulation.Run(solver, scouts, schedule.Final, context, (first, piece) =>
        {
            for (var row = Math.Max(0, (schedule.Warm + 1 - first) * (scouts.Length / layout.Size)); row < piece.Length / layout.Size; row++)
                for (var c = 0; c < ranges.Length; c++)
                {
                    derivatives.Differentiate(piece.AsSpan(row * layout.Size + c * layout.Points, layout.Points), slope, curvature);
                    ranges[c] = (Wider(ranges[c].Slope, slope), Wider(ranges[c].Curvature, curvature));
                }
        });
        var values = (long)(schedule.Final - schedule.Warm) * layout.Points * members / 2;
        return [.. ranges.Select(range => new ClimateScale(Climate.SturgesBins(Math.Max(1, values)), range.Slope, range.Curvature))];
    }

    private static (double, double) Wider((double Low, double High) range, double[] values) =>
        (Math.Min(range.Low, values.Min()), Math.Max(range.High, values.Max()));
}
