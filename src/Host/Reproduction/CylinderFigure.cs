using System.Collections.Immutable;
using System.Text.Json.Serialization;
using LedCluster.Domain.Workers;
using LedCluster.Host.Forecasts;
using LedCluster.Models.Checkpoints;
using LedCluster.Report;
using LedCluster.Report.Colours;
using LedCluster.Report.Plots;
using LedCluster.Solvers.Flow;

namespace LedCluster.Host.Reproduction;

/// <summary>
/// Flow past a cylinder at some Reynolds numbers: Latent-LED and Multiscale-LED beside the time mean, the model's reduction without a forecast, and a training
/// frame of the same phase.
/// </summary>
internal sealed record CylinderFigure : DevelopedCylinderFigure
{
    /// <summary>Periods that the moving pictures show.</summary>
    private const double PeriodsShown = 4;

    /// <summary>The Reynolds numbers.</summary>
    public required CylinderCase[] Flows { get; init; }

    /// <inheritdoc />
    [JsonIgnore]
    public override int Cases => Flows.Length;

    /// <inheritdoc />
    protected override IEnumerable<(string Model, ImmutableArray<UsedMembers>? Used)> Tested(ReproductionRun run) =>
        [
            .. Named(run, Flows.Where(flow => flow.Fitted is null).Select(flow => flow.Model)),
            .. Flows.Where(flow => flow.Fitted is not null).SelectMany(flow => flow.Fitted!.Tested(run)),
        ];

    /// <inheritdoc />
    public override FigureResult Run(ReproductionRun run)
    {
        var system = CylinderTest.SystemOf(run);
        var tests = Flows.Select(flow =>
        {
            var test = Test(run, system, flow);
            var errors = test.Rows.Select(r => $"{r.Name}: MNAD {NumberText.Significant(r.Errors.Average(e => e.Mnad.Average()), 3)}");
            run.Done(FormattableString.Invariant($"Re {flow.Reynolds}: {string.Join("; ", errors)}"));
            return (Flow: flow, Test: test);
        }).ToArray();
        return new FigureResult(
            "flow past a cylinder",
            FormattableString.Invariant($"{Members} {(Members == 1 ? "member" : "members that start from different vortices")} (seed {Seed}), ")
            + FormattableString.Invariant($"developed for {Start} time units, ")
            + FormattableString.Invariant($"then T_warm = {WarmTime} and a forecast of {Horizon}; {system.Solver.Layout.Axes[1].Points} × ")
            + FormattableString.Invariant($"{system.Solver.Layout.Axes[0].Points} cells. ")
            + "MNAD: mean |error| over the range of each channel in training; MSE/variance: relative to the variance of the truth about its time "
            + "mean; both means over channels, frames and members. Phase: of the lift over the last two and a half periods, in hundredths of a "
            + "period. "
            + "St by upward zeros of the lift. Drag: mean |error| of C_d, computed from the momentum absorbed by the solid faces, for truth and "
            + "forecast. Time mean and phase look-up are from a run of another seed; the look-up uses the period of that run and the phase of the "
            + "lift in the known frames. "
            + "Encoded and decoded is the truth itself, without a forecast: the best that the model can reach. Printed St are bins of a transform "
            + "over T = 20, ± 0.0125. Printed speed-ups are modelled from an assumed cost of the micro solver, ours are CPU times.",
            [.. tests.SelectMany(t => (ReportTable[])[Errors(t.Flow, t.Test), t.Test.Restarts!, Costs(t.Flow, t.Test)])],
            [.. tests.SelectMany((t, i) => Plots(system, t.Flow, t.Test))]);
    }

    private CylinderTest Test(ReproductionRun run, CylinderSystem system, CylinderCase flow)
    {
        var layout = system.Solver.Layout;
        var (model, manifest) = ForecastSetup.LoadModel(
            run.Study, flow.Fitted is { } family ? family.Fit(run, family.LatentSizes[0]) : run.Study.FindModel(flow.Model));
        var (known, frames, size) = (layout.Frames(WarmTime)!.Value + 1, layout.Frames(Horizon)!.Value, layout.Size);
        if (known < model.Propagator.FramesRead)
            throw new UserError($"The model '{flow.Model}' reads {model.Propagator.FramesRead} frames, but the figure gives {known}. Raise its warmTime.");
        var (test, table, parameters) = Simulate(run, system, flow.Reynolds, manifest);
        var truth = test.Truth;
        test.Add("time mean", "–", _ => table.Mean(frames));
        test.Add(
            "truth encoded and decoded", "–", m => LatentForecast.Reconstructed(model.Reduction, truth[m].AsSpan(known * size), size, Context(m).At(known)));
        test.Add("frame of another run, same phase", "–", m => table.Continue(truth[m].AsSpan(0, known * size), frames));
        test.Add(
            "truth restarted", "0",
            m => Micro(Array.ConvertAll(truth[m].AsSpan((known - 1) * size, size).ToArray(), x => (double)(float)x), m, known - 1, frames));
        foreach (var macro in flow.MacroTimes)
            test.Add(
                "Multiscale-LED", NumberText.Significant(macro / flow.MicroTime, 2),
                m => Forecast(m, layout.Frames(macro)!.Value, layout.Frames(flow.MicroTime)!.Value));
        test.Add("Latent-LED", "∞", m => Forecast(m, frames, 0), isLatent: true);

        test.SecondsPerFrame = CylinderTest.LeastSeconds(10, () => Micro(truth[0][..size], 0, 0, 10));
        var warm = Encoded(truth[0].AsSpan(0, known * size));
        var (memory, path) = (new float[model.Propagator.MemorySize], new float[2000 * model.Propagator.LatentSize]);
        test.LatentSecondsPerFrame = CylinderTest.LeastSeconds(2000, () => model.Propagator.FeedAndRun(warm, Context(0), memory, path));
        test.DecoderSecondsPerFrame = CylinderTest.SecondsToDecode(model.Reduction, parameters, path.AsSpan(0, 50 * model.Propagator.LatentSize), size);
        test.Restarts = CylinderRestarts.Table(
            flow.Reynolds, test, size, Context,
            [
                ($"{manifest.Reduction.Summary} ('{flow.Model}')", model.Reduction),
                .. flow.Modes?.LatentSizes.Select(d => ($"{d} modes", ForecastSetup.LoadModel(run.Study, flow.Modes.Fit(run, d)).Model.Reduction)) ?? [],
            ], Micro);
        return test;

        StepContext Context(int member) => parameters.Context((int[])[member]);

        float[] Encoded(ReadOnlySpan<double> fields)
        {
            var latents = new float[fields.Length / size * model.Reduction.LatentSize];
            model.Reduction.Encode(fields, latents);
            return latents;
        }

        double[] Decoded(float[] latents, int member, int frame)
        {
            var fields = new float[latents.Length / model.Reduction.LatentSize * size];
            model.Reduction.Decode(latents, fields, Context(member).At(frame));
            return Array.ConvertAll(fields, x => (double)x);
        }

        double[] Micro(double[] start, int member, int frame, int count)
        {
            var (rows, context) = (new Rows(count * size), Context(member).At(frame));
            system.Solver.Advance(system.Solver.Lift(start, run.Study.Lift, context), count, rows, context);
            return rows.Fields;
        }

        double[] Forecast(int member, int macro, int micro) // as LedCycle: macro legs of latents, micro legs from what they decode to
        {
            run.Cancel.ThrowIfCancellationRequested();
            var (memory, fields, done) = (new float[model.Propagator.MemorySize], new double[frames * size], 0);
            var latents = Encoded(truth[member].AsSpan(0, known * size));
            while (done < frames)
            {
                var path = new float[Math.Min(macro, frames - done) * model.Propagator.LatentSize];
                model.Propagator.FeedAndRun(latents, Context(member).At(known + done), memory, path);
                var decoded = Decoded(path, member, known + done);
                decoded.CopyTo(fields, done * size);
                done += decoded.Length / size;
                if (done == frames)
                    break;
                var own = Micro(decoded[^size..], member, known + done - 1, Math.Min(micro, frames - done));
                own.CopyTo(fields, done * size);
                done += own.Length / size;
                latents = [.. path[^model.Propagator.LatentSize..], .. Encoded(own)];
            }
            return fields;
        }
    }

    private static ReportTable Errors(CylinderCase flow, CylinderTest test) => new(
        FormattableString.Invariant($"Re = {flow.Reynolds}: errors. True St {test.Strouhal:F4}, mean C_d {test.MeanDrag:F3}; period ")
        + FormattableString.Invariant($"{test.Period * test.TimeStep:F4}."),
        [
            new("forecast"), new("ρ"), new("MNAD"), .. test.Channels.Select(c => new ReportColumn($"MNAD {c}")), new("MSE/variance"),
            new("phase error", "% of a period"), new("St"), new("error of C_d", "% of the mean"),
            new("MNAD, printed", IsReference: true), new("error of C_d, printed", "%", IsReference: true), new("St, printed", IsReference: true),
        ],
        [
            .. test.Rows.Select(row => (ReportCell[])
            [
                row.Name, row.Ratio, ReportCell.Number(row.Errors.Average(e => e.Mnad.Average()), 3),
                .. test.Channels.Select((_, c) => ReportCell.Number(row.Errors.Average(e => e.Mnad[c]), 3)),
                ReportCell.Number(row.Errors.Average(e => e.Variance), 3),
                ReportCell.Number(row.Errors.Average(e => Math.Abs(e.Phase)), 2), ReportCell.Number(row.Errors.Average(e => e.Strouhal), 4),
                ReportCell.Number(100 * row.Errors.Average(e => e.Drag) / test.MeanDrag, 3),
                row.IsLatent ? flow.PrintedError : ReportCell.None, row.IsLatent ? 100 * flow.PrintedDrag : ReportCell.None,
                row.IsLatent ? flow.PrintedStrouhal : ReportCell.None,
            ]),
        ]);

    private static ReportTable Costs(CylinderCase flow, CylinderTest test) => new(
        FormattableString.Invariant($"Re = {flow.Reynolds}: CPU time per frame and member."),
        [new("work"), new("CPU", "ms"), new("micro solver over it")],
        [
            ["micro solver", ReportCell.Number(1e3 * test.SecondsPerFrame, 3), 1.0],
            ["latents alone", ReportCell.Number(1e3 * test.LatentSecondsPerFrame, 3), ReportCell.Number(test.SecondsPerFrame / test.LatentSecondsPerFrame, 3)],
            [
                "latents, each frame decoded", ReportCell.Number(1e3 * (test.LatentSecondsPerFrame + test.DecoderSecondsPerFrame), 3),
                ReportCell.Number(test.SecondsPerFrame / (test.LatentSecondsPerFrame + test.DecoderSecondsPerFrame), 3),
            ],
        ]);

    private IEnumerable<string> Plots(CylinderSystem system, CylinderCase flow, CylinderTest test)
    {
        var (layout, latent) = (system.Solver.Layout, test.Rows.Single(row => row.IsLatent));
        var (rows, columns, step) = (layout.Axes[0], layout.Axes[1], layout.TimeStep);
        // [column, row]
        float[] Vorticity(double[] path, int at) => [
            .. Enumerable.Range(0, layout.Points)
                .Select(k => (float)path[at * layout.Size + 3 * layout.Points + k % rows.Points * columns.Points + k / rows.Points]),
        ];
        var last = layout.Frames(Horizon)!.Value - 1;
        var cycle = (int)Math.Min(last + 1, Math.Round(PeriodsShown * test.Period)); // whole periods, so that the pictures go round
        (int, int, string)[] pictures = [
            (layout.Frames(Math.Min(4, Horizon))!.Value - 1, 1, ""), (last, 1, ""), (last + 1 - cycle, cycle, ", moving"),
        ];
        foreach (var (first, count, when) in pictures)
        {
            var (truth, forecast) = (Frames(test.Truth[0], test.Known + first, count), Frames(latent.First, first, count));
            float[][] error = [.. truth.Zip(forecast, (t, f) => t.Zip(f, (a, b) => b - a).ToArray())];
            (string, float[][], ColourRange)[] panels = [
                ("truth", truth, new(-10, 10, true, true)), ("Latent-LED", forecast, new(-10, 10, true, true)),
                ("error", error, ColourRange.Centred([.. error.Select(e => (ReadOnlyMemory<float>)e)])),
            ];
            foreach (var (what, fields, range) in panels)
            {
                yield return new HeatMap(
                    new(columns.LongName, columns.Name), new(rows.LongName, rows.Name), new("vorticity", "ω"), fields[0], columns.Points, rows.Points)
                {
                    Times = (columns.Origin, columns.Last), Positions = (rows.Origin, rows.Last), Range = range, Colours = ColourMap.BlueRed,
                    Size = PlotSize.Half with { Height = 256 }, Moving = count > 1 ? [.. fields.Select(f => (ReadOnlyMemory<float>)f)] : [],
                    Title = new("vorticity")
                    {
                        Symbol = "ω",
                        After = FormattableString.Invariant($", Re {flow.Reynolds}, {what}, lead {(first + count) * step:F1}{when}"),
                    },
                }.ToSvg();
            }
        }
        float[][] Frames(double[] path, int first, int count) => [.. Enumerable.Range(first, count).Select(f => Vorticity(path, f))];
        double[] Times(int first, int count) => [.. Enumerable.Range(first, count).Select(k => k * step)];
        foreach (var (name, place) in ((string, int)[])[("drag coefficient", 0), ("lift coefficient", 1)])
            yield return new LinePlot(new("time", "t"), new(name),
                [
                    new LineSeries("truth", Times(0, test.TrueSeries[0][place].Length), test.TrueSeries[0][place]) { Width = 3 },
                    new LineSeries("Latent-LED", Times(test.Known, latent.Series[place].Length), latent.Series[place]) { Dashed = true },
                ])
            { Title = new(FormattableString.Invariant($"{name}, Re {flow.Reynolds}")), Size = PlotSize.Half }.ToSvg();
    }

    private sealed class Rows(int length) : IFrameSink
    {
        private int filled;

        public double[] Fields { get; } = new double[length];

        public void Add(ReadOnlySpan<double> fields)
        {
            fields.CopyTo(Fields.AsSpan(filled));
            filled += fields.Length;
        }
    }
}

/// <summary>One Reynolds number of <see cref="CylinderFigure"/>.</summary>
/// <param name="Model">Name of the model.</param>
/// <param name="Reynolds">Re.</param>
/// <param name="MicroTime">T_μ of the multiscale forecasts.</param>
/// <param name="MacroTimes">T_m of the multiscale forecasts.</param>
/// <param name="PrintedError">Published MNAD of Latent-LED.</param>
/// <param name="PrintedDrag">Published error of C_d of Latent-LED, relative.</param>
/// <param name="PrintedStrouhal">Published St.</param>
/// <param name="Fitted">The recipe by which the model is fitted now, to the first of its latent sizes; null for a model of the study.</param>
/// <param name="Modes">Principal components that are fitted now, for restarts of the solver from them; null for none.</param>
internal sealed record CylinderCase(
    string Model, double Reynolds, double MicroTime, double[] MacroTimes, double PrintedError, double PrintedDrag, double PrintedStrouhal,
    FittedFamily? Fitted = null, FittedFamily? Modes = null);
