using System.Collections.Immutable;
using LedCluster.Actors;
using LedCluster.Domain.Fields;
using LedCluster.Host.Forecasts;
using LedCluster.Metrics;
using LedCluster.Models.Checkpoints;
using LedCluster.Report;
using LedCluster.Report.Plots;
using MathNet.Numerics.Interpolation;

namespace LedCluster.Host.Reproduction;

/// <summary>
/// Models in latent space compared with partial differential equations learned from the same solver: errors, error of the period, cost. Further rows have
/// the truth with a wrong period, and printed numbers.
/// </summary>
internal sealed record EquationFreeFigure : FigurePlan
{
    /// <summary>The system's reference initial condition of the first table.</summary>
    public required string Reference { get; init; }

    /// <summary>Time that models with a warm-up are given.</summary>
    public required double WarmTime { get; init; }

    /// <summary>End of all forecasts.</summary>
    public required double Horizon { get; init; }

    /// <summary>The models.</summary>
    public required ComparedModel[] Rows { get; init; }

    /// <summary>Parts by which the period of a perfect forecast is wrong.</summary>
    public double[] WrongPeriods { get; init; } = [];

    /// <summary>Printed errors that belong to none of the models.</summary>
    public PrintedErrors[] Printed { get; init; } = [];

    /// <summary>Errors above this are left out of the plots.</summary>
    public required double PlotLimit { get; init; }

    /// <inheritdoc />
    public override int Cases => 2 * Rows.Length;

    /// <inheritdoc />
    protected override IEnumerable<(string Model, ImmutableArray<UsedMembers>? Used)> Tested(ReproductionRun run) =>
        Named(run, Rows.Select(row => row.Model).Distinct());

    /// <inheritdoc />
    public override FigureResult Run(ReproductionRun run)
    {
        var (layout, reference) = (run.Study.PhysicalSystem.Solver.Layout, InitialConditions.Reference(run.Study, Reference, Seed));
        var frames = layout.Frames(Horizon)!.Value + 1;
        var longest = (int)Math.Ceiling((frames - 1) * (1 + WrongPeriods.Append(0).Max())) + 1;
        var clock = new ThreadClock();
        var begin = clock.Now.Cpu;
        var path = Simulate(run, 0, longest, reference)[0];
        var solver = (clock.Now.Cpu - begin) / (longest - 1) / layout.TimeStep;
        double[] truth = path[..(frames * layout.Size)];
        Case[] published =
        [
            .. Rows.Select(row => Measure(run, row, reference, new([truth]), Reference)),
            .. WrongPeriods.Select(
                part => new Case(
                    new ComparedModel { Label = $"truth, period wrong by {NumberText.Significant(100 * part, 2)} %", Model = "" },
                    Errors(layout, [truth], [Stretched(path, truth.Length, layout.Size, part)], 0), double.NaN, null)),
            new Case(
                new ComparedModel { Label = "mean of the truth over time", Model = "" }, Errors(layout, [truth], [Mean(truth, layout.Size)], 0),
                double.NaN, null),
        ];
        var conditions = InitialConditions.Random(run.Study, Seed, Members);
        var others = new Lazy<double[][]>(() => Simulate(run, 0, frames, conditions));
        Case[] random = [.. Rows.Select(row => Measure(run, row, conditions, others, "random"))];
        return new FigureResult(
            "latent models and coarse partial differential equations",
            $"Mean normalised absolute difference (MNAD) against the micro solver; the range is that of the truth to t = {Horizon}. All models "
            + "were trained on frames of the micro solver. They are given the initial condition alone, or, where the row says so, the true frames "
            + $"to t = {WarmTime}; "
            + $"\"first frame repeated\" gives a model with memory {layout.Frames(WarmTime)} copies of the initial condition instead. Error of the "
            + $"period: of {layout.Channels[0].Name} between upward zeros, mean over points. "
            + $"Cost: CPU time of one member and time unit, on one thread; the micro solver takes {NumberText.Significant(1e6 * solver, 3)} µs for "
            + "a single member. "
            + "A member that leaves the range in which it can be integrated counts as stopped and has no error. Printed: numbers of the paper, not "
            + "measured here; its description of the coarse equations with features F1 to F3 is not sufficient to match them with ours.",
            [
                Table(layout, $"Initial condition {Reference}, as published", published, 1, printed: true),
                Table(layout, $"{Members} random initial conditions (seed {Seed})", random, Members, printed: false),
            ],
            [.. layout.Channels.Select((channel, c) => Plot(channel, c, published))]);
    }

    private Case Measure(ReproductionRun run, ComparedModel row, InitialConditions conditions, Lazy<double[][]> truth, string test)
    {
        var layout = run.Study.PhysicalSystem.Solver.Layout;
        var (errors, seconds) = run.Kept.Get($"{test}, {row.Label}", () => Measured(run, row, conditions, truth.Value));
        run.Done(
            $"{test}, {row.Label}: MNAD "
            + $"{string.Join(", ", layout.Channels.Select((channel, c) => $"{channel.Name} {NumberText.Significant(errors[c].Late.Mean, 3)}"))}");
        return new Case(row, errors, seconds, ForecastSetup.LoadModel(run.Study, run.Study.FindModel(row.Model)).Manifest);
    }

    private Measurement Measured(ReproductionRun run, ComparedModel row, InitialConditions conditions, double[][] truth)
    {
        var layout = run.Study.PhysicalSystem.Solver.Layout;
        var warm = layout.Frames(WarmTime)!.Value;
        // A model with a warm-up is given true frames, or the initial condition in their place.
        var given = row.Known == KnownFrames.Repeated
            ? truth.Select(path => Enumerable.Repeat(path[..layout.Size], warm).SelectMany(x => x).Concat(path).ToArray()).ToArray() : truth;
        var known = row.Known == KnownFrames.Initial ? 1 : warm + 1;
        var forecast = LatentForecast.Of(run, row.Model, conditions.Parameters, given, known);
        var first = row.Known == KnownFrames.WarmUp ? warm : 0; // last frame that is known of the truth
        var result = Errors(layout, truth, [.. truth.Zip(forecast.Fields, (t, f) => t[..((first + 1) * layout.Size)].Concat(f).ToArray())], first);
        // What stops early costs less than a forecast does: there is no cost to compare then.
        var seconds = result[0].Stopped is null ? forecast.Seconds / ((given[0].Length / layout.Size - known) * layout.TimeStep) : double.NaN;
        return new(result, seconds);
    }

    /// <summary>Errors of forecasts by channel.</summary>
    /// <param name="layout">Layout of the fields.</param>
    /// <param name="truth">[member][frames, C·X].</param>
    /// <param name="forecasts">The same.</param>
    /// <param name="first">Last frame of the forecasts that was given.</param>
    private ChannelErrors[] Errors(FieldLayout layout, double[][] truth, double[][] forecasts, int first)
    {
        var (frames, size, points) = (truth[0].Length / layout.Size, layout.Size, layout.Points);
        var warm = layout.Frames(WarmTime)!.Value;
        int[] stopped = [.. forecasts.Select(path => Array.FindIndex(path, x => !double.IsFinite(x)) is >= 0 and var at ? at / size : frames)];
        int[] whole = [.. Enumerable.Range(0, truth.Length).Where(m => stopped[m] == frames)];
        var periods = whole.Select(m => PeriodError(truth[m].AsSpan(first * size), forecasts[m].AsSpan(first * size), size, points)).ToArray();
        return [.. layout.Channels.Select((_, c) =>
        {
            var all = new FieldErrors();
            for (var m = 0; m < truth.Length; m++)
                for (var f = 0; f < frames; f++)
                    all.Add(Row(truth[m], f), Row(truth[m], f));
            return new ChannelErrors(
                first == 0 ? Over(1) : new Spread([]), Over(warm + 1), new Spread(periods),
                stopped.Min() == frames ? null : stopped.Min() * layout.TimeStep, whole.Length);

            float[] Row(double[] path, int frame) => Array.ConvertAll(path[(frame * size + c * points)..(frame * size + (c + 1) * points)], x => (float)x);

            Spread Over(int from) => new([.. whole.Select(m =>
            {
                var errors = new FieldErrors();
                for (var f = from; f < frames; f++)
                    errors.Add(Row(truth[m], f), Row(forecasts[m], f));
                return all.Normalised(errors.MeanAbsolute);
            })]);
        })];
    }

    /// <summary>
    /// Relative error of the period, mean over the points of the first channel at which both have one; NaN if the forecast has none at most points.
    /// </summary>
    private static double PeriodError(ReadOnlySpan<double> truth, ReadOnlySpan<double> forecast, int size, int points)
    {
        var (errors, oscillating) = (new List<double>(), 0);
        for (var j = 0; j < points; j++)
        {
            var period = OscillationPeriod.Of(truth, size, j);
            oscillating += double.IsFinite(period) ? 1 : 0;
            if (Math.Abs(OscillationPeriod.Of(forecast, size, j) - period) / period is var error && double.IsFinite(error))
                errors.Add(error);
        }
        return 2 * errors.Count < oscillating || oscillating == 0 ? double.NaN : errors.Average();
    }

    /// <summary>The truth read at (1 + part)·t, by cubic splines through its frames.</summary>
    private static double[] Stretched(double[] path, int length, int size, double part)
    {
        var (stretched, times) = (new double[length], Enumerable.Range(0, path.Length / size).Select(f => (double)f).ToArray());
        for (var i = 0; i < size; i++)
        {
            var spline = CubicSpline.InterpolateNaturalSorted(times, [.. times.Select((_, f) => path[f * size + i])]);
            for (var f = 0; f < length / size; f++)
                stretched[f * size + i] = spline.Interpolate(f * (1 + part));
        }
        return stretched;
    }

    private static double[] Mean(double[] truth, int size)
    {
        var mean = Enumerable.Range(0, size).Select(i => Enumerable.Range(0, truth.Length / size).Average(f => truth[f * size + i])).ToArray();
        return [.. truth.Select((_, i) => mean[i % size])];
    }

    private ReportTable Table(FieldLayout layout, string caption, Case[] cases, int members, bool printed) => new(
        caption,
        [
            new("forecast"), .. layout.Channels.Select(c => new ReportColumn($"MNAD {c.Name}")),
            .. layout.Channels.Select(c => new ReportColumn($"MNAD {c.Name}, t > {NumberText.Significant(WarmTime, 3)}")),
            new("error of the period", "%"), new(members == 1 ? "stopped at" : "reached the end", members == 1 ? layout.TimeUnit : ""),
            new("cost", "µs"), new("training, CPU", "s"),
            .. printed ? layout.Channels.Select(c => new ReportColumn($"printed, {c.Name}", IsReference: true)) : [],
        ],
        [
            .. cases.Select(k => (ReportCell[])
            [
                k.Row.Label, .. k.Errors.Select(e => Cell(e.Whole)), .. k.Errors.Select(e => Cell(e.Late)),
                Cell(new Spread([.. k.Errors[0].Period.Values.Select(p => 100 * p)])),
                members == 1 ? k.Errors[0].Stopped is { } time ? ReportCell.Number(time, 4) : ReportCell.None : $"{k.Errors[0].Done} of {members}",
                ReportCell.Number(1e6 * k.Seconds, 3), ReportCell.Number(k.Manifest?.TrainingSeconds ?? double.NaN, 3),
                .. printed ? layout.Channels.Select((_, c) => (ReportCell)k.Row.Printed?[c]) : [],
            ]),
            .. printed ? Printed.Select(p => (ReportCell[])
            [
                p.Label, .. Enumerable.Repeat(ReportCell.None, 2 * layout.Channels.Length + 4), .. p.Errors.Select(e => (ReportCell)e),
            ]) : [],
        ]);

    private static ReportCell Cell(Spread spread) =>
        spread.Values.Length > 1 ? ReportCell.Number(spread.Mean, spread.Deviation) : ReportCell.Number(spread.Mean, 3);

    private string Plot(FieldChannel channel, int c, Case[] cases)
    {
        var shown = cases.Where(k => k.Errors[c].Late.Mean <= PlotLimit).ToArray();
        var omitted = shown.Length < cases.Length ? $", {cases.Length - shown.Length} rows beyond {NumberText.Significant(PlotLimit)} left out" : "";
        return new BarPlot(new($"MNAD, t > {NumberText.Significant(WarmTime, 3)}"),
            [
                .. shown.Select(k => new Bar(k.Row.Label, [new BarPart("measured", k.Errors[c].Late.Mean)]) { Printed = k.Row.Printed?[c] }),
                .. Printed.Select(p => new Bar(p.Label, [], "") { Printed = p.Errors[c] }),
            ])
        { Title = new($"{channel.LongName} {channel.Name}") { After = omitted } }.ToSvg();
    }

    /// <summary>Values over members.</summary>
    private sealed record Spread(double[] Values)
    {
        public double Mean => Values.Length == 0 ? double.NaN : Values.Average();

        public double Deviation => SampleStatistics.Deviation(Values);
    }

    /// <summary>Errors of a channel over the members that reached the end.</summary>
    /// <param name="Whole">MNAD from the first frame on; empty where true frames were given.</param>
    /// <param name="Late">MNAD after the warm-up.</param>
    /// <param name="Period">Errors of the period, as parts of it.</param>
    /// <param name="Stopped">Time at which the first member stopped; null when none did.</param>
    /// <param name="Done">Members that reached the end.</param>
    private sealed record ChannelErrors(Spread Whole, Spread Late, Spread Period, double? Stopped, int Done);

    /// <summary>What was measured of a row.</summary>
    private sealed record Measurement(ChannelErrors[] Errors, double Seconds);

    /// <summary>What a row came to.</summary>
    /// <param name="Row">The row.</param>
    /// <param name="Errors">Errors by channel.</param>
    /// <param name="Seconds">CPU seconds of a member and time unit.</param>
    /// <param name="Manifest">The model's; null for a row without model.</param>
    private sealed record Case(ComparedModel Row, ChannelErrors[] Errors, double Seconds, ModelManifest? Manifest);
}

/// <summary>What a model knows of the truth.</summary>
internal enum KnownFrames
{
    /// <summary>The initial condition.</summary>
    Initial,

    /// <summary>All frames of the warm-up.</summary>
    WarmUp,

    /// <summary>The initial condition, as often as the warm-up has frames.</summary>
    Repeated,
}

/// <summary>A row of the comparison.</summary>
internal sealed record ComparedModel
{
    /// <summary>What it is called.</summary>
    public required string Label { get; init; }

    /// <summary>The study's model.</summary>
    public required string Model { get; init; }

    /// <summary>What it knows.</summary>
    public KnownFrames Known { get; init; }

    /// <summary>Errors that the paper prints of it, by channel; null for none.</summary>
    public double[]? Printed { get; init; }
}

/// <summary>Errors that a paper prints, by channel.</summary>
internal sealed record PrintedErrors(string Label, double[] Errors);
