using LedCluster.Actors;
using LedCluster.Domain.Randomness;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;
using LedCluster.Metrics;

namespace LedCluster.Host.Evaluation;

/// <summary>
/// Compares forecasts with an independent run of the micro solver as samples of distributions. Reference rows are another realisation of the micro solver, the
/// distribution averaged over time, and the exact distribution where the system knows it. A sample is the points of a member, if they are exchangeable, or the
/// members of an ensemble, each a point of a few coordinates.
/// </summary>
/// <param name="system">The system.</param>
/// <param name="frames">Frames that are compared, ascending.</param>
internal sealed class LawComparison(ISystem system, int[] frames)
{
    /// <summary>
    /// Seeds of the truth and of the other realisation, as differences from the run's. With the run's own seed the truth would have the noise of the forecast's
    /// micro legs, and be nearer to it than an independent sample of its distribution.
    /// </summary>
    private const ulong TruthSeed = 0x9E3779B97F4A7C15, OtherSeed = 0xD1B54A32D192ED03;

    /// <summary>Stream of what yardsticks draw; no solver, decoder or propagator has the purpose.</summary>
    private const uint Yardsticks = 0xFF000000;

    private readonly int size = system.Solver.Layout.Size, channels = system.Solver.Layout.Channels.Length;

    /// <summary>What forecasts are measured by, in the order of the rows after them.</summary>
    public static string[] Names { get; } = ["another realisation", "time-averaged distribution", "exact distribution"];

    /// <summary>Frames after a warm-up, at most so many, spread evenly.</summary>
    public static int[] Spread(int warm, int last, int most)
    {
        var stride = Math.Max(1, (last - warm + most - 1) / most);
        return [.. Enumerable.Range(0, (last - warm) / stride).Select(i => warm + (i + 1) * stride)];
    }

    /// <summary>Compares a member.</summary>
    /// <param name="solver">The micro solver.</param>
    /// <param name="initial">Initial fields [C·X].</param>
    /// <param name="member">The member at frame 0.</param>
    /// <param name="forecasts">Forecasts, each giving the fields [C·X] of a compared frame by its position.</param>
    /// <returns>
    /// Distances [forecasts and reference rows][frames], NaN where a distribution is not known; the true fields [frames][C·X]; CPU seconds of the micro solver.
    /// </returns>
    public (CloudDistance[][] Rows, double[][] Truth, double Cpu) Run(
        IMicroSolver solver, double[] initial, StepContext member, IReadOnlyList<Func<int, double[]>> forecasts)
    {
        var clock = new ThreadClock();
        var begin = clock.Now.Cpu;
        var truth = Simulate(solver, initial, member with { Seed = unchecked(member.Seed + TruthSeed) });
        var cpu = clock.Now.Cpu - begin;
        var other = Simulate(solver, initial, member with { Seed = unchecked(member.Seed + OtherSeed) });
        var parameters = member.ParametersOf(0).ToArray();
        var rows = Distances(truth, other, member.Seed, (uint)member.Members.Span[0], forecasts, Exactly);
        return (rows, truth, cpu);

        bool Exactly(int f, ref Philox random, double[] drawn) =>
            member.Schedules is null && system.DrawExactly(frames[f] * system.Solver.Layout.TimeStep, parameters, ref random, drawn);
    }

    /// <summary>Compares a member with samples of the exact law in the place of the micro solver's two realisations, which cost most of a comparison.</summary>
    /// <param name="member">The member at frame 0.</param>
    /// <param name="forecasts">As in <see cref="Run"/>.</param>
    /// <returns>Distances [forecasts and yardsticks][frames] and samples of the truth [frames][C·X].</returns>
    /// <exception cref="UserError">The law is not known at one of the frames.</exception>
    public (CloudDistance[][] Rows, double[][] Truth) RunExactly(StepContext member, IReadOnlyList<Func<int, double[]>> forecasts)
    {
        var parameters = member.ParametersOf(0).ToArray();
        double[][] truth = Drawn(TruthSeed), other = Drawn(OtherSeed);
        var key = (uint)member.Members.Span[0];
        var rows = Distances(truth, other, member.Seed, key, forecasts, (int _, ref Philox _, double[] _) => false); // the other sample is exact already
        return (rows, truth);

        double[][] Drawn(ulong seed) => [.. frames.Select(frame =>
        {
            var (random, drawn) = (new Philox(unchecked(member.Seed + seed), (uint)member.Members.Span[0], (uint)frame, Yardsticks), new double[size]);
            if (member.Schedules is null && system.DrawExactly(frame * system.Solver.Layout.TimeStep, parameters, ref random, drawn))
                return drawn;
            throw new UserError($"The exact distribution of '{system.Name}' is not known at frame {frame}. "
                + "Compare later frames, or use parameters for which it is known.");
        })];
    }

    /// <summary>Compares an ensemble whose members are points of a few coordinates.</summary>
    /// <param name="solver">The micro solver.</param>
    /// <param name="initial">Initial fields [C] of each member.</param>
    /// <param name="members">The members at frame 0.</param>
    /// <param name="forecast">Gives the forecast [C] of a member at a compared frame, both by position.</param>
    /// <param name="workers">Threads.</param>
    /// <param name="progress">Told when a member is done.</param>
    /// <returns>Distances [forecast and yardsticks][frames]; truth and forecast [frames][C, members]; CPU seconds of the micro solver.</returns>
    public (CloudDistance[][] Rows, double[][] Truth, double[][] Forecast, double Cpu) RunEnsemble(
        IMicroSolver solver, double[][] initial, StepContext members, Func<int, int, double[]> forecast, int workers, Action progress)
    {
        double[][] Empty() => [.. frames.Select(_ => new double[initial.Length * channels])];
        var (truth, other, predicted, cpu) = (Empty(), Empty(), Empty(), new double[initial.Length]);
        Parallel.For(0, initial.Length, new ParallelOptions { MaxDegreeOfParallelism = workers }, m =>
        {
            var (clock, own) = (new ThreadClock(), members.Slice(m, 1));
            var begin = clock.Now.Cpu;
            Put(truth, Simulate(solver, initial[m], own with { Seed = unchecked(own.Seed + TruthSeed) }));
            cpu[m] = clock.Now.Cpu - begin;
            Put(other, Simulate(solver, initial[m], own with { Seed = unchecked(own.Seed + OtherSeed) }));
            Put(predicted, [.. frames.Select((_, f) => forecast(m, f))]);
            progress();

            void Put(double[][] clouds, double[][] path)
            {
                for (var f = 0; f < frames.Length; f++)
                    for (var c = 0; c < channels; c++)
                        clouds[f][c * initial.Length + m] = path[f][c];
            }
        });
        return (Distances(truth, other, members.Seed, 0, [f => predicted[f]], (int _, ref Philox _, double[] _) => false), truth, predicted, cpu.Sum());
    }

    /// <summary>Draws a sample of the exact law at a compared frame; false where it is not known.</summary>
    private delegate bool Drawing(int frame, ref Philox random, double[] drawn);

    private CloudDistance[][] Distances(double[][] truth, double[][] other, ulong seed, uint key, IReadOnlyList<Func<int, double[]>> forecasts, Drawing exactly)
    {
        var rows = Enumerable.Range(0, forecasts.Count + Names.Length).Select(_ => new CloudDistance[frames.Length]).ToArray();
        var (drawn, points, ranges) = (new double[truth[0].Length], truth[0].Length / channels, CloudDistance.Ranges(truth, channels));
        for (var f = 0; f < frames.Length; f++)
        {
            for (var r = 0; r < forecasts.Count; r++)
                rows[r][f] = CloudDistance.Between(truth[f], forecasts[r](f), ranges);
            rows[forecasts.Count][f] = CloudDistance.Between(truth[f], other[f], ranges);
            var random = new Philox(seed, key, (uint)frames[f], Yardsticks);
            for (var i = 0; i < points; i++)
            {
                var at = other[random.NextIndex(frames.Length)];
                var j = random.NextIndex(points);
                for (var c = 0; c < channels; c++)
                    drawn[c * points + i] = at[c * points + j];
            }
            rows[forecasts.Count + 1][f] = CloudDistance.Between(truth[f], drawn, ranges);
            rows[forecasts.Count + 2][f] = exactly(f, ref random, drawn)
                ? CloudDistance.Between(truth[f], drawn, ranges) : new(double.NaN, double.NaN, double.NaN, double.NaN);
        }
        return rows;
    }

    /// <summary>The compared frames of the micro solver.</summary>
    private double[][] Simulate(IMicroSolver solver, double[] initial, in StepContext member)
    {
        var sink = new Chosen(frames, size);
        solver.AdvanceOnSchedule(solver.Lift(initial, LiftRule.Equilibrium, member), frames[^1], sink, member);
        return sink.Kept;
    }

    /// <summary>Keeps chosen frames, from frame 1 on.</summary>
    private sealed class Chosen(int[] frames, int size) : IFrameSink
    {
        private int frame = 1, next;

        public double[][] Kept { get; } = new double[frames.Length][];

        public void Add(ReadOnlySpan<double> fields)
        {
            for (; !fields.IsEmpty; fields = fields[size..], frame++)
                if (next < frames.Length && frames[next] == frame)
                    Kept[next++] = fields[..size].ToArray();
        }
    }
}

/// <summary>Forecast and reference rows compared with the micro solver as distributions.</summary>
/// <param name="Frames">Frames that were compared, [F].</param>
/// <param name="Rows">Name of the forecast or yardstick, and its distances at each of the frames, mean over members.</param>
internal sealed record LawEvaluation(int[] Frames, (string Name, CloudDistance[] Distances)[] Rows)
{
    /// <summary>Those rows whose law is known, with their mean over frames.</summary>
    public IEnumerable<(string Name, CloudDistance Mean)> Means => Rows.Where(row => double.IsFinite(row.Distances[0].Wasserstein))
        .Select(row => (row.Name, 1.0 / row.Distances.Length * row.Distances.Aggregate((a, b) => a + b)));

    /// <summary>Means over members of their distances [member][row][frame], in the order of the members.</summary>
    public static LawEvaluation Of(int[] frames, IEnumerable<string> names, IReadOnlyList<CloudDistance[][]> members)
    {
        return new(frames, [.. names.Select((name, r) => (name, frames.Select((_, f) => Mean(r, f)).ToArray()))]);

        CloudDistance Mean(int r, int f) => 1.0 / members.Count * members.Select(rows => rows[r][f]).Aggregate((a, b) => a + b);
    }
}
