using LedCluster.Domain.Systems;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Training;

/// <summary>Fields of trajectories at their frames, in physical units, and their rates of change by central differences.</summary>
/// <param name="Fields">Fields, one array [frames, C·X] per trajectory.</param>
/// <param name="Rates">Rates of change per unit of time, in the same order; of the first and the last frame there is none, NaN.</param>
/// <param name="Size">Numbers C·X per frame.</param>
internal sealed record FieldRates(double[][] Fields, double[][] Rates, int Size)
{
    /// <summary>Rates over the distance of the frames: (w(t + Δt) − w(t − Δt))/2Δt.</summary>
    /// <param name="set">Scaled trajectories.</param>
    /// <param name="scaling">Their scaling.</param>
    /// <param name="timeStep">Δt.</param>
    public static FieldRates OfFrames(TrainingSet set, FieldScaling scaling, double timeStep)
    {
        var (fields, points) = (new double[set.Trajectories.Length][], set.Size / scaling.Minimum.Length);
        for (var m = 0; m < fields.Length; m++)
            fields[m] = [.. set.Trajectories[m].Select(
                (s, i) => i % set.Size / points is var c ? scaling.Minimum[c] + s * (scaling.Maximum[c] - scaling.Minimum[c]) : 0)];
        return new(fields, [.. fields.Select(path => path.Select((_, i) =>
            i < set.Size || i >= path.Length - set.Size ? double.NaN : (path[i + set.Size] - path[i - set.Size]) / (2 * timeStep)).ToArray())], set.Size);
    }

    /// <summary>Rates over a shorter time, of the solver with frames that close.</summary>
    /// <param name="system">The system.</param>
    /// <param name="references">Reference initial conditions, by name; when empty, members of the random family.</param>
    /// <param name="members">Number of members of the random family.</param>
    /// <param name="seed">Seed of the random family.</param>
    /// <param name="values">Parameters that are not left to their defaults.</param>
    /// <param name="frames">Last coarse frame.</param>
    /// <param name="rateStep">The time before and after a frame.</param>
    /// <exception cref="InvalidDataException">There is no such solver, or the time does not divide Δt.</exception>
    public static FieldRates OfSolver(
        ISystem system, IReadOnlyList<string> references, int members, ulong seed, IReadOnlyDictionary<string, ParameterValues> values,
        int frames, double rateStep)
    {
        var layout = system.Solver.Layout;
        var every = (int)Math.Round(layout.TimeStep / rateStep);
        if (!(rateStep > 0) || every < 2 || Math.Abs(every * rateStep - layout.TimeStep) > 1e-9 || system.SolverWithFrames(rateStep) is not { } solver)
            throw new InvalidDataException(
                FormattableString.Invariant($"fit.rateStep is {rateStep}, but the solver of '{system.Name}' makes no frames that close, ")
                + FormattableString.Invariant($"or it is not a half, a third, … of the frames' distance {layout.TimeStep}. ")
                + "Leave it out to take rates of change over whole frames.");
        var count = references.Count > 0 ? references.Count : members;
        double[][] Blank() => [.. Enumerable.Range(0, count).Select(_ => Enumerable.Repeat(double.NaN, (frames + 1) * layout.Size).ToArray())];
        var (now, rates, before) = (Blank(), Blank(), Enumerable.Range(0, count).Select(_ => new double[layout.Size]).ToArray());
        TrainingSet.Run(system, solver, references, members, seed, values, frames * every, (m, frame, fields) =>
        {
            var coarse = frame / every * layout.Size;
            if (frame % every == 0)
                fields.CopyTo(now[m].AsSpan(coarse));
            if (frame % every == 1 && frame > 1)
                for (var i = 0; i < layout.Size; i++)
                    rates[m][coarse + i] = (fields[i] - before[m][i]) / (2 * rateStep);
            if (frame % every == every - 1)
                fields.CopyTo(before[m]);
        });
        return new(now, rates, layout.Size);
    }
}
