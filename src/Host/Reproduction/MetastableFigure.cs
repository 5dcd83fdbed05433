using System.Collections.Immutable;
using System.Text.Json.Serialization;
using LedCluster.Actors;
using LedCluster.Domain.Workers;
using LedCluster.Host.Forecasts;
using LedCluster.Metrics;
using LedCluster.Models.Checkpoints;
using LedCluster.Report;
using LedCluster.Report.Plots;
using LedCluster.Solvers.Langevin;

namespace LedCluster.Host.Reproduction;

/// <summary>
/// A stochastic propagator in a potential with three basins: its stationary density is compared with the exact one, its mean first-passage times with those
/// of the micro solver and of a Markov chain between the cells of a grid, estimated from the training data.
/// </summary>
internal sealed record MetastableFigure : FigurePlan
{
    /// <summary>Frames of each member.</summary>
    public required int Frames { get; init; }

    /// <summary>Known frames before a forecast, and frames left out of all figures.</summary>
    public required int Warm { get; init; }

    /// <summary>A frame is in a basin's state within this distance of its minimum.</summary>
    public required double Radius { get; init; }

    /// <summary>Cells along each axis, of the densities.</summary>
    public required int Bins { get; init; }

    /// <summary>Cells along each axis, of the Markov chain.</summary>
    public required int ChainCells { get; init; }

    /// <summary>Rectangle of the densities: x from, x to, y from, y to.</summary>
    public required double[] Box { get; init; }

    /// <inheritdoc />
    [JsonIgnore]
    public override int Cases => 4;

    /// <inheritdoc />
    protected override IEnumerable<(string Model, ImmutableArray<UsedMembers>? Used)> Tested(ReproductionRun run) => [Default(run)];

    /// <inheritdoc />
    public override FigureResult Run(ReproductionRun run)
    {
        if (run.Study.PhysicalSystem is not MuellerBrownSystem system)
            throw new UserError($"Study '{run.Study.Name}' has no Müller-Brown potential. Remove this figure from its reproduce.json.");
        var (model, manifest) = ForecastSetup.LoadModel(run.Study, run.DefaultModel);
        var clock = new ThreadClock();
        var begin = clock.Now.Cpu;
        var truth = Simulate(run, 0, Frames);
        var microSeconds = (clock.Now.Cpu - begin) / ((double)Members * Frames);
        run.Done("micro solver");
        var other = (this with { Seed = Seed + 1 }).Simulate(run, 0, Frames);
        run.Done("another realisation");
        begin = clock.Now.Cpu;
        var forecast = Forecast(model, truth);
        var seconds = (clock.Now.Cpu - begin) / ((double)Members * Frames);
        run.Done("forecast");
        var (seed, members, frames) = TrainingOptionsOf(manifest);
        var data = (this with { Seed = seed, Members = members }).Simulate(run, 0, frames);
        var chain = FirstPassages.OfChain(
            [.. data.Select(path => path.Chunk(2).Skip(Warm).Select(p => ChainCell(p[0], p[1])).ToArray())], ChainCells * ChainCells,
            [.. Enumerable.Range(0, ChainCells * ChainCells).Select(ChainState)], MuellerBrownPotential.Minima.Length);
        run.Done("Markov chain");

        var temperature = MuellerBrownSystem.Temperature(run.Study.ParametersOf(Seed, 1).Of([0]));
        double[] exact = Exact(temperature), ofTruth = Density(truth), ofOther = Density(other), ofForecast = Density(forecast), ofData = Density(data);
        var step = system.Solver.Layout.TimeStep;
        double[,] Passages(double[][] paths) => FirstPassages.Counted(paths.Select(States), 3);
        double[,] micro = Passages(truth), again = Passages(other), led = Passages(forecast);
        string[] names = ["deepest", "right", "middle"];
        int[] basins = [
            .. Enumerable.Range(0, Bins * Bins)
                .Select(c => MuellerBrownPotential.Basin(
                    Box[0] + (c / Bins + 0.5) * (Box[1] - Box[0]) / Bins, Box[2] + (c % Bins + 0.5) * (Box[3] - Box[2]) / Bins)),
        ];
        var pairs = Enumerable.Range(0, 3).SelectMany(i => Enumerable.Range(0, 3).Where(j => j != i).Select(j => (i, j))).ToArray();
        return new FigureResult(
            "metastable basins",
            FormattableString.Invariant($"{Members} members (seed {Seed}) of {Frames} frames of Δt = {step}, T = {temperature}, the first ")
            + FormattableString.Invariant($"{Warm} left out; the forecast is Latent-LED after these. Density: L1 distance of histograms of {Bins} ")
            + FormattableString.Invariant($"× {Bins} cells from exp(−V/T) by quadrature, from 0 to 2; floor: the micro solver's own, with as many ")
            + "frames. A cell belongs to the basin at which steepest descent of V ends. "
            + FormattableString.Invariant($"First passages: mean time from a frame within {Radius} of a basin's minimum until the next one within ")
            + FormattableString.Invariant($"{Radius} of another's, counted along the trajectories. The Markov chain has {ChainCells} × ")
            + FormattableString.Invariant($"{ChainCells} cells and the lag Δt, and is estimated from the model's training trajectories."),
            [
                new(
                    "Stationary density: L1 distance from the exact density, its part from the probabilities of the basins and its part from the shape of the "
                    + "density within them; and the probabilities.",
                    [new("what"), new("L1"), new("of shares"), new("within basins"), .. names.Select(name => new ReportColumn(name, "%"))],
                    [
                        Shares("exact", exact), Shares("Latent-LED", ofForecast), Shares("micro solver (floor)", ofTruth),
                        Shares("another realisation", ofOther), Shares("training data", ofData),
                    ]),
                new("Mean first-passage times.",
                [
                    new("from"), new("to"), new("micro solver"), new("another realisation"), new("Latent-LED"), new("its error", "%"),
                    new("Markov chain"), new("the chain's error", "%"),
                ],
                [
                    .. pairs.Select(p => (ReportCell[])
                    [
                        names[p.i], names[p.j], Three(step * micro[p.i, p.j]), Three(step * again[p.i, p.j]), Three(step * led[p.i, p.j]),
                        Three(100 * (led[p.i, p.j] / Mean(p) - 1)), Three(step * chain[p.i, p.j]), Three(100 * (chain[p.i, p.j] / Mean(p) - 1)),
                    ]),
                ])
                { Note = "Errors: relative to the mean of both realisations." },
                new(
                    "CPU time per frame of one member, and of the training.",
                    [new("micro solver", "µs"), new("Latent-LED", "µs"), new("speed-up"), new("training, CPU", "s")],
                    [[Three(1e6 * microSeconds), Three(1e6 * seconds), Three(microSeconds / seconds), Three(manifest.TrainingSeconds)]]),
            ],
            [Map(exact, "exact", "a"), Map(ofForecast, "Latent-LED", "b"), Map(ofTruth, "micro solver", "c"), Path(truth[0], forecast[0], step)]);

        ReportCell[] Shares(string what, double[] density)
        {
            var (own, of, within) = (BasinShares(density), BasinShares(exact), 0.0);
            for (var c = 0; c < density.Length; c++)
                within += of[basins[c]] * Math.Abs(density[c] / own[basins[c]] - exact[c] / of[basins[c]]);
            return [
                what,
                .. density == exact
                    ? (ReportCell[])[ReportCell.None, ReportCell.None, ReportCell.None] : [Three(L1(density, exact)), Three(L1(own, of)), Three(within)],
                .. own.Select(share => Three(100 * share)),
            ];
        }

        double[] BasinShares(double[] density) => [.. Enumerable.Range(0, names.Length).Select(b => density.Where((_, c) => basins[c] == b).Sum())];

        double Mean((int I, int J) p) => 0.5 * (micro[p.I, p.J] + again[p.I, p.J]);
    }

    /// <summary>Seed and members of the training, and frames of each, as its record tells.</summary>
    private static (ulong Seed, int Members, int Frames) TrainingOptionsOf(ModelManifest manifest) =>
        ((ulong)manifest.Training["seed"]!, (int)manifest.Training["recipe"]!["data"]!["members"]!, (int)manifest.Training["recipe"]!["data"]!["frames"]! + 1);

    /// <summary>Forecasts [member][frames, 2] after the known frames, which are those of the truth.</summary>
    private double[][] Forecast(EffectiveModel model, double[][] truth)
    {
        var context = new StepContext(Seed, Enumerable.Range(0, Members).ToArray(), 0);
        var d = model.Reduction.LatentSize;
        var (known, memory, path) = (new float[Warm * Members * d], new float[Members * model.Propagator.MemorySize], new float[(Frames - Warm) * Members * d]);
        for (var f = 0; f < Warm; f++)
            for (var m = 0; m < Members; m++)
                model.Reduction.Encode(truth[m].AsSpan(2 * f, 2), known.AsSpan((f * Members + m) * d, d));
        model.Propagator.FeedAndRun(known, context, memory, path);
        var fields = new float[path.Length / d * 2];
        model.Reduction.Decode(path, fields, context.At(Warm));
        return [
            .. truth.Select(
                (own, m) => (double[])[
                    .. own[..(2 * Warm)],
                    .. Enumerable.Range(0, Frames - Warm).SelectMany(f => (double[])[fields[(f * Members + m) * 2], fields[(f * Members + m) * 2 + 1]]),
                ]),
        ];
    }

    private int[] States(double[] path) => [.. path.Chunk(2).Skip(Warm).Select(p => State(p[0], p[1]))];

    private int State(double x, double y) =>
        Array.FindIndex(MuellerBrownPotential.Minima, minimum => Math.Pow(x - minimum.X, 2) + Math.Pow(y - minimum.Y, 2) < Radius * Radius);

    private int ChainCell(double x, double y) => Cell(x, y, ChainCells);

    private int ChainState(int cell) =>
        State(Box[0] + (cell / ChainCells + 0.5) * (Box[1] - Box[0]) / ChainCells, Box[2] + (cell % ChainCells + 0.5) * (Box[3] - Box[2]) / ChainCells);

    private int Cell(double x, double y, int cells) =>
        Math.Clamp((int)((x - Box[0]) / (Box[1] - Box[0]) * cells), 0, cells - 1) * cells
        + Math.Clamp((int)((y - Box[2]) / (Box[3] - Box[2]) * cells), 0, cells - 1);

    /// <summary>Shares [x, y] of the frames after the warm-up.</summary>
    private double[] Density(double[][] paths)
    {
        var (shares, count) = (new double[Bins * Bins], paths.Sum(path => path.Length / 2 - Warm));
        foreach (var path in paths)
            for (var at = 2 * Warm; at < path.Length; at += 2)
                shares[Cell(path[at], path[at + 1], Bins)] += 1.0 / count;
        return shares;
    }

    /// <summary>Shares [x, y] by quadrature of exp(−V/T) on a grid ten times finer.</summary>
    private double[] Exact(double temperature)
    {
        const int finer = 10;
        var shares = new double[Bins * Bins];
        for (var i = 0; i < Bins * finer; i++)
            for (var j = 0; j < Bins * finer; j++)
                shares[i / finer * Bins + j / finer] += Math.Exp(
                    -MuellerBrownPotential.At(
                        Box[0] + (i + 0.5) * (Box[1] - Box[0]) / (Bins * finer), Box[2] + (j + 0.5) * (Box[3] - Box[2]) / (Bins * finer)).Value / temperature);
        var sum = shares.Sum();
        return [.. shares.Select(s => s / sum)];
    }

    private static double L1(double[] p, double[] q) => p.Zip(q, (a, b) => Math.Abs(a - b)).Sum();

    private string Map(double[] shares, string what, string letter) =>
        new HeatMap(new("first coordinate", "x"), new("second coordinate", "y"), new("share of a cell"), shares.Select(s => (float)s).ToArray(), Bins, Bins)
    {
        Times = (Box[0], Box[1]),
        Positions = (Box[2], Box[3]),
        Title = new(what, letter),
        Size = PlotSize.Half with { Height = 290 },
    }.ToSvg();

    private static string Path(double[] truth, double[] forecast, double step)
    {
        var frames = Math.Min(4000, truth.Length / 2);
        LineSeries Line(string name, double[] path) =>
            new(name, [.. Enumerable.Range(0, frames).Select(f => f * step)], [.. Enumerable.Range(0, frames).Select(f => path[2 * f + 1])]) { Width = 0.8 };
        return new LinePlot(
            new("time", "t"), new("second coordinate", "y"),
            [Line("micro solver", truth), Line("Latent-LED", forecast)]) { Title = new("one member", "d"), Size = PlotSize.Half with { Height = 290 } }.ToSvg();
    }

    private static ReportCell Three(double value) => ReportCell.Number(value, 3);
}
