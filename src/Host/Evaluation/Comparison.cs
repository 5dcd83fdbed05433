using LedCluster.Actors;
using LedCluster.Domain.Metrics;
using LedCluster.Domain.Workers;
using LedCluster.Host.Forecasts;
using LedCluster.Storage.Forecasts;

namespace LedCluster.Host.Evaluation;

/// <summary>A comparison under way: blocks of members write to disjoint parts of it, from several threads.</summary>
internal sealed class Comparison
{
    private readonly ForecastSetup setup;
    private readonly ForecastStore store;
    private readonly FrameSource forecast;
    private readonly int[] compared;
    private readonly int stride, size, points, last;
    private readonly double[][] finalTruth, finalForecast;
    private readonly float[] truth;
    private readonly LeadTimes[] leads;
    private readonly ClimateScale[]? scales;

    /// <summary>Begins a comparison.</summary>
    /// <param name="setup">The run.</param>
    /// <param name="store">Its output.</param>
    /// <param name="compared">Members to compare.</param>
    /// <param name="stride">Lead-time errors are kept at every such frame.</param>
    public Comparison(ForecastSetup setup, ForecastStore store, int[] compared, int stride)
    {
        (this.setup, this.store, this.compared, this.stride) = (setup, store, compared, stride);
        (size, points, last) = (setup.Layout.Size, setup.Layout.Points, setup.Schedule.Final);
        forecast = store.Source(setup.Model.Reduction);
        (finalTruth, finalForecast) = (new double[compared.Length][], new double[compared.Length][]);
        truth = new float[(last + 1) * size];
        leads = [.. setup.Layout.Channels.Select(_ => new LeadTimes(last / stride + 1, compared.Length))];
        scales = setup.Layout.Periodic ? ClimateScale.Of(setup, compared) : null;
    }

    /// <summary>Compares a block of members.</summary>
    /// <param name="members">Indices of the members.</param>
    /// <param name="position">Position of the first among the compared.</param>
    /// <param name="progress">Told the number of member-frames compared.</param>
    /// <returns>An account per channel, and the micro solver's CPU seconds.</returns>
    public (ChannelAccount[] Accounts, double Cpu) Run(int[] members, int position, Action<double> progress)
    {
        ChannelAccount[] accounts = [.. leads.Select((_, c) => new ChannelAccount(new FieldErrors(), scales?[c].Account(setup.Layout)))];
        var clock = new ThreadClock();
        var (spent, mark) = (0.0, clock.Now.Cpu);
        MicroSimulation.Run(setup.Solver, setup.InitialConditions.Fields(members), last, (first, piece) =>
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
                        piece.AsSpan((f * members.Length + m) * size, size), predicted.AsSpan((m * frames + f) * size, size), accounts);
            progress((double)frames * members.Length);
            mark = clock.Now.Cpu;
        });
        return (accounts, spent);
    }

    /// <summary>The figures, once all blocks have run.</summary>
    public EvaluationResult Conclude(ChannelAccount[] accounts, double cpu) => new(
        compared.Length,
        [.. accounts.Select((account, c) => Channel(c, account))],
        [.. Enumerable.Range(0, last / stride + 1).Select(f => f * stride)],
        cpu,
        truth);

    private void Compare(int frame, int position, ReadOnlySpan<double> y, ReadOnlySpan<float> ŷ, ChannelAccount[] accounts)
    {
        for (var c = 0; c < accounts.Length; c++)
        {
            var channel = y.Slice(c * points, points);
            var predicted = ŷ.Slice(c * points, points);
            if (frame > setup.Schedule.Warm)
            {
                accounts[c].Errors.Add(channel, predicted);
                accounts[c].Climate?.Add(position, channel, predicted);
            }
            if (frame % stride == 0)
                leads[c].Add(frame / stride, position, channel, predicted);
        }
        if (position == 0)
            for (var j = 0; j < size; j++)
                truth[frame * size + j] = (float)y[j];
        if (frame == last)
            (finalTruth[position], finalForecast[position]) = (y.ToArray(), Array.ConvertAll(ŷ.ToArray(), x => (double)x));
    }

    private ChannelEvaluation Channel(int c, ChannelAccount account)
    {
        var errors = account.Errors;
        var range = errors.Maximum - errors.Minimum;
        double[] Column(double[][] fields, int j) => [.. fields.Select(field => field[c * points + j])];
        var columns = Enumerable.Range(0, points).Select(j => (True: Column(finalTruth, j), Forecast: Column(finalForecast, j))).ToArray();
        var scores = EnsembleVerification.Score([.. ((int[])[points / 4, points / 2, 3 * points / 4]).Select(j => columns[j])]);
        return new ChannelEvaluation(
            setup.Layout.Channels[c].Name, errors, Deviation(leads[c].MeanAbsolute(FirstKept)) / range, Growth(leads[c], range),
            [.. Enumerable.Range(0, last / stride + 1).Select(leads[c].Correlation)], Valid(leads[c], errors.TrueDeviation), account.Climate,
            columns.Average(x => Distributions.Wasserstein(x.True, x.Forecast)) / range,
            columns.Average(x => Distributions.HistogramDistance(x.True, x.Forecast)),
            scores.Crps / range, scores.SpreadSkill, scores.Ranks);
    }

    private (double[], double[], double[]) Growth(LeadTimes lead, double range)
    {
        var frames = last / stride + 1;
        var (mean, lower, upper) = (new double[frames], new double[frames], new double[frames]);
        for (var f = 0; f < frames; f++)
        {
            var values = lead.Absolute(f);
            (mean[f], lower[f], upper[f]) = (values.Average() / range, values[(int)(0.05 * (values.Length - 1))] / range, values[(int)(0.95 * (values.Length - 1))] / range);
        }
        return (mean, lower, upper);
    }

    private ValidPredictionTime? Valid(LeadTimes lead, double deviation)
    {
        if (setup.Study.PhysicalSystem.LyapunovTime is not { } lyapunov)
            return null;
        var unit = stride * setup.Layout.TimeStep / lyapunov;
        double[] times = [.. lead.ValidFrames(FirstKept, ValidPredictionTime.Threshold * deviation).Select(f => f * unit)];
        return new ValidPredictionTime(times.Average(), Deviation(times));
    }

    /// <summary>The first kept frame that the warm-up does not determine, or its last one.</summary>
    private int FirstKept => Math.Min((setup.Schedule.Warm + stride - 1) / stride, last / stride);

    private static double Deviation(double[] values)
    {
        var mean = values.Average();
        return Math.Sqrt(values.Average(x => (x - mean) * (x - mean)));
    }
}
