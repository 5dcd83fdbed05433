using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Fields;
using LedCluster.Host.Forecasts;
using LedCluster.Metrics;
using LedCluster.Report.Figures;
using LedCluster.Report.Plots;
using LedCluster.Storage.Forecasts;

namespace LedCluster.Host.Evaluation;

/// <summary>
/// The figures of a report, read from the store. Long runs are shown at every n-th frame and large ensembles by a sample
/// of their members, so that time and memory stay bounded.
/// </summary>
internal sealed class ForecastFigures
{
    /// <summary>Frames shown at most; a figure has no more columns of pixels.</summary>
    private const int MostFrames = 1024;

    /// <summary>Members whose trust is summarised at most.</summary>
    private const int MostTrusted = 200;

    /// <summary>Members and frames of a density at one point at most, and numbers read for it.</summary>
    private const int MostInDensity = 200, MostDensities = 128, NumbersInDensity = 1 << 25;

    /// <summary>Members in the latent portrait at most.</summary>
    private const int MostPaths = 4;

    private readonly ForecastSetup setup;
    private readonly ForecastStore store;
    private readonly EvaluationResult? evaluation;
    private readonly int[] alive;
    private readonly int[] frames;
    private readonly double[] times;
    private readonly Phase[] allPhases;

    /// <summary>Prepares the figures of a run.</summary>
    public ForecastFigures(ForecastSetup setup, ForecastStore store, EvaluationResult? evaluation)
    {
        (this.setup, this.store, this.evaluation) = (setup, store, evaluation);
        alive = [.. store.ReadFailedLegs().Index().Where(m => m.Item < 0).Select(m => m.Index)];
        var stride = (store.Frames + MostFrames - 1) / MostFrames;
        frames = [.. Enumerable.Range(0, (store.Frames + stride - 1) / stride).Select(f => f * stride)];
        times = [.. frames.Select(Time)];
        allPhases = [.. store.Plan.SelectMany(leg => Enumerable.Repeat(leg.Phase, leg.Frames))];
    }

    private FieldLayout Layout => setup.Layout;

    private Phase[] Phases => [.. frames.Select(f => allPhases[f])];

    /// <summary>The first member that reached the end; null when none did, or there are more axes than a page shows.</summary>
    public SpaceTimeFigure? SpaceTime()
    {
        if (alive.Length == 0 || Layout.Axes.Length > 2)
            return null;
        var source = store.Source(setup.Decoder);
        var forecast = new float[frames.Length * Layout.Size];
        if (frames.Length == store.Frames)
            source([alive[0]], 0, frames.Length, forecast);
        else
            for (var i = 0; i < frames.Length; i++)
                source([alive[0]], frames[i], 1, forecast.AsSpan(i * Layout.Size, Layout.Size));
        return new(alive[0], Layout, times, forecast)
        {
            Truth = evaluation is { Truth: var truth } ? Rows(truth) : default(ReadOnlyMemory<float>?),
            Phases = Phases,
        };
    }

    /// <summary>Paths of a few members; null for a single latent.</summary>
    public LatentPortraitFigure? LatentPortrait()
    {
        if (alive.Length == 0 || store.LatentSize < 2)
            return null;
        var path = new float[store.Frames * store.LatentSize];
        return new([.. Sample(MostPaths).Select(member =>
        {
            store.ReadLatents(member, 0, store.Frames, path);
            double[] Latent(int k) => [.. frames.Select(f => (double)path[f * store.LatentSize + k])];
            return new LatentPath($"member {member}", Latent(0), Latent(1)) { Phases = Phases };
        })]);
    }

    /// <summary>Growth of the error; null before an evaluation.</summary>
    public ErrorGrowthFigure? ErrorGrowth() => evaluation is null ? null : new(
        [.. evaluation.ErrorFrames.Select(Time)], Layout.TimeUnit,
        [.. evaluation.Channels.Select(c => new ChannelError(c.Name, c.Growth.Mean) { Quantiles = new Band(c.Growth.Lower, c.Growth.Upper) })])
    {
        Phases = [.. evaluation.ErrorFrames.Select(f => allPhases[f])],
    };

    /// <summary>Correlation over lead time; null before an evaluation, and for a system that is not chaotic.</summary>
    public CorrelationFigure? Correlation()
    {
        if (evaluation is null || setup.Study.PhysicalSystem.LyapunovTime is not { } lyapunov)
            return null;
        var first = Array.FindIndex(evaluation.ErrorFrames, frame => frame >= setup.Schedule.Warm);
        return new(
            Layout, [.. evaluation.ErrorFrames[first..].Select(frame => Time(frame - setup.Schedule.Warm) / lyapunov)],
            [.. evaluation.Channels.Select(c => c.Correlation[first..])]);
    }

    /// <summary>Long-time statistics; none before an evaluation, and for a domain that is not periodic.</summary>
    public IReadOnlyList<ClimateFigure> Climates() =>
        [.. (evaluation?.Channels ?? []).Index().Where(c => c.Item.Climate is not null)
            .Select(c => new ClimateFigure(Layout.Channels[c.Index], Layout, c.Item.Climate!))];

    /// <summary>Spread of the ensemble; null for fewer than two members.</summary>
    public EnsembleSpreadFigure? EnsembleSpread()
    {
        if (alive.Length < 2)
            return null;
        var statistics = new StatisticsReader(store.Path, Layout, frames);
        var (point, mean) = (Layout.Points / 2, statistics.Mean());
        var quantiles = Enumerable.Range(0, EnsembleStatistics.Quantiles.Length).Select(statistics.Quantile).ToArray();
        double[] At(float[] values, int channel) => [.. frames.Select((_, i) => (double)values[i * Layout.Size + channel * Layout.Points + point])];
        PointSpread[] spreads =
        [
            .. Layout.Channels.Select((_, c) => new PointSpread(At(mean, c), At(quantiles[0], c), At(quantiles[^1], c))
            {
                Quartiles = (At(quantiles[1], c), At(quantiles[^2], c)),
                Median = At(quantiles[2], c),
            }),
        ];
        if (Array.Exists(spreads, spread => spread.IsGrouped))
        {
            var members = Members(point);
            spreads = [.. spreads.Select((spread, c) => spread.IsGrouped ? spread with { Members = members[c] } : spread)];
        }
        return new(Layout, times, point, spreads) { Deviation = statistics.Deviation(), Phases = Phases };
    }

    /// <summary>Values of a sample of members at a grid point, of each channel, within what may be read for it.</summary>
    private PointMembers[] Members(int point)
    {
        var (members, source) = (Sample(MostInDensity).ToArray(), store.Source(setup.Decoder));
        var shown = (int)Math.Clamp(NumbersInDensity / ((long)members.Length * Layout.Size), 2, MostDensities);
        var stride = (frames.Length + shown - 1) / shown;
        int[] at = [.. Enumerable.Range(0, (frames.Length + stride - 1) / stride).Select(i => frames[i * stride])];
        var (values, fields) = (Layout.Channels.Select(_ => new double[at.Length][]).ToArray(), new float[members.Length * Layout.Size]);
        for (var f = 0; f < at.Length; f++)
        {
            source(members, at[f], 1, fields);
            for (var c = 0; c < values.Length; c++)
                values[c][f] = [.. members.Select((_, m) => (double)fields[m * Layout.Size + c * Layout.Points + point])];
        }
        return [.. values.Select(of => new PointMembers([.. at.Select(Time)], of))];
    }

    /// <summary>The system's diagnostics; null when it has none, or no member reached the end.</summary>
    public DiagnosticsFigure? Diagnostics()
    {
        if (store.Series is not { } series || alive.Length == 0)
            return null;
        var (mean, quantiles) = store.ReadSeriesStatistics();
        double[] Quantile(int q, int d) => [.. frames.Select(f => (double)quantiles[(q * store.Frames + f) * series.Size + d])];
        double[] Mean(int d) => [.. frames.Select(f => mean[f * series.Size + d])];
        PointSpread Spread(int d) => new(Mean(d), Quantile(0, d), Quantile(EnsembleStatistics.Quantiles.Length - 1, d));
        var truth = evaluation?.Diagnostics is { Length: > 0 } known ? known : null;
        var own = (truth?.Length ?? 0) / store.Frames;
        return new(series, times, [.. series.Channels.Select((_, d) => Spread(d))])
        {
            Phases = Phases,
            Truth = [.. Enumerable.Range(0, own).Select(d => (double[])[.. frames.Select(f => truth![f * own + d])])],
        };
    }

    /// <summary>Ranks of the truth; null before an evaluation, and for fewer than three members.</summary>
    public RankHistogramFigure? Ranks() =>
        evaluation?.Channels.Select(c => c.Ranks).OfType<RankHistogram>().ToArray() is { Length: > 0 } ranks ? new(Layout, ranks) : null;

    /// <summary>Trust of the members, leg by leg; null when none reached the end.</summary>
    public TrustFigure? Trust()
    {
        if (alive.Length == 0)
            return null;
        var trust = Sample(MostTrusted).Select(store.ReadTrust).ToArray();
        return new([.. store.Plan.Select(leg => Time(leg.Last))], Layout.TimeUnit, Summary(t => t.Reconstruction), Summary(t => t.Excess))
        {
            IsLikelihood = setup.Model.Reduction.HasLikelihood,
        };

        TrustSummary Summary(Func<Trust, float> measure)
        {
            var sorted = store.Plan.Select(leg => trust.Select(legs => (double)measure(legs[leg.Index])).Where(double.IsFinite).Order().ToArray()).ToArray();
            double[] Quantile(double q) => [.. sorted.Select(s => s.Length == 0 ? double.NaN : s[(int)(q * (s.Length - 1))])];
            return new(Quantile(0.5), Quantile(0.95));
        }
    }

    private double Time(int frame) => frame * Layout.TimeStep;

    /// <summary>Members spread evenly over those that reached the end.</summary>
    private IEnumerable<int> Sample(int most)
    {
        var count = Math.Min(most, alive.Length);
        return Enumerable.Range(0, count).Select(i => alive[(int)((long)i * alive.Length / count)]);
    }

    /// <summary>The frames shown of fields [F, C·X].</summary>
    private float[] Rows(float[] fields)
    {
        var rows = new float[frames.Length * Layout.Size];
        for (var i = 0; i < frames.Length; i++)
            fields.AsSpan(frames[i] * Layout.Size, Layout.Size).CopyTo(rows.AsSpan(i * Layout.Size));
        return rows;
    }
}
