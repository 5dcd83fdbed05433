using System.Collections.Immutable;
using LedCluster.Domain.Fields;
using LedCluster.Host.Forecasts;
using LedCluster.Models.Checkpoints;
using LedCluster.Report;
using LedCluster.Report.Plots;

namespace LedCluster.Host.Reproduction;

/// <summary>Latent forecasts of several models from the same initial conditions.</summary>
internal sealed record PropagatorFigure : FigurePlan
{
    /// <summary>T_warm.</summary>
    public required double WarmTime { get; init; }

    /// <summary>Forecast time after the warm-up.</summary>
    public required double Horizon { get; init; }

    /// <summary>The study's models that are compared.</summary>
    public required string[] Models { get; init; }

    /// <summary>Published MNAD, by the models' names.</summary>
    public PublishedFigure[] Published { get; init; } = [];

    /// <inheritdoc />
    public override int Cases => Models.Length;

    /// <inheritdoc />
    protected override IEnumerable<(string Model, ImmutableArray<UsedMembers>? Used)> Tested(ReproductionRun run) =>
        Named(run, Models);

    /// <inheritdoc />
    public override FigureResult Run(ReproductionRun run)
    {
        var system = run.Study.PhysicalSystem;
        var layout = system.Solver.Layout;
        var conditions = InitialConditions.Random(run.Study, Seed, Members);
        var outcomes = new List<(string Model, CaseOutcome Outcome)>();
        foreach (var model in Models)
        {
            var outcome = run.Forecast($"model-{model}", run.Study.FindModel(model), conditions, Seed, (WarmTime, Horizon, Horizon, 0), run.Study.Lift);
            outcomes.Add((model, outcome));
            run.Done($"{model}: {outcome.Text}");
        }
        return new FigureResult(
            "propagators",
            $"Latent forecasts of {Members} new random initial conditions (seed {Seed}) over {Horizon} time units after a warm-up of {WarmTime}; "
            + "± is the standard deviation over members. "
            + "Members that did not reach the end are counted, and left out of the errors.",
            [.. layout.Channels.Select((channel, c) => Table(layout, channel, c, outcomes))],
            [.. layout.Channels.SelectMany((channel, c) => Plots(run, channel, c, outcomes))]);
    }

    private ReportTable Table(FieldLayout layout, FieldChannel channel, int c, List<(string Model, CaseOutcome Outcome)> outcomes)
    {
        var chaotic = outcomes.Any(o => o.Outcome.Errors?.Channels[c].Valid is not null);
        return new(
            $"{channel.LongName} {channel.Name}",
            [
                new("model"), new("MNAD"), new("RMSE", channel.Unit), new("correlation"),
                .. chaotic ? (ReportColumn[])[new("valid for", "T₁")] : [],
                .. layout.Periodic ? (ReportColumn[])[new("L1, derivatives"), new("truth from itself")] : [],
                new("reached the end"), new("weights"), new("training, CPU", "s"), new("paper, MNAD", IsReference: true),
            ],
            [
                .. outcomes.Select(
                    o => (IReadOnlyList<ReportCell>)[
                        o.Model, .. Cells(o.Outcome, c, chaotic, layout.Periodic), Published.FirstOrDefault(p => p.Case == o.Model)?.Paper,
                    ]),
            ]);
    }

    private ReportCell[] Cells(CaseOutcome outcome, int c, bool chaotic, bool periodic)
    {
        var e = outcome.Errors?.Channels[c];
        return
        [
            e is null ? ReportCell.None : ReportCell.Number(e.Mnad, e.MnadDeviation), e is null ? ReportCell.None : ReportCell.Number(e.Rmse, 3),
            e is null ? ReportCell.None : ReportCell.Number(e.Correlation, 4),
            .. chaotic ? (ReportCell[])[e?.Valid is { } valid ? ReportCell.Number(valid.Mean, valid.Deviation) : ReportCell.None] : [],
            .. periodic ? (ReportCell[])[e?.Climate?.DensityDistance, e?.Climate?.SelfNoise] : [],
            $"{outcome.Done} of {Members}", outcome.Weights, outcome.TrainingSeconds,
        ];
    }

    private static IEnumerable<string> Plots(ReproductionRun run, FieldChannel channel, int c, List<(string Model, CaseOutcome Outcome)> outcomes)
    {
        var layout = run.Study.PhysicalSystem.Solver.Layout;
        var shown = outcomes.Where(o => o.Outcome.Errors is not null).ToArray();
        double[] Times(CaseErrors e) => [.. e.Frames.Select(f => f * layout.TimeStep)];
        yield return new LinePlot(new("time", "t", layout.TimeUnit), new("normalised absolute error") { Minimum = 0 },
            [.. shown.Select(o => new LineSeries(o.Model, Times(o.Outcome.Errors!), o.Outcome.Errors!.Channels[c].Growth))])
        { Title = new($"error of {channel.Name}") }.ToSvg();
        if (!layout.Periodic)
            yield break;
        var modes = Enumerable.Range(1, layout.Points / 2).Select(k => (double)k).ToArray();
        LineSeries[] truth = shown is [var first, ..]
            ? [new LineSeries("truth", modes, [.. first.Outcome.Errors!.Channels[c].Climate!.TrueSpectrum.Skip(1)]) { Width = 3 }] : [];
        yield return new LinePlot(new("mode", "k"), new("mean power") { Logarithmic = true },
            [
                .. truth,
                .. shown.Select(o => new LineSeries(o.Model, modes, [.. o.Outcome.Errors!.Channels[c].Climate!.ForecastSpectrum.Skip(1)]) { Dashed = true }),
            ])
        { Title = new("power spectrum") }.ToSvg();
    }
}
