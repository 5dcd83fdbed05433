using LedCluster.Domain.Cycle;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Workers;

namespace LedCluster.Metrics;

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
