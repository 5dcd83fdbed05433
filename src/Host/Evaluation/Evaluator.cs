using LedCluster.Actors;
using LedCluster.Domain.Metrics;
using LedCluster.Domain.Workers;
using LedCluster.Host.Forecasts;
using LedCluster.Storage.Forecasts;

namespace LedCluster.Host.Evaluation;

/// <summary>Compares a finished run with the micro solver for the same initial conditions, in bounded memory.</summary>
internal static class Evaluator
{
    /// <summary>Members advanced at a time.</summary>
    private const int Block = 32;

    /// <summary>Frames at which the error's growth is kept, at most.</summary>
    private const int MostErrorFrames = 800;

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
        var comparison = new Comparison(setup, store, compared, 1 + setup.Schedule.Final / MostErrorFrames);
        var (blocks, gate, done) = (compared.Chunk(Block).ToArray(), new Lock(), 0.0);
        var errors = new FieldErrors[blocks.Length][];
        var cpu = new double[blocks.Length];
        Parallel.For(0, blocks.Length, new ParallelOptions { MaxDegreeOfParallelism = workers }, b =>
        {
            (errors[b], cpu[b]) = comparison.Run(blocks[b], b * Block, frames =>
            {
                lock (gate)
                    progress(done += frames);
            });
        });
        var total = setup.Layout.Channels.Select(_ => new FieldErrors()).ToArray();
        foreach (var block in errors) // in order, so that sums do not depend on who was first
            for (var c = 0; c < total.Length; c++)
                total[c].Add(block[c]);
        return comparison.Conclude(total, cpu.Sum());
    }

    /// <summary>The state of a comparison; blocks write to disjoint parts of it.</summary>
    private sealed class Comparison(ForecastSetup setup, ForecastStore store, int[] compared, int stride)
    {
        private readonly FrameSource forecast = store.Source(setup.Model.Reduction);
        private readonly int size = setup.Layout.Size, points = setup.Layout.Points, last = setup.Schedule.Final;
        private readonly double[][] finalTruth = new double[compared.Length][], finalForecast = new double[compared.Length][];
        private readonly float[] truth = new float[(setup.Schedule.Final + 1) * setup.Layout.Size];
        private readonly float[,,] growth = new float[setup.Layout.Channels.Length, setup.Schedule.Final / stride + 1, compared.Length];

        public (FieldErrors[] Errors, double Cpu) Run(int[] members, int position, Action<double> progress)
        {
            var errors = setup.Layout.Channels.Select(_ => new FieldErrors()).ToArray();
            var clock = new ThreadClock();
            var (spent, mark) = (0.0, clock.Now.Cpu);
            MicroSimulation.Run(setup.Study.PhysicalSystem.Solver, setup.InitialConditions.Fields(members), last, (first, piece) =>
            {
                spent += clock.Now.Cpu - mark;
                var frames = piece.Length / size / members.Length;
                var predicted = new float[piece.Length];
                forecast(members, first, frames, predicted);
                if (Array.FindIndex(predicted, x => !float.IsFinite(x)) is >= 0 and var bad)
                    throw new UserError($"'{store.Path}' has no forecast of member {members[bad / (frames * size)]} at frame {first + bad / size % frames}, although the member finished: the output is damaged. Run the forecast again.");
                for (var m = 0; m < members.Length; m++)
                    for (var f = 0; f < frames; f++)
                        Compare(first + f, position + m,
                            piece.AsSpan((f * members.Length + m) * size, size), predicted.AsSpan((m * frames + f) * size, size), errors);
                progress((double)frames * members.Length);
                mark = clock.Now.Cpu;
            });
            return (errors, spent);
        }

        private void Compare(int frame, int position, ReadOnlySpan<double> y, ReadOnlySpan<float> ŷ, FieldErrors[] errors)
        {
            for (var c = 0; c < errors.Length; c++)
            {
                var channel = y.Slice(c * points, points);
                var predicted = ŷ.Slice(c * points, points);
                if (frame > setup.Schedule.Warm)
                    errors[c].Add(channel, predicted);
                if (frame % stride == 0)
                {
                    var sum = 0.0;
                    for (var j = 0; j < points; j++)
                        sum += Math.Abs(channel[j] - predicted[j]);
                    growth[c, frame / stride, position] = (float)(sum / points);
                }
            }
            if (position == 0)
                for (var j = 0; j < size; j++)
                    truth[frame * size + j] = (float)y[j];
            if (frame == last)
                (finalTruth[position], finalForecast[position]) = (y.ToArray(), Array.ConvertAll(ŷ.ToArray(), x => (double)x));
        }

        public EvaluationResult Conclude(FieldErrors[] errors, double cpu) => new(
            compared.Length,
            [.. errors.Select((e, c) => Channel(c, e))],
            [.. Enumerable.Range(0, growth.GetLength(1)).Select(f => f * stride)],
            cpu,
            truth);

        private ChannelEvaluation Channel(int c, FieldErrors errors)
        {
            var range = errors.Maximum - errors.Minimum;
            double[] Column(double[][] fields, int j) => [.. fields.Select(field => field[c * points + j])];
            var columns = Enumerable.Range(0, points).Select(j => (True: Column(finalTruth, j), Forecast: Column(finalForecast, j))).ToArray();
            var scores = EnsembleVerification.Score([.. ((int[])[points / 4, points / 2, 3 * points / 4]).Select(j => columns[j])]);
            return new ChannelEvaluation(
                setup.Layout.Channels[c].Name, errors, Growth(c, range),
                columns.Average(x => Distributions.Wasserstein(x.True, x.Forecast)) / range,
                columns.Average(x => Distributions.HistogramDistance(x.True, x.Forecast)),
                scores.Crps / range, scores.SpreadSkill, scores.Ranks);
        }

        private (double[], double[], double[]) Growth(int c, double range)
        {
            var frames = growth.GetLength(1);
            var (mean, lower, upper) = (new double[frames], new double[frames], new double[frames]);
            for (var f = 0; f < frames; f++)
            {
                var values = Enumerable.Range(0, compared.Length).Select(m => growth[c, f, m] / range).Order().ToArray();
                (mean[f], lower[f], upper[f]) = (values.Average(), values[(int)(0.05 * (values.Length - 1))], values[(int)(0.95 * (values.Length - 1))]);
            }
            return (mean, lower, upper);
        }
    }
}
