using System.Collections.Immutable;
using LedCluster.Host.Forecasts;
using LedCluster.Models.Checkpoints;
using LedCluster.Report;
using LedCluster.Report.Plots;

namespace LedCluster.Host.Reproduction;

/// <summary>
/// Hierarchical time-stepping: forecasts by the coupled networks, by each network alone, and by other propagators (L-HiTS: Hamid et
/// al. 2024, tables 1, 3, 4 and figures 4 to 6). The loss is the paper's, the mean square over members, frames and components.
/// </summary>
internal sealed record HierarchicalFigure : FigurePlan
{
    private const string Coupled = "coupled";

    /// <summary>The study's hierarchical model.</summary>
    public required string Model { get; init; }

    /// <summary>Models of other kinds, from the same known frames.</summary>
    public string[] Others { get; init; } = [];

    /// <summary>Time that is known before the forecast; frame 0 counts. Hierarchical networks read its last frame alone.</summary>
    public required double WarmTime { get; init; }

    /// <summary>Forecast time after it.</summary>
    public required double Horizon { get; init; }

    /// <summary>Reference state that the published test starts from; null for none.</summary>
    public string? Reference { get; init; }

    /// <summary>Published mean squared errors, by step, <c>coupled</c>, or a model's name.</summary>
    public PublishedFigure[] Published { get; init; } = [];

    /// <inheritdoc />
    public override int Cases => Reference is null ? 1 : 2;

    /// <inheritdoc />
    protected override IEnumerable<(string Model, ImmutableArray<UsedMembers>? Used)> Tested(ReproductionRun run) => Named(run, Others.Prepend(Model));

    /// <inheritdoc />
    public override FigureResult Run(ReproductionRun run)
    {
        var manifest = ForecastSetup.LoadModel(run.Study, run.Study.FindModel(Model)).Manifest;
        var shape = manifest.Propagator as HierarchicalArchitecture
            ?? throw new UserError($"The model '{Model}' is no hierarchy of networks, but the figure tests one. Name a model whose propagator is of kind hits.");
        var tests = new List<(string Caption, bool IsPublished, Row[] Rows)>();
        if (Reference is { } reference)
            tests.Add(($"The trajectory of {reference}, as published", true, Rows(run, shape, InitialConditions.Reference(run.Study, reference, Seed))));
        tests.Add(($"{Members} new random initial conditions (seed {Seed})", Reference is null, Rows(run, shape, InitialConditions.Random(run.Study, Seed, Members))));
        int[] coupled = [.. shape.Coupled.IsDefault ? shape.Steps : shape.Coupled];
        return new FigureResult(
            "hierarchical time-stepping",
            $"Forecasts over {Horizon} time units after the first {WarmTime}, of which the hierarchy reads the last frame alone. Mean squared error of the fields over members, frames, points and channels. "
            + $"The training chose on its validation trajectories to couple the networks for {string.Join(", ", coupled)} frames.",
            [.. tests.Select(test => Table(test.Caption, test.IsPublished, test.Rows))],
            [.. tests.SelectMany(test => Plots(run, test.Caption, test.Rows))]);
    }

    private Row[] Rows(ReproductionRun run, HierarchicalArchitecture shape, InitialConditions conditions)
    {
        var layout = run.Study.PhysicalSystem.Solver.Layout;
        var (known, frames) = (layout.Frames(WarmTime)!.Value + 1, layout.Frames(Horizon)!.Value);
        var truth = Simulate(run, 0, known + frames, conditions);
        Row[] rows =
        [
            Test(Coupled, null, Model, p => p),
            .. shape.Steps.Order().Select(step => Test($"{step}", step, Model, _ => shape with { Coupled = [step], Tolerance = null })),
            .. Others.Select(model => Test(model, null, model, p => p)),
        ];
        run.Done($"{conditions.Members} members: coupled {NumberText.Significant(rows[0].Error, 3)}, best network alone {NumberText.Significant(rows.Where(r => r.Step is not null).Min(r => r.Error), 3)}");
        return rows;

        Row Test(string name, int? step, string model, Func<PropagatorArchitecture, PropagatorArchitecture> propagator)
        {
            var forecast = LatentForecast.Of(run, model, conditions.Parameters, truth, known, propagator);
            var growth = new double[frames]; // mean square by frame
            for (var m = 0; m < truth.Length; m++)
                for (var k = 0; k < forecast.Fields[m].Length; k++)
                {
                    var difference = forecast.Fields[m][k] - truth[m][known * layout.Size + k];
                    growth[k / layout.Size] += difference * difference / (truth.Length * layout.Size);
                }
            return new(name, step, growth.Average(), growth, forecast.Seconds);
        }
    }

    private ReportTable Table(string caption, bool published, Row[] rows) => new(
        caption,
        [new("networks"), new("mean squared error"), new("forecast, CPU", "ms"), .. published ? (ReportColumn[])[new("paper", IsReference: true)] : []],
        [
            .. rows.Select(row => (ReportCell[])
            [
                row.Step is { } step ? $"{step} alone" : row.Name, ReportCell.Number(row.Error, 3), ReportCell.Number(1e3 * row.Seconds, 3),
                .. published ? (ReportCell[])[Published.FirstOrDefault(p => p.Case == row.Name)?.Paper] : [],
            ]),
        ]);

    private IEnumerable<string> Plots(ReproductionRun run, string caption, Row[] rows)
    {
        var layout = run.Study.PhysicalSystem.Solver.Layout;
        Row[] singles = [.. rows.Where(row => row.Step is not null)];
        double[] steps = [.. singles.Select(row => (double)row.Step!)];
        yield return new LinePlot(new("step", "s", "frames") { Logarithmic = true }, new("mean squared error") { Logarithmic = true },
            [
                new LineSeries("one network alone", steps, [.. singles.Select(row => row.Error)]) { Dots = true },
                new LineSeries(Coupled, [steps[0], steps[^1]], [rows[0].Error, rows[0].Error]) { Dashed = true },
            ])
        { Title = new(caption) }.ToSvg();
        double[] times = [.. Enumerable.Range(1, rows[0].Growth.Length).Select(f => f * layout.TimeStep)];
        yield return new LinePlot(new("time", "t", layout.TimeUnit), new("mean squared error") { Logarithmic = true },
            [.. rows.Where(row => row.Step is null).Append(singles.MinBy(row => row.Error)!).Select(row => new LineSeries(row.Step is { } s ? $"{s} alone" : row.Name, times, row.Growth))])
        { Title = new(caption) }.ToSvg();
    }

    /// <summary>One line of a table.</summary>
    private sealed record Row(string Name, int? Step, double Error, double[] Growth, double Seconds);
}
