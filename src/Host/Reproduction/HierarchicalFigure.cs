using System.Collections.Immutable;
using LedCluster.Domain.Fields;
using LedCluster.Host.Forecasts;
using LedCluster.Metrics;
using LedCluster.Models.Checkpoints;
using LedCluster.Report;
using LedCluster.Report.Figures;
using LedCluster.Report.Plots;

namespace LedCluster.Host.Reproduction;

/// <summary>
/// Hierarchical time-stepping: forecasts by the coupled networks, by each network alone, and by other models, with what they cost (L-HiTS:
/// Hamid et al. 2024, tables 2 to 4 and figures 4 to 6). The loss is the paper's, the mean square over members, frames and components.
/// </summary>
internal sealed record HierarchicalFigure : FigurePlan
{
    private const string Coupled = "coupled";

    /// <summary>The study's hierarchical model.</summary>
    public required string Model { get; init; }

    /// <summary>Models of other kinds, or other hierarchical ones, from the same known frames.</summary>
    public string[] Others { get; init; } = [];

    /// <summary>Time that is known before the forecast; frame 0 counts. Hierarchical networks read its last frame alone.</summary>
    public required double WarmTime { get; init; }

    /// <summary>Forecast time after it.</summary>
    public required double Horizon { get; init; }

    /// <summary>Reference state that the published test starts from; null for none.</summary>
    public string? Reference { get; init; }

    /// <summary>Whether the members are those that the model was trained on, as in the paper's test of Kuramoto-Sivashinsky; the figure says so.</summary>
    public bool InSample { get; init; }

    /// <summary>Published mean squared errors, by step, <c>coupled</c>, or a model's name.</summary>
    public PublishedFigure[] Published { get; init; } = [];

    /// <summary>Published seconds of training and of a forecast with the choice of steps, by model.</summary>
    public PublishedCost[] PublishedCosts { get; init; } = [];

    /// <inheritdoc />
    public override int Cases => Reference is null ? 1 : 2;

    /// <inheritdoc />
    protected override IEnumerable<(string Model, ImmutableArray<UsedMembers>? Used)> Tested(ReproductionRun run) =>
        InSample ? [] : Named(run, Others.Prepend(Model));

    /// <inheritdoc />
    public override FigureResult Run(ReproductionRun run)
    {
        var manifest = ForecastSetup.LoadModel(run.Study, run.Study.FindModel(Model)).Manifest;
        var shape = manifest.Propagator as HierarchicalArchitecture
            ?? throw new UserError(
                $"The model '{Model}' is not a hierarchy of networks, which the figure needs. Name a model whose propagator is of kind hits.");
        var random = InitialConditions.Random(run.Study, Seed, Members);
        var members = InSample ? "trajectories of the training, in-sample as published" : "new random initial conditions";
        (string Caption, InitialConditions Conditions, bool IsPublished)[] tests = Reference is { } reference
            ? [
                ($"The trajectory of {reference}, as published", InitialConditions.Reference(run.Study, reference, Seed), true),
                ($"{Members} new random initial conditions (seed {Seed})", random, false),
            ]
            : [($"{Members} {members} (seed {Seed})", random, true)];
        int[] coupled = [.. shape.Coupled.IsDefault ? shape.Steps : shape.Coupled];
        var (tables, plots) = (new List<ReportTable>(), new List<string>());
        foreach (var (caption, conditions, isPublished) in tests)
        {
            var (test, rows) = Forecasts(run, shape, conditions);
            tables.Add(Errors(caption, isPublished && Published.Length > 0, rows, test.IndependentError()));
            if (isPublished)
                tables.Add(Costs(run, test, rows));
            plots.AddRange(Plots(run, caption, test, rows));
        }
        return new FigureResult(
            $"hierarchical time-stepping{(InSample ? ", in-sample" : "")}, {run.Study.Name}",
            $"Forecasts over {Horizon} time units after the first {WarmTime}, of which the hierarchy reads only the last frame. Mean squared "
            + "error of the fields over members, frames, points and channels, and of the latents in units of their variance. "
            + (InSample ? "The networks were trained on these members: this repeats the published split, which tests memory and not forecasting. " : "")
            + $"On its {(InSample ? "own" : "validation")} trajectories the training chose to couple the networks for {string.Join(", ", coupled)} frames.",
            [.. tables], [.. plots]);
    }

    private (HierarchicalTest Test, HierarchicalCase[] Rows) Forecasts(ReproductionRun run, HierarchicalArchitecture shape, InitialConditions conditions)
    {
        var layout = run.Study.PhysicalSystem.Solver.Layout;
        var (known, frames) = (layout.Frames(WarmTime)!.Value + 1, layout.Frames(Horizon)!.Value);
        var test = new HierarchicalTest(run, Simulate(run, 0, known + frames, conditions), conditions, known);
        HierarchicalCase[] rows =
        [
            test.Of(Coupled, null, Model),
            .. shape.Steps.Order().Select(step => test.Of($"{step}", step, Model, _ => shape with { Coupled = [step], Tolerance = null })),
            .. Others.Select(model => test.Of(model, null, model)),
        ];
        run.Done(
            $"{conditions.Members} members: mean squared error, coupled {NumberText.Significant(rows[0].Error, 3)}, best network alone "
            + $"{NumberText.Significant(rows.Where(r => r.Step is not null).Min(r => r.Rank), 3)}");
        return (test, rows);
    }

    private ReportTable Errors(string caption, bool published, HierarchicalCase[] rows, double independent)
    {
        var chaotic = rows[0].Valid.All(double.IsFinite);
        return new(
            caption,
            [
                new("networks"), new("mean squared error"), new("of the latents"), .. chaotic ? (ReportColumn[])[new("valid for", "T₁")] : [],
                new("forecast, CPU", "ms"),
                .. published ? (ReportColumn[])[new("paper", IsReference: true)] : [],
            ],
            [
                .. rows.Select(row => (ReportCell[])
                [
                    row.Step is { } step ? $"{step} alone" : row.Name, ReportCell.Number(row.Error, 3), ReportCell.Number(row.LatentError, 3),
                    .. chaotic ? (ReportCell[])[ReportCell.Number(row.Valid.Average(), SampleStatistics.Deviation(row.Valid))] : [],
                    ReportCell.Number(1e3 * row.Forecast.Seconds, 3),
                    .. published ? (ReportCell[])[Published.FirstOrDefault(p => p.Case == row.Name)?.Paper] : [],
                ]),
                .. double.IsNaN(independent) ? [] : (ReportCell[][])
                [
                    [
                        "a different true trajectory", ReportCell.Number(independent, 3), ReportCell.None,
                        .. chaotic ? [ReportCell.None] : (ReportCell[])[], ReportCell.None, .. published ? [ReportCell.None] : (ReportCell[])[],
                    ],
                ],
            ]);
    }

    /// <summary>Table 2 of the paper.</summary>
    private ReportTable Costs(ReproductionRun run, HierarchicalTest test, HierarchicalCase[] rows) => new(
        "Cost per member, CPU of one thread; a forecast includes encoder and decoder, the choice of steps does not",
        [
            new("model"), new("weights"), new("training", "s"), new("forecast", "s"), new("choice of steps", "s"), new("mean squared error"),
            new("paper: training", "s", IsReference: true), new("paper: choice and forecast", "s", IsReference: true),
        ],
        [
            .. rows.Where(row => row.Step is null).Select(row =>
            {
                var name = row.Name == Coupled ? Model : row.Name;
                var paper = PublishedCosts.FirstOrDefault(p => p.Model == name);
                return (ReportCell[])
                [
                    name, row.Forecast.Weights, ReportCell.Number(row.Forecast.Manifest.TrainingSeconds, 3), ReportCell.Number(row.Forecast.Seconds, 3),
                    row.Forecast.Manifest.Propagator is HierarchicalArchitecture { Tolerance: null }
                        ? ReportCell.Number(test.ChoiceSeconds(name), 3) : ReportCell.None, ReportCell.Number(row.Error, 3),
                    paper?.Training, paper?.Forecast,
                ];
            }),
        ]);

    private IEnumerable<string> Plots(ReproductionRun run, string caption, HierarchicalTest test, HierarchicalCase[] rows)
    {
        var layout = run.Study.PhysicalSystem.Solver.Layout;
        HierarchicalCase[] singles = [.. rows.Where(row => row.Step is not null)];
        double[] steps = [.. singles.Select(row => (double)row.Step!)];
        double[] times = [.. Enumerable.Range(1, rows[0].Growth.Length).Select(f => f * layout.TimeStep)];
        yield return new LinePlot(new("step", "s", "frames") { Logarithmic = true }, new("mean squared error") { Logarithmic = true },
            [
                new LineSeries("one network alone", steps, [.. singles.Select(row => row.Error)]) { Dots = true },
                new LineSeries(Coupled, [steps[0], steps[^1]], [rows[0].Error, rows[0].Error]) { Dashed = true },
            ])
        { Title = new(caption) }.ToSvg();
        yield return new LinePlot(new("time", "t", layout.TimeUnit), new("mean squared error") { Logarithmic = true },
            [
                .. rows.Where(row => row.Step is null).Append(singles.MinBy(row => row.Rank)!)
                    .Select(row => new LineSeries(row.Step is { } s ? $"{s} alone" : row.Name, times, row.Growth)),
            ])
        { Title = new(caption) }.ToSvg();
        var (latents, maps) = test.Encoded(Model);
        var (d, members) = (maps[0].Size, test.Truth.Length);
        for (var k = 0; k < Math.Min(d, 4); k++)
            yield return new LinePlot(new("time", "t", layout.TimeUnit), new($"latent {k + 1}"),
                [
                    new LineSeries("encoded truth", times, [.. times.Select((_, f) => (double)latents[(f + 1) * members * d + k])]) { Width = 3 },
                    new LineSeries(Coupled, times, [.. times.Select((_, f) => (double)rows[0].Forecast.Latents[0][f * d + k])]) { Dashed = true },
                ])
            { Title = new($"{caption}: first member") }.ToSvg();
        foreach (var panel in Fields(layout, times, test, rows[0]))
            yield return panel;
    }

    private static IEnumerable<string> Fields(FieldLayout layout, double[] times, HierarchicalTest test, HierarchicalCase coupled)
    {
        var forecast = Array.ConvertAll(coupled.Forecast.Fields[0], x => (float)x);
        var truth = Array.ConvertAll(test.Truth[0][^forecast.Length..], x => (float)x);
        return layout.Axes.Length == 0 ? [] : new SpaceTimeFigure(0, layout, times, forecast) { Truth = truth }.Draw().Panels;
    }
}

/// <summary>What a published model cost.</summary>
/// <param name="Model">Name of ours that stands beside it.</param>
/// <param name="Training">Seconds of training.</param>
/// <param name="Forecast">Seconds of a forecast with the choice of steps.</param>
internal sealed record PublishedCost(string Model, double Training, double Forecast);
