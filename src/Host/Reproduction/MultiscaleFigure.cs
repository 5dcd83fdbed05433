using System.Collections.Immutable;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Workers;
using LedCluster.Host.Forecasts;
using LedCluster.Models.Checkpoints;
using LedCluster.Report;
using LedCluster.Report.Plots;

namespace LedCluster.Host.Reproduction;

/// <summary>Error and speed-up of Multiscale-LED against the length of its macro legs, with Latent-LED at the end.</summary>
internal sealed record MultiscaleFigure : FigurePlan
{
    /// <summary>T_warm.</summary>
    public required double WarmTime { get; init; }

    /// <summary>Forecast time after the warm-up.</summary>
    public required double Horizon { get; init; }

    /// <summary>T_μ of the multiscale forecasts.</summary>
    public required double MicroTime { get; init; }

    /// <summary>T_m of the multiscale forecasts.</summary>
    public required double[] MacroTimes { get; init; }

    /// <summary>Ways to restart the micro solver that are compared.</summary>
    public required LiftRule[] Lifts { get; init; }

    /// <summary>Reference initial condition whose trajectory the published test cuts into windows; null where there is no such test.</summary>
    public string? WindowsOf { get; init; }

    /// <summary>The windows start at equal distances over this time.</summary>
    public double WindowSpan { get; init; }

    /// <summary>Channel of the published figures.</summary>
    public string Channel { get; init; } = "";

    /// <summary>Published MNAD.</summary>
    public PublishedFigure[] Published { get; init; } = [];

    /// <inheritdoc />
    public override int Cases => (WindowsOf is null ? 1 : 2) * (1 + Lifts.Length * MacroTimes.Length);

    /// <inheritdoc />
    protected override IEnumerable<(string Model, ImmutableArray<UsedMembers>? Used)> Tested(ReproductionRun run) =>
        [Default(run)];

    /// <inheritdoc />
    public override FigureResult Run(ReproductionRun run)
    {
        var layout = run.Study.PhysicalSystem.Solver.Layout;
        var tables = new List<ReportTable>();
        var random = InitialConditions.Random(run.Study, Seed, Members);
        if (WindowsOf is not null)
            tables.Add(Table(layout, $"{Members} windows of the {WindowsOf} trajectory, as published", Test(run, "windows", Windows(run)), published: true));
        var rows = Test(run, "new", random);
        tables.Add(Table(layout, $"{Members} new random initial conditions (seed {Seed})", rows, published: WindowsOf is null && Published.Length > 0));
        return new FigureResult(
            "error and speed-up against the length of the macro legs",
            $"Mean normalised absolute difference (MNAD) against the micro solver over t = {WarmTime} to {WarmTime + Horizon}, after a warm-up of "
            + $"{WarmTime}; T_mu = {MicroTime}. "
            + "No initial condition was trained on. Speed-up: CPU time of the micro solver alone over that of the forecast, without and with "
            + "encoder and decoder.",
            [.. tables], Plots(layout, rows));
    }

    private List<Row> Test(ReproductionRun run, string test, InitialConditions conditions)
    {
        var rows = new List<Row>();
        foreach (var (macro, lift) in (IEnumerable<(double, LiftRule)>)[.. MacroTimes.SelectMany(m => Lifts.Select(lift => (m, lift))), (0, run.Study.Lift)])
        {
            var name = macro == 0 ? "latent" : $"{macro}";
            var outcome = run.Forecast(
                macro == 0 ? $"{test}-latent" : $"{test}-{name}-{lift.ToString().ToLowerInvariant()}", run.DefaultModel, conditions, Seed,
                (WarmTime, Horizon, macro == 0 ? Horizon : macro, macro == 0 ? 0 : MicroTime), lift);
            rows.Add(new Row(name, macro == 0 ? "none" : lift.ToString().ToLowerInvariant(), macro / MicroTime, outcome));
            run.Done($"{test}, {(macro == 0 ? "latent" : $"T_m = {name}, lift {rows[^1].Lift}")}: {outcome.Text}");
        }
        return rows;
    }

    private ReportTable Table(FieldLayout layout, string caption, List<Row> rows, bool published) => new(
        caption,
        [
            new("T_m"), new("ρ"), new("lift"), .. layout.Channels.Select(c => new ReportColumn($"MNAD {c.Name}")),
            .. layout.Channels.Select(c => new ReportColumn($"correlation {c.Name}")),
            new("speed-up"), new("with enc/dec"), new("excess"),
            .. published ? (ReportColumn[])[new($"paper, {Channel}", IsReference: true), new($"reference code, {Channel}", IsReference: true)] : [],
        ],
        [
            .. rows.Select(row => (ReportCell[])
            [
                row.Case, row.Case == "latent" ? ReportCell.None : row.Ratio, row.Lift,
                .. layout.Channels.Select((_, c) => ReportCell.Number(row.Outcome.Errors?.Channels[c].Mnad ?? double.NaN, 3)),
                .. layout.Channels.Select((_, c) => ReportCell.Number(row.Outcome.Errors?.Channels[c].Correlation ?? double.NaN, 4)),
                ReportCell.Number(row.Outcome.Bare, 3), ReportCell.Number(row.Outcome.Full, 3), ReportCell.Number(row.Outcome.LargestExcess, 2),
                .. published ? (ReportCell[])[Find(row)?.Paper, Find(row)?.Reference] : [],
            ]),
        ]);

    private PublishedFigure? Find(Row row) => Published.FirstOrDefault(p => p.Case == row.Case);

    private string[] Plots(FieldLayout layout, List<Row> rows)
    {
        var shown = rows.Where(row => row.Case != "latent" && row.Outcome.Errors is not null).GroupBy(row => row.Lift).ToArray();
        return
        [
            new LinePlot(new("macro over micro time", "ρ"), new("MNAD") { Minimum = 0 },
                [
                    .. shown.SelectMany(
                        lift => layout.Channels.Select((channel, c) => Line($"{channel.Name}, {lift.Key}", lift, row => row.Outcome.Errors!.Channels[c].Mnad))),
                ])
            { Title = new("error", "a") }.ToSvg(),
            new LinePlot(new("macro over micro time", "ρ"), new("correlation") { Maximum = 1 },
                [
                    .. shown.SelectMany(
                        lift => layout.Channels.Select(
                            (channel, c) => Line($"{channel.Name}, {lift.Key}", lift, row => row.Outcome.Errors!.Channels[c].Correlation))),
                ])
            { Title = new("correlation", "b") }.ToSvg(),
            new LinePlot(new("macro over micro time", "ρ"), new("speed-up") { Minimum = 0 },
                [.. shown.Select(lift => Line($"{lift.Key}, all work", lift, row => row.Outcome.Full))])
            { Title = new("speed-up", "c") }.ToSvg(),
        ];

        static LineSeries Line(string name, IEnumerable<Row> rows, Func<Row, double> value) =>
            new(name, [.. rows.Select(row => row.Ratio)], [.. rows.Select(value)]) { Dots = true };
    }

    /// <summary>States of one reference trajectory at equal distances, as the published test has them.</summary>
    private InitialConditions Windows(ReproductionRun run)
    {
        var system = run.Study.PhysicalSystem;
        var (size, layout) = (system.Solver.Layout.Size, system.Solver.Layout);
        var (start, parameters) = (InitialConditions.Reference(run.Study, WindowsOf!, Seed).Fields([0]), run.Study.ParametersOf(Seed, Members));
        var wanted = Enumerable.Range(0, Members).Select(m => (int)(m * layout.Frames(WindowSpan)!.Value / (Members - 1.0))).ToArray();
        var windows = new double[Members * size];
        MicroSimulation.Run(system.Solver, start, wanted[^1], parameters.Context(new[] { 0 }), (first, piece) =>
        {
            for (var m = 0; m < wanted.Length; m++)
                if (wanted[m] >= first && wanted[m] < first + piece.Length / size)
                    Array.Copy(piece, (wanted[m] - first) * size, windows, m * size, size);
        });
        return InitialConditions.Given(system, windows, Seed).With(parameters);
    }

    /// <summary>One line of the table.</summary>
    private sealed record Row(string Case, string Lift, double Ratio, CaseOutcome Outcome);
}
