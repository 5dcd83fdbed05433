using System.Collections.Immutable;
using LedCluster.Domain.Systems;
using LedCluster.Host.Forecasts;
using LedCluster.Metrics;
using LedCluster.Models.Checkpoints;
using LedCluster.Report;
using LedCluster.Report.Figures;
using LedCluster.Report.Plots;
using LedCluster.Solvers.Systems;

namespace LedCluster.Host.Reproduction;

/// <summary>
/// Reconstruction and forecasts of the grid of cells by networks, beside what is had without them: the mean curve shifted by arrival
/// times, and bilinear interpolation.
/// </summary>
internal sealed record CellGridFigure : FigurePlan
{
    /// <summary>Members whose mean curve the baselines use.</summary>
    private const int CurveMembers = 20;

    /// <summary>Steps by which an arrival may be wrong and still count as right.</summary>
    private const double Right = 2;

    private static readonly CellGrid Grid = new();

    /// <summary>Time that is known; frame 0 counts.</summary>
    public required double WarmTime { get; init; }

    /// <summary>Forecast time after it.</summary>
    public required double Horizon { get; init; }

    /// <summary>The study's models.</summary>
    public required string[] Models { get; init; }

    /// <summary>The model of which a forecast is shown.</summary>
    public required string Shown { get; init; }

    /// <summary>Cells, by their indices along both axes, whose potential is shown over time.</summary>
    public int[][] Cells { get; init; } = [];

    /// <inheritdoc />
    public override int Cases => Models.Length + 2;

    /// <inheritdoc />
    protected override IEnumerable<(string Model, ImmutableArray<UsedMembers>? Used)> Tested(ReproductionRun run) => Named(run, Models);

    /// <inheritdoc />
    public override FigureResult Run(ReproductionRun run)
    {
        var system = run.Study.PhysicalSystem as CellGridSystem
            ?? throw new UserError($"Study '{run.Study.Name}' has no grid of cells. Remove this figure from its reproduce.json.");
        var layout = system.Solver.Layout;
        var (known, frames) = (layout.Frames(WarmTime)!.Value + 1, layout.Frames(Horizon)!.Value);
        var conditions = InitialConditions.Random(run.Study, Seed, Members);
        var truth = Simulate(run, 0, known + frames, conditions);
        double[][] after = [.. truth.Select(path => path[(known * layout.Size)..])];
        var members = Enumerable.Range(0, Members).Select(m => Member(system, Seed, m)).ToArray();
        var curve = new ShiftedCurve(Grid, [.. Enumerable.Range(0, CurveMembers).Select(m => Member(system, Seed + 1, m))], known + frames);
        var firings = truth.Select(path => curve.Firings(path, 0)).ToArray();

        var forecasts = Models.Select(model => LatentForecast.Of(run, model, conditions.Parameters, truth, known)).ToArray();
        var fitted = truth.Select((path, m) => curve.Fit(curve.Firings(path.AsSpan(0, known * layout.Size), 0), members[m].Speed)).ToArray();
        Case[] cases =
        [
            .. forecasts.Select(f => Measure(f.Model, f.Fields, f)),
            Measure("mean curve, firing point from the cells that have fired", [.. fitted.Select(Shifted)], null),
            Measure("mean curve, exact firing point", [.. members.Select(Shifted)], null),
        ];
        (string Name, double[][] Fields)[] reconstructions =
        [
            .. Models.Select(model => (model, truth.Select(path => Reconstruction(run, model, path)).ToArray())),
            ("bilinear, from every second cell", [.. truth.Select(path => Bilinear(path))]),
        ];
        return new FigureResult(
            "grid of cells",
            $"{Members} new firing points (seed {Seed}); frames of {layout.TimeStep} {layout.TimeUnit}. Snapshot, particle and model errors are "
            + "those of the PACS report, as root of sums over u and w; means over members, the first over frames, the second over cells. "
            + $"Mean curve: of {CurveMembers} other firing points, from the arrival on.",
            [
                new(
                    $"Reconstruction Dec(Enc(x)) of all {known + frames} frames. Arrivals as below, in the reconstruction of the true frames: the best that a "
                    + "forecast can reach.",
                    [
                        new("reduction"), new("reads"), new("d_z"), new("mean squared error"), new("RMS of u"), new("arrivals right", "%"),
                        new("median arrival error", "frames"), new("snapshot error"), new("particle error"), new("model error"),
                    ],
                    [.. reconstructions.Select((r, i) => Reconstructed(run, r.Name, i < Models.Length, r.Fields))]),
                new(
                    FormattableString.Invariant($"Forecasts of {frames} frames from {known}. Arrivals: share of the cells that fire after the known frames ")
                    + FormattableString.Invariant($"whose arrival the forecast has right to {Right} frames, and the median error."),
                    [
                        new("forecast"), new("RMS of u"), new("arrivals right", "%"), new("median arrival error", "frames"), new("snapshot error"),
                        new("particle error"), new("model error"),
                        new("weights"), new("training, CPU", "s"), new("forecast, CPU", "ms"),
                    ],
                    [
                        .. cases.Select(c => (ReportCell[])
                        [
                            c.Name, ReportCell.Number(c.Rms, 3), ReportCell.Number(100 * c.Right, 3), ReportCell.Number(c.Median, 3),
                            ReportCell.Number(c.Errors.Average(e => e.Snapshot.Average()), 3),
                            ReportCell.Number(c.Errors.Average(e => e.Point.Average()), 3), ReportCell.Number(c.Errors.Average(e => e.Model), 3),
                            c.Network is { } n ? n.Weights : ReportCell.None,
                            c.Network is { } t ? ReportCell.Number(t.Manifest.TrainingSeconds, 3) : ReportCell.None,
                            c.Network is { } s ? ReportCell.Number(1e3 * s.Seconds, 3) : ReportCell.None,
                        ]),
                    ]),
            ],
            [.. Cells.Select(Series), .. Snapshots()]);

        Case Measure(string name, double[][] fields, LatentForecast? network)
        {
            var cells = layout.Points;
            var rms = Math.Sqrt(
                after.Zip(
                    fields,
                    (t, f) => Enumerable.Range(0, frames)
                        .Average(k => Enumerable.Range(k * layout.Size, cells).Average(i => (t[i] - f[i]) * (t[i] - f[i])))).Average());
            var (right, median) = Arrivals(fields);
            run.Done($"{name}: RMS of u {NumberText.Significant(rms, 3)}, arrivals right {NumberText.Significant(100 * right, 3)} %");
            return new(name, fields, rms, right, median, [.. after.Zip(fields, (t, f) => SnapshotErrors.Of(t, f, 2, cells))], network);
        }

        (double Right, double Median) Arrivals(double[][] fields)
        {
            var errors = new List<double>();
            for (var m = 0; m < Members; m++)
            {
                var theirs = curve.Firings([.. truth[m].AsSpan((known - 1) * layout.Size, layout.Size), .. fields[m]], known - 1);
                errors.AddRange(Enumerable.Range(0, layout.Points).Where(i => firings[m][i] > (known - 1) * layout.TimeStep)
                    .Select(i => double.IsNaN(theirs[i]) ? double.PositiveInfinity : Math.Round(Math.Abs(theirs[i] - firings[m][i]) / layout.TimeStep, 6)));
            }
            errors.Sort();
            return ((double)errors.Count(e => e <= Right) / errors.Count, errors[errors.Count / 2]);
        }

        double[] Shifted(CellGridMember member)
        {
            var path = new double[frames * layout.Size];
            curve.Fill(member, known, path);
            return path;
        }

        ReportCell[] Reconstructed(ReproductionRun run, string name, bool network, double[][] fields)
        {
            var squares = truth.Zip(fields, (t, f) => t.Zip(f, (a, b) => (a - b) * (a - b)).ToArray()).ToArray();
            var errors = truth.Zip(fields, (t, f) => SnapshotErrors.Of(t, f, 2, layout.Points)).ToArray();
            var arrivals = Arrivals([.. fields.Select(path => path[(known * layout.Size)..])]);
            var shape = network ? ForecastSetup.LoadModel(run.Study, run.Study.FindModel(name)).Manifest.Reduction : null;
            return
            [
                name,
                shape is null or PlaneConvolutionalArchitecture { InputStride: 2 } or PointwiseArchitecture { InputStride: 2 }
                    ? "10 × 10" : "20 × 20",
                shape is { } reducing ? reducing.LatentSize : ReportCell.None,
                ReportCell.Number(squares.Average(s => s.Average()), 3),
                ReportCell.Number(Math.Sqrt(squares.Average(s => s.Where((_, i) => i / layout.Points % 2 == 0).Average())), 3),
                ReportCell.Number(100 * arrivals.Right, 3), ReportCell.Number(arrivals.Median, 3),
                ReportCell.Number(errors.Average(e => e.Snapshot.Average()), 3), ReportCell.Number(errors.Average(e => e.Point.Average()), 3),
                ReportCell.Number(errors.Average(e => e.Model), 3),
            ];
        }

        string Series(int[] cell)
        {
            var at = cell[0] * Grid.Side + cell[1];
            double[] Of(double[] path) => [.. Enumerable.Range(0, path.Length / layout.Size).Select(f => path[f * layout.Size + at])];
            double[] Times(int first, int count) => [.. Enumerable.Range(first, count).Select(f => f * layout.TimeStep)];
            return new LinePlot(new("time", "t", layout.TimeUnit), new("potential", "u"),
                [
                    new LineSeries("truth", Times(0, known + frames), Of(truth[0])) { Width = 3 },
                    .. cases.Select(c => new LineSeries(c.Name, Times(known, frames), Of(c.Fields[0])) { Dashed = true }),
                ])
            { Title = new($"cell ({cell[0]}, {cell[1]})") }.ToSvg();
        }

        IEnumerable<string> Snapshots() =>
            new SpaceTimeFigure(
                0, layout, [.. Enumerable.Range(known, frames).Select(f => f * layout.TimeStep)],
                Array.ConvertAll(cases.First(c => c.Name == Shown).Fields[0], x => (float)x))
        {
            Truth = Array.ConvertAll(after[0], x => (float)x),
        }.Draw().Panels.Take(8); // of u
    }

    private static CellGridMember Member(ISystem system, ulong seed, int member) =>
        new ParameterTable(system.Parameters, seed).Of([member]) is [var x, var y, var threshold, var recovery, var speed, var current]
        ? new(x, y, threshold, recovery, speed, current) : throw new InvalidOperationException("The grid of cells has six parameters.");

    private static double[] Reconstruction(ReproductionRun run, string name, double[] path)
    {
        var reduction = ForecastSetup.LoadModel(run.Study, run.Study.FindModel(name)).Model.Reduction;
        var latents = new float[path.Length / Grid.Size * reduction.LatentSize];
        var decoded = new float[path.Length];
        reduction.Encode(path, latents);
        reduction.Decode(latents, decoded, Domain.Workers.StepContext.Of(1));
        return Array.ConvertAll(decoded, x => (double)x);
    }

    /// <summary>Every cell from those with even indices, linearly along both axes; the last row and column are those before them.</summary>
    private static double[] Bilinear(double[] path)
    {
        var (side, fields) = (Grid.Side, new double[path.Length]);
        for (var i = 0; i < path.Length; i++)
        {
            var (plane, row, column) = (i / (side * side) * side * side, i / side % side, i % side);
            double At(int r, int c) => path[plane + r * side + c];
            int Low(int k) => k / 2 * 2;
            int High(int k) => Math.Min((k + 1) / 2 * 2, Low(side - 1));
            fields[i] = (At(Low(row), Low(column)) + At(Low(row), High(column)) + At(High(row), Low(column)) + At(High(row), High(column))) / 4;
        }
        return fields;
    }

    /// <summary>What a forecast came to.</summary>
    private sealed record Case(string Name, double[][] Fields, double Rms, double Right, double Median, SnapshotErrors[] Errors, LatentForecast? Network);
}
