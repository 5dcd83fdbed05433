using LedCluster.Metrics;
using LedCluster.Solvers.Flow;

namespace LedCluster.Host.Reproduction;

/// <summary>A periodic flow as one run has it: its mean, its period, and its frames by phase.</summary>
internal sealed class CylinderTable
{
    private readonly CylinderSystem system;
    private readonly double[] parameters, path, phases;
    private readonly int size;

    /// <summary>Takes a run of the developed flow.</summary>
    /// <param name="system">The system.</param>
    /// <param name="parameters">Parameters of the run.</param>
    /// <param name="path">Frames [F, C·X].</param>
    /// <param name="known">Frames over which phases are found.</param>
    /// <exception cref="UserError">The lift has no period.</exception>
    public CylinderTable(CylinderSystem system, double[] parameters, double[] path, int known)
    {
        (this.system, this.parameters, this.path, size) = (system, parameters, path, system.Solver.Layout.Size);
        var lift = CylinderTest.Series(system, parameters, path)[1];
        Period = OscillationPeriod.Of(lift, 1, 0);
        if (double.IsNaN(Period) || known < 2 * Period)
        {
            throw new UserError(FormattableString.Invariant($"The lift has a period of {Period:G4} frames, and {known} frames are known; ")
                + "two periods are needed to determine its phase. Raise the figure's warmTime, or its start.");
        }
        phases = [.. Enumerable.Range(0, lift.Length).Select(f => Phase(lift, f, Period))];
    }

    /// <summary>Mean number of frames between upward zeros of the lift.</summary>
    public double Period { get; }

    /// <summary>The mean over whole periods, as a forecast.</summary>
    /// <param name="frames">Number of frames.</param>
    public double[] Mean(int frames)
    {
        var (count, fields) = ((int)Math.Round(Math.Floor(path.Length / size / Period) * Period), new double[frames * size]);
        for (var f = 0; f < count; f++)
            for (var k = 0; k < size; k++)
                fields[k] += path[f * size + k] / count;
        for (var f = 1; f < frames; f++)
            fields.AsSpan(0, size).CopyTo(fields.AsSpan(f * size));
        return fields;
    }

    /// <summary>Frames of the run whose phase is nearest to that which the period of the run gives after the last known frame.</summary>
    /// <param name="known">Known frames.</param>
    /// <param name="frames">Number of frames.</param>
    public double[] Continue(ReadOnlySpan<double> known, int frames) => Continue(CylinderTest.Series(system, parameters, known.ToArray())[1], Period, frames);

    /// <summary>The same after frames whose lift is known, with a given period.</summary>
    /// <param name="lift">Lift of the known frames.</param>
    /// <param name="period">Period, in frames.</param>
    /// <param name="frames">Number of frames.</param>
    public double[] Continue(double[] lift, double period, int frames)
    {
        var (phase, fields) = (Phase(lift, lift.Length - 1, period), new double[frames * size]);
        for (var f = 0; f < frames; f++)
        {
            var wanted = phase + (f + 1) / period;
            var nearest = Enumerable.Range(0, phases.Length).MinBy(k => Math.Abs(Math.IEEERemainder(phases[k] - wanted, 1)));
            path.AsSpan(nearest * size, size).CopyTo(fields.AsSpan(f * size));
        }
        return fields;
    }

    /// <summary>Phase of a frame, in periods, from the upward zero of the lift before it, or else from the first after it.</summary>
    private static double Phase(double[] lift, int frame, double period)
    {
        var zero = double.NaN;
        for (var f = 1; f < lift.Length && (f <= frame || double.IsNaN(zero)); f++)
            if (lift[f - 1] < 0 && lift[f] >= 0)
                zero = f - lift[f] / (lift[f] - lift[f - 1]);
        return (frame - zero) / period;
    }
}
