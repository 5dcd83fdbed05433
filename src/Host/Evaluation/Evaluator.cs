using LedCluster.Host.Forecasts;
using LedCluster.Metrics;
using LedCluster.Storage.Forecasts;

namespace LedCluster.Host.Evaluation;

/// <summary>Compares a finished run with the micro solver for the same initial conditions, in bounded memory.</summary>
internal static class Evaluator
{
    /// <summary>Members advanced at a time.</summary>
    private const int Block = 32;

    /// <summary>Frames at which the error's growth is kept, at most.</summary>
    private const int MostErrorFrames = 800;

    /// <summary>Frames at which laws are compared, at most.</summary>
    private const int MostLawFrames = 100;

    /// <summary>Runs the comparison.</summary>
    /// <param name="setup">The run.</param>
    /// <param name="members">Compare the first of its members; those that failed are left out.</param>
    /// <param name="workers">Threads.</param>
    /// <param name="progress">Told the number of member-frames compared.</param>
    public static EvaluationResult Evaluate(ForecastSetup setup, int members, int workers, Action<double> progress)
    {
        using var store = ForecastStore.Open(setup.Directory.OutputPath);
        var failed = store.ReadFailedLegs();
        var compared = Enumerable.Range(0, members).Where(m => failed[m] < 0).ToArray();
        if (compared.Length == 0)
            throw new UserError($"None of the first {members} members of '{setup.Directory.Path}' reached the end; there is nothing to compare.");
        if (setup.Layout.Exchangeable || setup.Study.PhysicalSystem.IsStochastic && setup.Layout.Axes.Length == 0)
            return Laws(setup, store, compared, workers, progress);
        var comparison = new Comparison(setup, store, compared, 1 + setup.Schedule.Final / MostErrorFrames);
        var (blocks, gate, done) = (compared.Chunk(Block).ToArray(), new Lock(), 0.0);
        var accounts = new ChannelAccount[blocks.Length][];
        var (cpu, diagnostics) = (new double[blocks.Length], new double[blocks.Length][]);
        Parallel.For(0, blocks.Length, new ParallelOptions { MaxDegreeOfParallelism = workers }, b =>
        {
            (accounts[b], diagnostics[b], cpu[b]) = comparison.Run(blocks[b], b * Block, frames =>
            {
                lock (gate)
                    progress(done += frames);
            });
        });
        var total = accounts[0];
        foreach (var block in accounts.Skip(1)) // in order, so that sums do not depend on who was first
            for (var c = 0; c < total.Length; c++)
                total[c].Add(block[c]);
        for (var i = 0; i < diagnostics[0].Length; i++)
            diagnostics[0][i] = diagnostics.Sum(block => block[i]) / compared.Length;
        return comparison.Conclude(total, cpu.Sum()) with { Diagnostics = diagnostics[0] };
    }

    /// <summary>Compares members of exchangeable points, or an ensemble of a stochastic system of a few coordinates, as samples of laws.</summary>
    private static EvaluationResult Laws(ForecastSetup setup, ForecastStore store, int[] compared, int workers, Action<double> progress)
    {
        var (warm, last) = (Math.Min(setup.Schedule.Warm, setup.Schedule.Final - 1), setup.Schedule.Final);
        if (last < 1)
            throw new UserError($"'{setup.Directory.Path}' has only the initial condition; there is nothing to compare. Forecast to a later --t-final.");
        var (frames, size, source) = (LawComparison.Spread(Math.Max(0, warm), last, MostLawFrames), setup.Layout.Size, store.Source(setup.Decoder));
        if (!setup.Layout.Exchangeable && compared.Length < 2)
        {
            throw new UserError($"'{setup.Study.Name}' is stochastic: its members are a sample of a distribution, which needs more than one member. "
                + "Forecast and compare at least 2, better some hundred, with --members.");
        }
        var comparison = new LawComparison(setup.Study.PhysicalSystem, frames);
        var (members, cpu, clouds) = (new CloudDistance[compared.Length][][], new double[compared.Length], default(CloudPair));
        var parameters = setup.InitialConditions.Parameters;
        var (gate, done) = (new Lock(), 0.0);
        if (!setup.Layout.Exchangeable)
        {
            double[][] initial = [.. compared.Select(m => setup.InitialConditions.Fields([m]))];
            var (rows, truth, predicted, seconds) = comparison.RunEnsemble(setup.Solver, initial, parameters.Context(compared), Forecast, workers, Done);
            return new(compared.Length, [], [], seconds, [])
            {
                Laws = LawEvaluation.Of(frames, ["forecast", .. LawComparison.Names], [rows]),
                Clouds = new(frames, truth, predicted),
            };
        }
        Parallel.For(0, compared.Length, new ParallelOptions { MaxDegreeOfParallelism = workers }, i =>
        {
            var forecasts = new double[frames.Length][];
            int[] member = [compared[i]];
            (members[i], var truth, cpu[i]) = comparison.Run(
                setup.Solver, setup.InitialConditions.Fields(member), parameters.Context(member), [f => forecasts[f] = Forecast(i, f)]);
            if (i == 0)
                clouds = new(frames, truth, forecasts);
            Done();
        });
        return new(compared.Length, [], [], cpu.Sum(), [])
        {
            Laws = LawEvaluation.Of(frames, ["forecast", .. LawComparison.Names], members),
            Clouds = clouds,
        };

        double[] Forecast(int i, int f)
        {
            var single = new float[size];
            lock (store)
                source([compared[i]], frames[f], 1, single);
            return Array.TrueForAll(single, float.IsFinite) ? Array.ConvertAll(single, x => (double)x) : throw new UserError(
                $"'{store.Path}' has no forecast of member {compared[i]} at frame {frames[f]}, although the member finished: the output is damaged. "
                + "Run the forecast again.");
        }

        void Done()
        {
            lock (gate)
                progress(done += last + 1);
        }
    }
}
