using System.Collections.Immutable;
using System.Text.Json.Serialization;
using LedCluster.Host.Forecasts;
using LedCluster.Models.Checkpoints;
using LedCluster.Report;

namespace LedCluster.Host.Reproduction;

/// <summary>Reductions and propagators of developed flow past a cylinder, compared: forecasts by latents alone, and the reconstruction of the truth.</summary>
internal sealed record CylinderModelsFigure : DevelopedCylinderFigure
{
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
        [.. Named(run, Models), .. Fitted.SelectMany(family => family.Tested(run))];

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
            throw new UserError($"The figure needs at least one model, in models or fitted. Name them in the reproduce.json of study '{run.Study.Name}'.");
        var (test, table, parameters) = Simulate(run, system, Reynolds, ForecastSetup.LoadModel(run.Study, models[0].Directory.Value).Manifest);
        var (layout, truth, known) = (system.Solver.Layout, test.Truth, test.Known);
        var (frames, size) = (truth[0].Length / layout.Size - known, layout.Size);
        test.Add("time mean", "", _ => table.Mean(frames));
        test.Add("frame of another run, same phase", "", m => table.Continue(truth[m].AsSpan(0, known * size), frames));
        var baselines = test.Rows.Select(row => Row(test, row, null, null, double.NaN)).ToArray();
        var rows = models.Select(model =>
        {
            var forecast = LatentForecast.Of(run, model.Directory.Value, parameters, truth, known);
            test.Add(model.Name, "", m => forecast.Fields[m]);
            test.Add(
                model.Name, "",
                m => LatentForecast.Reconstructed(forecast.Reduction, truth[m].AsSpan(known * size), size, parameters.Context((int[])[m]).At(known)));
            var row = Row(
                test, test.Rows[^2], test.Rows[^1], forecast, CylinderTest.SecondsToDecode(forecast.Reduction, parameters, forecast.Latents[0], size));
            run.Done($"{model.Name}: MNAD {row[7].Text}, encoded and decoded {row[4].Text}");
            return row;
        }).ToArray();
        return new FigureResult(
            "reductions and propagators of the flow past a cylinder",
            FormattableString.Invariant($"{Members} members that start from different vortices (seed {Seed}), Re {Reynolds}, developed for ")
            + FormattableString.Invariant($"{Start} time units, then T_warm = {WarmTime} and a forecast of {Horizon} by latents alone; ")
            + FormattableString.Invariant($"{layout.Axes[1].Points} × {layout.Axes[0].Points} cells. ")
            + "MNAD: mean |error| over the range of each channel in training, mean over channels, frames and members; encoded and decoded is the "
            + "truth itself, without a forecast. Phase: of the lift over the last two and a half periods. "
            + FormattableString.Invariant($"Beside the wall: the same over points up to {CylinderTest.WallDistance} diameters from the cylinder. ")
            + "Drag: mean |error| of C_d, computed from the momentum absorbed by the solid faces. Training: CPU of reduction and propagator, "
            + "without the simulation of the data.",
            [
                new(FormattableString.Invariant($"Re = {Reynolds}. True St {test.Strouhal:F4}, mean C_d {test.MeanDrag:F3}."),
                    [
                        new("model"), new("reduction"), new("propagator"), new("d_z"), new("MNAD, encoded and decoded"), new("beside the wall"),
                        new("error of C_d, encoded and decoded", "% of the mean"), new("MNAD of the forecast"), new("phase error", "% of a period"),
                        new("St"),
                        new("error of C_d", "% of the mean"), new("training, CPU", "s"), new("a frame decoded, CPU", "ms"), new("numbers"),
                    ],
                    [.. baselines, .. rows]),
            ],
            []);
    }

    private static ReportCell[] Row(CylinderTest test, CylinderRow forecast, CylinderRow? kept, LatentForecast? model, double decoding)
    {
        ReportCell Mnad(CylinderRow? row) => row is null ? ReportCell.None : ReportCell.Number(row.Errors.Average(e => e.Mnad.Average()), 3);
        ReportCell Drag(CylinderRow? row) => row is null ? ReportCell.None : ReportCell.Number(100 * row.Errors.Average(e => e.Drag) / test.MeanDrag, 2);
        return
        [
            forecast.Name, model?.Manifest.Reduction.Summary ?? "–", model?.Manifest.Propagator.Summary ?? "–",
            model is null ? ReportCell.None : model.Manifest.Reduction.LatentSize, Mnad(kept),
            kept is null ? ReportCell.None : ReportCell.Number(kept.Errors.Average(e => e.Wall), 3), Drag(kept), Mnad(forecast),
            ReportCell.Number(forecast.Errors.Average(e => Math.Abs(e.Phase)), 2), ReportCell.Number(forecast.Errors.Average(e => e.Strouhal), 4),
            Drag(forecast),
            model?.Manifest.Training["cpuSeconds"] is { } seconds ? ReportCell.Number((double)seconds, 3) : ReportCell.None,
            ReportCell.Number(1e3 * decoding, 2), model is null ? ReportCell.None : model.Weights,
        ];
    }
}
