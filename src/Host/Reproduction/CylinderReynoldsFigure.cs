using System.Collections.Immutable;
using System.Text.Json.Serialization;
using LedCluster.Domain.Systems;
using LedCluster.Host.Forecasts;
using LedCluster.Metrics;
using LedCluster.Models.Checkpoints;
using LedCluster.Report;
using LedCluster.Report.Plots;

namespace LedCluster.Host.Reproduction;

/// <summary>
/// Developed flow past a cylinder at Reynolds numbers that no training had: models that receive the Reynolds number, compared with the run at the nearest
/// training number and with the interpolation between the runs at both neighbours.
/// </summary>
internal sealed record CylinderReynoldsFigure : DevelopedCylinderFigure
{
    /// <summary>Reynolds numbers to test at.</summary>
    public required double[] Reynolds { get; init; }

    /// <summary>Reynolds numbers of the training, ascending; those to test at lie between the first and the last.</summary>
    public required double[] Trained { get; init; }

    /// <summary>The study's models.</summary>
    public required string[] Models { get; init; }

    /// <inheritdoc />
    [JsonIgnore]
    public override int Cases => Models.Length;

    /// <inheritdoc />
    protected override IEnumerable<(string Model, ImmutableArray<UsedMembers>? Used)> Tested(ReproductionRun run) => Named(run, Models);

    /// <inheritdoc />
    public override FigureResult Run(ReproductionRun run)
    {
        var system = CylinderTest.SystemOf(run);
        if (Models.Length == 0 || Trained.Length < 2 || Reynolds.Any(re => !(re >= Trained[0] && re <= Trained[^1])))
            throw new UserError(
                "The figure needs at least one model, at least two numbers in trained, and each of its reynolds between the first and the last of "
                + $"these. Change them in the reproduce.json of study '{run.Study.Name}'.");
        var (layout, models) = (system.Solver.Layout, Models.Select(name => ForecastSetup.LoadModel(run.Study, run.Study.FindModel(name))).ToArray());
        var (known, frames, size) = (layout.Frames(WarmTime)!.Value + 1, layout.Frames(Horizon)!.Value, layout.Size);
        var (parameters, own) = (Parameters(Seed, [.. Reynolds.SelectMany(re => Enumerable.Repeat(re, Members))]), Parameters(Seed + 1, Trained));
        CylinderTable[] tables = [
            .. Simulate(run, 0, TableFrames, InitialConditions.Random(system, Trained.Length, own))
                .Select((path, i) => new CylinderTable(system, own.Of([i]), path, known)),
        ];
        var truth = Simulate(run, 0, known + frames, InitialConditions.Random(system, Reynolds.Length * Members, parameters));
        var forecasts = Models.Select(name => LatentForecast.Of(run, name, parameters, truth, known)).ToArray();
        double[] ranges = [.. models[0].Manifest.ChannelMaximum.Zip(models[0].Manifest.ChannelMinimum, (a, b) => a - b)];

        var tests = Reynolds.Select((re, i) =>
        {
            var first = i * Members;
            var period = OscillationPeriod.Of(CylinderTest.Series(system, parameters.Of([first]), truth[first])[1], 1, 0);
            var test = new CylinderTest(system, parameters.Of([first]), period, ranges, truth[first..(first + Members)], known);
            foreach (var (m, model) in models.Index())
            {
                test.Add(Models[m], "", member => forecasts[m].Fields[first + member], isLatent: m == 0);
                test.Add(
                    $"modes of '{Models[m]}', no forecast", "",
                    member => LatentForecast.Reconstructed(
                        model.Model.Reduction, truth[first + member].AsSpan(known * size), size, parameters.Context((int[])[first + member]).At(known)));
            }
            var nearest = tables[Trained.Index().MinBy(t => Math.Abs(t.Item - re)).Index];
            test.Add(
                FormattableString.Invariant($"run at Re {Trained.MinBy(t => Math.Abs(t - re))}"), "",
                member => nearest.Continue(test.TrueSeries[member][1][..known], nearest.Period, frames));
            var above = Math.Max(1, Array.FindIndex(Trained, t => t >= re));
            var share = (re - Trained[above - 1]) / (Trained[above] - Trained[above - 1]);
            test.Add("between both neighbours", "", member => Between(tables[above - 1], tables[above], share, test.TrueSeries[member][1][..known], frames));
            var errors = test.Rows.Select(r => $"{r.Name}: MNAD {NumberText.Significant(r.Errors.Average(e => e.Mnad.Average()), 3)}");
            run.Done(FormattableString.Invariant($"Re {re}: {string.Join("; ", errors)}"));
            return (Reynolds: re, Test: test);
        }).ToArray();
        return new FigureResult(
            "Reynolds numbers between those of the training",
            FormattableString.Invariant($"{Members} member{(Members == 1 ? "" : "s")} at each of Re {string.Join(", ", Reynolds)} (seed ")
            + FormattableString.Invariant($"{Seed}), developed for {Start} time units, then T_warm = {WarmTime} and a forecast of {Horizon}; ")
            + FormattableString.Invariant($"{layout.Axes[1].Points} × {layout.Axes[0].Points} cells. The models are trained at Re ")
            + FormattableString.Invariant($"{string.Join(", ", Trained)}. ")
            + "St by upward zeros of the lift, mean C_d and amplitude of C_l over the forecast's frames, errors in percent of the micro solver's; "
            + "MNAD: mean |error| over the range of each channel in training; phase: of the lift over the last two and a half periods. "
            + "The run at the nearest Reynolds number (the lower one of two), with another seed, continues from the phase of the lift in the known "
            + "frames with its own period; between both neighbours, period and fields of the same phase are interpolated linearly.",
            [Table(tests)], [.. tests.Where((_, i) => i == 0 || i == tests.Length - 1).Select(t => Lift(t.Reynolds, t.Test))]);

        ParameterTable Parameters(ulong seed, double[] numbers) => new(
            system.Parameters, seed, numbers.Length,
            new Dictionary<string, ParameterValues> { ["Re"] = new(0, 0, [.. numbers]), ["start"] = new(Start, Start) });
    }

    private static double[] Between(CylinderTable below, CylinderTable above, double share, double[] lift, int frames)
    {
        var period = (1 - share) * below.Period + share * above.Period;
        return [.. below.Continue(lift, period, frames).Zip(above.Continue(lift, period, frames), (a, b) => (1 - share) * a + share * b)];
    }

    private static ReportTable Table((double Reynolds, CylinderTest Test)[] tests) => new(
        "Developed flow.",
        [
            new("Re"), new("forecast"), new("St"), new("error of St", "%"), new("mean C_d"), new("error of C_d", "%"), new("amplitude of C_l"),
            new("error of C_l", "%"), new("MNAD"), new("phase error", "% of a period"),
        ],
        [
            .. tests.SelectMany(t =>
            {
                var truth = Mean(t.Test.Truth.Select((_, m) => t.Test.TrueCycle(m)));
                return t.Test.Rows.Select(
                    row => Row(
                        row.Name, Mean(row.Errors.Select(e => e.Cycle)), row.Errors.Average(e => e.Mnad.Average()), row.Errors.Average(e => Math.Abs(e.Phase))))
                    .Prepend(Row("micro solver", truth, double.NaN, double.NaN));

                ReportCell[] Row(string name, (double Strouhal, double Drag, double Lift) own, double error, double phase) =>
                [
                    ReportCell.Number(t.Reynolds), name, ReportCell.Number(own.Strouhal, 4), Percent(own.Strouhal, truth.Strouhal),
                    ReportCell.Number(own.Drag, 4), Percent(own.Drag, truth.Drag),
                    ReportCell.Number(own.Lift, 3), Percent(own.Lift, truth.Lift), ReportCell.Number(error, 3), ReportCell.Number(phase, 2),
                ];
            }),
        ]);

    private static ReportCell Percent(double own, double truth) => own.Equals(truth) ? ReportCell.None : ReportCell.Number(100 * (own / truth - 1), 2);

    private static (double Strouhal, double Drag, double Lift) Mean(IEnumerable<(double Strouhal, double Drag, double Lift)> cycles)
    {
        var all = cycles.ToArray();
        return (all.Average(c => c.Strouhal), all.Average(c => c.Drag), all.Average(c => c.Lift));
    }

    private static string Lift(double reynolds, CylinderTest test)
    {
        var latent = test.Rows.Single(row => row.IsLatent);
        double[] Times(int first, int count) => [.. Enumerable.Range(first, count).Select(k => k * test.TimeStep)];
        return new LinePlot(new("time", "t"), new("lift coefficient"),
            [
                new LineSeries("truth", Times(0, test.TrueSeries[0][1].Length), test.TrueSeries[0][1]) { Width = 3 },
                new LineSeries(latent.Name, Times(test.Known, latent.Series[1].Length), latent.Series[1]) { Dashed = true },
            ])
        { Title = new(FormattableString.Invariant($"lift coefficient, Re {reynolds}")), Size = PlotSize.Half }.ToSvg();
    }
}
