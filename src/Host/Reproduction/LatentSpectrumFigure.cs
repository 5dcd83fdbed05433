using System.Collections.Immutable;
using LedCluster.Host.Forecasts;
using LedCluster.Metrics;
using LedCluster.Models.Checkpoints;
using LedCluster.Report;
using LedCluster.Report.Plots;

namespace LedCluster.Host.Reproduction;

/// <summary>
/// Fourier spectra of latents over time: those that models propagate on their own, beside the encoded truth. Latents without
/// their mean are weighted by sin², which keeps what is not periodic in the window from spilling into other modes.
/// </summary>
internal sealed record LatentSpectrumFigure : FigurePlan
{
    /// <summary>Part of the truth's power that lies beyond the modes that are shown.</summary>
    private const double Beyond = 1e-5;

    /// <summary>T_warm.</summary>
    public required double WarmTime { get; init; }

    /// <summary>Forecast time after the warm-up.</summary>
    public required double Horizon { get; init; }

    /// <summary>The study's models.</summary>
    public required string[] Models { get; init; }

    /// <inheritdoc />
    public override int Cases => Models.Length;

    /// <inheritdoc />
    protected override IEnumerable<(string Model, ImmutableArray<UsedMembers>? Used)> Tested(ReproductionRun run) =>
        Named(run, Models);

    /// <inheritdoc />
    public override FigureResult Run(ReproductionRun run)
    {
        var layout = run.Study.PhysicalSystem.Solver.Layout;
        var (warm, frames) = (layout.Frames(WarmTime)!.Value, layout.Frames(Horizon)!.Value);
        var unit = layout.TimeUnit == "1" ? "1" : $"1/{layout.TimeUnit}";
        var truth = new Lazy<double[][]>(() => Simulate(run, 0, warm + frames + 1));
        var cases = Models.Select(model => Measure(run, model, truth, warm, frames)).ToArray();
        return new FigureResult(
            "latent Fourier spectra",
            $"Power of the latents over {Horizon} time units after a warm-up of {WarmTime}, {Members} new random initial conditions (seed "
            + $"{Seed}): forecast by each model, and of the encoded truth. "
            + "Sums over latents, in their own units. L1: distance of the two spectra, relative to the truth's power.",
            [
                new("Latent spectra.",
                    [
                        new("model"), new("d_z"), new("reached the end"), new("power, relative to the truth's"), new("L1"),
                        new("strongest frequency", unit), new("truth's", unit),
                    ],
                    [
                        .. cases.Select(c => (ReportCell[])
                        [
                            c.Model, c.Latents, $"{c.Done} of {Members}", ReportCell.Number(c.Forecast.Sum() / c.Truth.Sum(), 3),
                            ReportCell.Number(c.Forecast.Zip(c.Truth, (f, t) => Math.Abs(f - t)).Sum() / c.Truth.Sum(), 3),
                            ReportCell.Number(Strongest(c.Forecast), 4), ReportCell.Number(Strongest(c.Truth), 4),
                        ]),
                    ]),
            ],
            [.. cases.Select(Plot)]);

        double Strongest(double[] power) => Array.IndexOf(power, power.Max()) / (frames * layout.TimeStep);

        string Plot(Case c)
        {
            var (shown, rest) = (0, c.Truth.Sum());
            for (var limit = Beyond * rest; shown < c.Truth.Length && rest > limit; shown++)
                rest -= c.Truth[shown];
            var frequencies = Enumerable.Range(1, shown - 1).Select(k => k / (frames * layout.TimeStep)).ToArray();
            return new LinePlot(new("frequency", "f", unit), new("power") { Logarithmic = true },
                [
                    new LineSeries("truth", frequencies, c.Truth[1..shown]) { Width = 3 },
                    new LineSeries(c.Model, frequencies, c.Forecast[1..shown]) { Dashed = true },
                ])
            { Title = new($"latents of {c.Model}") }.ToSvg();
        }
    }

    private Case Measure(ReproductionRun run, string name, Lazy<double[][]> truth, int warm, int frames)
    {
        var found = run.Kept.Get(name, () => Measured(run, name, truth.Value, warm, frames));
        run.Done($"{name}: power {NumberText.Significant(found.Forecast.Sum() / found.Truth.Sum(), 3)} of the truth's");
        return found;
    }

    private Case Measured(ReproductionRun run, string name, double[][] truth, int warm, int frames)
    {
        run.Cancel.ThrowIfCancellationRequested();
        var (model, _) = ForecastSetup.LoadModel(run.Study, run.Study.FindModel(name));
        var d = model.Reduction.LatentSize;
        var encoded = new float[Members][];
        Parallel.For(0, Members, new ParallelOptions { MaxDegreeOfParallelism = run.Workers, CancellationToken = run.Cancel }, m =>
            model.Reduction.Encode(truth[m], encoded[m] = new float[(warm + frames + 1) * d]));
        var known = new float[(warm + 1) * Members * d]; // [frame, member, d_z]
        for (var f = 0; f <= warm; f++)
            for (var m = 0; m < Members; m++)
                encoded[m].AsSpan(f * d, d).CopyTo(known.AsSpan((f * Members + m) * d));
        var (memory, path) = (new float[Members * model.Propagator.MemorySize], new float[frames * Members * d]);
        var context = run.Study.ParametersOf(Seed, Members).Context(Enumerable.Range(0, Members).ToArray());
        model.Propagator.Feed(known.AsSpan(0, warm * Members * d), context, memory);
        model.Propagator.Run(known.AsSpan(warm * Members * d), context.At(warm), memory, path);

        int[] done = [.. Enumerable.Range(0, Members).Where(m => path.AsSpan(((frames - 1) * Members + m) * d, d).ToArray().All(float.IsFinite))];
        var (forecast, expected) = (new double[frames / 2 + 1], new double[frames / 2 + 1]);
        for (var k = 0; k < d; k++)
        {
            double[][] Series(IEnumerable<int> members, Func<int, int, float> at) =>
                [.. members.Select(m => Enumerable.Range(0, frames).Select(f => (double)at(m, f)).ToArray())];
            var theirs = Series(Enumerable.Range(0, Members), (m, f) => encoded[m][(warm + 1 + f) * d + k]);
            Add(expected, theirs);
            Add(forecast, Series(done, (m, f) => path[(f * Members + m) * d + k]));
        }
        return new Case(name, d, done.Length, expected, forecast);
    }

    private static void Add(double[] power, double[][] series)
    {
        if (series is not [var first, ..])
            return;
        var spectrum = new PowerSpectrum(first.Length);
        foreach (var z in series)
        {
            var mean = z.Average();
            spectrum.Add([.. z.Select((value, j) => (value - mean) * Math.Sqrt(8.0 / 3) * Math.Pow(Math.Sin(Math.PI * j / z.Length), 2))]);
        }
        var means = spectrum.Mean;
        for (var i = 0; i < power.Length; i++)
            power[i] += means[i];
    }

    /// <summary>What a model came to; power by mode.</summary>
    private sealed record Case(string Model, int Latents, int Done, double[] Truth, double[] Forecast);
}
