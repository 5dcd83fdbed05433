using System.Collections.Immutable;
using System.Text.Json.Serialization;
using LedCluster.Domain.Systems;
using LedCluster.Host.Forecasts;
using LedCluster.Models.Checkpoints;
using LedCluster.Report;

namespace LedCluster.Host.Reproduction;

/// <summary>Reductions and propagators of developed flow past a cylinder beside one another: forecasts by latents alone, and what each reduction keeps of the truth.</summary>
internal sealed record CylinderModelsFigure : FigurePlan
{
    /// <summary>T_warm.</summary>
    public required double WarmTime { get; init; }

    /// <summary>Forecast time after the warm-up.</summary>
    public required double Horizon { get; init; }

    /// <summary>Time after the impulsive start at which members begin.</summary>
    public required double Start { get; init; }

    /// <summary>Frames of the run, of another seed, from which time mean and phases are taken.</summary>
    public required int TableFrames { get; init; }

    /// <summary>Reynolds number.</summary>
    public required double Reynolds { get; init; }

    /// <summary>Recipes without networks, whose models are fitted now, in seconds each, and not kept.</summary>
    public FittedFamily[] Fitted { get; init; } = [];

    /// <summary>The study's models.</summary>
    public required string[] Models { get; init; }

    /// <inheritdoc />
    [JsonIgnore]
    public override int Cases => Models.Length + Fitted.Sum(family => family.LatentSizes.Length);

    /// <inheritdoc />
    protected override IEnumerable<(string Model, ImmutableArray<UsedMembers>? Used)> Tested(ReproductionRun run) =>
        [.. Named(run, Models), .. Fitted.SelectMany(family => family.LatentSizes.Select(size => ($"{family.Variant}-{size}", family.Trainer(run, size).RandomMembers)))];

    /// <inheritdoc />
    public override FigureResult Run(ReproductionRun run)
    {
        var system = CylinderTest.SystemOf(run);
        (string Name, Lazy<string> Directory)[] models =
        [
            .. Fitted.SelectMany(family => family.LatentSizes.Select(d => ($"{family.Variant}, d_z = {d}", new Lazy<string>(() => family.Fit(run, d))))),
            .. Models.Select(name => (name, new Lazy<string>(() => run.Study.FindModel(name)))),
        ];
        if (models.Length == 0)
            throw new UserError($"The figure needs one model or more, in models or fitted. Name them in the reproduce.json of study '{run.Study.Name}'.");
        var (layout, first) = (system.Solver.Layout, ForecastSetup.LoadModel(run.Study, models[0].Directory.Value).Manifest);
        var (known, frames, size) = (layout.Frames(WarmTime)!.Value + 1, layout.Frames(Horizon)!.Value, layout.Size);
        var values = new Dictionary<string, ParameterValues> { ["Re"] = new(Reynolds, Reynolds), ["start"] = new(Start, Start) };
        var (parameters, other) = (new ParameterTable(system.Parameters, Seed, Members, values), new ParameterTable(system.Parameters, Seed + 1, 1, values));
        var table = new CylinderTable(system, other.Of([0]), Simulate(run, 0, TableFrames, InitialConditions.Random(system, 1, other))[0], known);
        var truth = Simulate(run, 0, known + frames, InitialConditions.Random(system, Members, parameters));
        var test = new CylinderTest(system, parameters.Of([0]), table.Period, [.. first.ChannelMaximum.Zip(first.ChannelMinimum, (a, b) => a - b)], truth, known);
        test.Add("time mean", "", _ => table.Mean(frames));
        test.Add("frame of another run, same phase", "", m => table.Continue(truth[m].AsSpan(0, known * size), frames));
        var baselines = test.Rows.Select(row => Row(test, row, null, null)).ToArray();
        var rows = models.Select(model =>
        {
            var forecast = LatentForecast.Of(run, model.Directory.Value, parameters, truth, known);
            test.Add(model.Name, "", m => forecast.Fields[m]);
            test.Add(model.Name, "", m => LatentForecast.Reconstructed(forecast.Reduction, truth[m].AsSpan(known * size), size, parameters.Context((int[])[m]).At(known)));
            var row = Row(test, test.Rows[^2], test.Rows[^1], forecast);
            run.Done($"{model.Name}: MNAD {row[6].Text}, encoded and decoded {row[4].Text}");
            return row;
        }).ToArray();
        return new FigureResult(
            "reductions and propagators of the flow past a cylinder",
            FormattableString.Invariant($"{Members} members that start from other vortices (seed {Seed}), Re {Reynolds}, developed for {Start} time units, then T_warm = {WarmTime} and a forecast of {Horizon} by latents alone; {layout.Axes[1].Points} × {layout.Axes[0].Points} cells. ")
            + "MNAD: mean |error| over the range of each channel in training, mean over channels, frames and members; encoded and decoded is the truth itself, without a forecast. Phase: of the lift over the last two and a half periods. "
            + "Drag: mean |error| of C_d, by the momentum that solid faces take. Training: CPU of reduction and propagator, without the simulation of the data.",
            [
                new(FormattableString.Invariant($"Re = {Reynolds}. True St {test.Strouhal:F4}, mean C_d {test.MeanDrag:F3}."),
                    [
                        new("model"), new("reduction"), new("propagator"), new("d_z"), new("MNAD, encoded and decoded"), new("error of C_d, encoded and decoded", "% of the mean"), new("MNAD of the forecast"), new("phase error", "% of a period"), new("St"),
                        new("error of C_d", "% of the mean"), new("training, CPU", "s"), new("numbers"),
                    ],
                    [.. baselines, .. rows]),
            ],
            []);
    }

    private static ReportCell[] Row(CylinderTest test, CylinderRow forecast, CylinderRow? kept, LatentForecast? model)
    {
        ReportCell Mnad(CylinderRow? row) => row is null ? ReportCell.None : ReportCell.Number(row.Errors.Average(e => e.Mnad.Average()), 3);
        ReportCell Drag(CylinderRow? row) => row is null ? ReportCell.None : ReportCell.Number(100 * row.Errors.Average(e => e.Drag) / test.MeanDrag, 2);
        return
        [
            forecast.Name, model?.Manifest.Reduction.Summary ?? "–", model?.Manifest.Propagator.Summary ?? "–", model is null ? ReportCell.None : model.Manifest.Reduction.LatentSize, Mnad(kept), Drag(kept), Mnad(forecast),
            ReportCell.Number(forecast.Errors.Average(e => Math.Abs(e.Phase)), 2), ReportCell.Number(forecast.Errors.Average(e => e.Strouhal), 4), Drag(forecast),
            model?.Manifest.Training["cpuSeconds"] is { } seconds ? ReportCell.Number((double)seconds, 3) : ReportCell.None, model is null ? ReportCell.None : model.Weights,
        ];
    }
}
