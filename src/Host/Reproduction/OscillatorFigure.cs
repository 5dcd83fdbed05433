using System.Collections.Immutable;
using LedCluster.Host.Forecasts;
using LedCluster.Metrics;
using LedCluster.Models.Checkpoints;
using LedCluster.Report;
using LedCluster.Report.Plots;

namespace LedCluster.Host.Reproduction;

/// <summary>Autonomous forecasts of an oscillator without space: errors, and the period of its first channel.</summary>
internal sealed record OscillatorFigure : FigurePlan
{
    /// <summary>Time that is known; frame 0 counts.</summary>
    public required double WarmTime { get; init; }

    /// <summary>Forecast time after it.</summary>
    public required double Horizon { get; init; }

    /// <summary>Period of the limit cycle; null where it differs by member.</summary>
    public double? Period { get; init; }

    /// <summary>Parameters of the members, as <c>--set</c> takes them.</summary>
    public Dictionary<string, string> Parameters { get; init; } = [];

    /// <summary>The study's models.</summary>
    public required string[] Models { get; init; }

    /// <inheritdoc />
    public override int Cases => Models.Length;

    /// <inheritdoc />
    protected override IEnumerable<(string Model, ImmutableArray<UsedMembers>? Used)> Tested(ReproductionRun run) => Named(run, Models);

    /// <inheritdoc />
    public override FigureResult Run(ReproductionRun run)
    {
        var layout = run.Study.PhysicalSystem.Solver.Layout;
        var (known, frames) = (layout.Frames(WarmTime)!.Value + 1, layout.Frames(Horizon)!.Value);
        var settings = Parameters.Select(p => $"{p.Key}={p.Value}").ToArray();
        var conditions = ParameterInput.Apply(run.Study, settings, null, Members, Seed, _ => InitialConditions.Random(run.Study, Seed, Members));
        var truth = Simulate(run, 0, known + frames, conditions);
        double[][] after = [.. truth.Select(path => path[(known * layout.Size)..])];
        var cases = Models.Select(model =>
        {
            var forecast = LatentForecast.Of(run, model, conditions.Parameters, truth, known);
            var errors = Relative(forecast.Fields);
            run.Done($"{model}: {NumberText.Significant(100 * errors.Average(e => e.Average()), 3)} % mean error");
            return (
                Forecast: forecast, Relative: errors,
                Report: after.Zip(forecast.Fields, (t, f) => SnapshotErrors.Of(t, f, layout.Channels.Length, layout.Points)).ToArray());
        }).ToArray();
        var trueRounds = after.Select(path => OscillationPeriod.Of(path, layout.Size, 0) * layout.TimeStep).ToArray();
        return new FigureResult(
            "forecasts of the oscillator",
            $"{known} frames are known, {frames} follow, of {Members} new random starts (seed "
            + $"{Seed}){(settings.Length == 0 ? "" : $" with {string.Join(", ", settings)}, spread evenly over them")}. Error: |forecast − truth| "
            + "over the channel's largest magnitude in the truth, mean over channels and frames; ± is the standard deviation over starts; worst: "
            + "mean over starts of the largest error. "
            + $"Period: between upward zeros of {layout.Channels[0].Name}, mean over starts; of the truth "
            + $"{NumberText.Significant(trueRounds.Where(double.IsFinite).Average(), 5)} with frames of "
            + $"{layout.TimeStep}{(Period is { } exact ? $", exactly {exact}" : "")}. "
            + "Snapshot, particle and model errors as defined in the PACS report (without spatial axes the last two are equal); means over starts, "
            + "the first also over frames.",
            [
                new("Forecasts.",
                    [
                        new("model"), new("mean error", "%"), new("worst", "%"), new("period", layout.TimeUnit), new("error of the period", "%"),
                        new("snapshot error"), new("particle = model error"),
                        new("weights"), new("training, CPU", "s"), new("forecast, CPU", "ms"),
                    ],
                    [
                        .. cases.Select(c =>
                        {
                            var rounds = c.Forecast.Fields.Select(path => OscillationPeriod.Of(path, layout.Size, 0) * layout.TimeStep).ToArray();
                            var means = c.Relative.Select(e => 100 * e.Average()).ToArray();
                            return (ReportCell[])
                            [
                                c.Forecast.Model, ReportCell.Number(means.Average(), SampleStatistics.Deviation(means)),
                                ReportCell.Number(100 * c.Relative.Average(e => e.Max()), 3), ReportCell.Number(rounds.Average(), 5),
                                ReportCell.Number(100 * rounds.Zip(trueRounds, (r, t) => Math.Abs(r - t) / t).Average(), 2),
                                ReportCell.Number(c.Report.Average(e => e.Snapshot.Average()), 3), ReportCell.Number(c.Report.Average(e => e.Model), 3),
                                c.Forecast.Weights, ReportCell.Number(c.Forecast.Manifest.TrainingSeconds, 3), ReportCell.Number(1e3 * c.Forecast.Seconds, 3),
                            ];
                        }),
                    ]),
            ],
            [
                .. layout.Channels.Select((channel, c) => new LinePlot(new("time", "t", layout.TimeUnit), new(channel.LongName, channel.Name, channel.Unit),
                    [
                        new LineSeries("truth", Times(0, known + frames), Channel(truth[0], c)) { Width = 3 },
                        .. cases.Select(k => new LineSeries(k.Forecast.Model, Times(known, frames), Channel(k.Forecast.Fields[0], c)) { Dashed = true }),
                    ])
                { Title = new("one start") { After = $", known to t = {NumberText.Significant(WarmTime)}" } }.ToSvg()),
                new LinePlot(new("time", "t", layout.TimeUnit), new("error, of the largest magnitude") { Logarithmic = true },
                    [
                        .. cases.Select(
                            k => new LineSeries(
                                k.Forecast.Model, Times(known, frames), [.. Enumerable.Range(0, frames).Select(f => k.Relative.Average(e => e[f]))])),
                    ])
                { Title = new($"mean over {Members} starts") }.ToSvg(),
            ]);

        double[] Times(int first, int count) => [.. Enumerable.Range(first, count).Select(f => f * layout.TimeStep)];
        double[] Channel(double[] path, int c) => [.. path.Where((_, i) => i % layout.Size == c)];

        // [member][frame], mean over channels.
        double[][] Relative(double[][] forecasts) => [.. after.Zip(forecasts, (t, f) =>
        {
            var largest = Enumerable.Range(0, layout.Size).Select(c => Channel(t, c).Max(Math.Abs)).ToArray();
            return Enumerable.Range(0, frames)
                .Select(k => Enumerable.Range(0, layout.Size).Average(c => Math.Abs(f[k * layout.Size + c] - t[k * layout.Size + c]) / largest[c])).ToArray();
        })];
    }
}
