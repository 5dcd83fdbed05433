using System.Collections.Immutable;
using LedCluster.Domain.Workers;
using LedCluster.Host.Forecasts;
using LedCluster.Models.Checkpoints;
using LedCluster.Report;
using LedCluster.Report.Plots;

namespace LedCluster.Host.Reproduction;

/// <summary>Reconstruction error of reductions against their latent dimension, on trajectories that no training has seen.</summary>
internal sealed record ReconstructionFigure : FigurePlan
{
    /// <summary>Time of each trajectory that is left out, until it is where the models are used.</summary>
    public required double SkipTime { get; init; }

    /// <summary>Time of each trajectory that is reconstructed.</summary>
    public required double Time { get; init; }

    /// <summary>Models of the study by family, in the order of their latent dimension.</summary>
    public required Dictionary<string, string[]> Families { get; init; }

    /// <summary>Families that are fitted anew, without gradients and in seconds each, and of which no model is kept.</summary>
    public Dictionary<string, FittedFamily> Fitted { get; init; } = [];

    /// <summary>Published mean squared errors, by the models' names.</summary>
    public PublishedFigure[] Published { get; init; } = [];

    /// <inheritdoc />
    public override int Cases => Families.Values.Sum(models => models.Length) + Fitted.Values.Sum(family => family.LatentSizes.Length);

    /// <inheritdoc />
    protected override IEnumerable<(string Model, ImmutableArray<UsedMembers>? Used)> Tested(ReproductionRun run) =>
        [
            .. Named(run, Families.Values.SelectMany(models => models)),
            .. Fitted.Values.SelectMany(family => family.Tested(run)),
        ];

    /// <inheritdoc />
    public override FigureResult Run(ReproductionRun run)
    {
        var layout = run.Study.PhysicalSystem.Solver.Layout;
        var frames = new Lazy<double[][]>(() => Simulate(run, layout.Frames(SkipTime)!.Value + 1, layout.Frames(Time)!.Value));
        (string Name, Case[] Cases)[] families =
        [
            .. Families.Select(family => (family.Key, family.Value.Select(model => Measure(run, model, () => run.Study.FindModel(model), frames)).ToArray())),
            .. Fitted.Select(
                family => (
                    family.Key,
                    family.Value.LatentSizes.Select(size => Measure(run, $"{family.Value.Variant}-{size}", () => family.Value.Fit(run, size), frames))
                        .ToArray())),
        ];
        return new FigureResult(
            "reconstruction against the latent dimension",
            $"Mean squared error of Dec(Enc(x)) over {Members} new trajectories (seed {Seed}) from t = {SkipTime} to {SkipTime + Time}, in units "
            + "of each channel's training range; ± is the standard deviation over trajectories. "
            + "Numbers: count of the parameters in the reduction's file. CPU: of the whole model, including its propagator.",
            [
                new("Reconstruction error.",
                    [
                        new("reduction"), new("model"), new("d_z"), new("mean squared error"), new("numbers"), new("training, CPU", "s"),
                        new("paper", IsReference: true), new("reference code", IsReference: true),
                    ],
                    [
                        .. families.SelectMany(family => family.Cases.Select(point => (ReportCell[])
                        [
                            family.Name, point.Model, point.Latents, ReportCell.Number(point.Mean, point.Deviation), point.Weights,
                            ReportCell.Number(point.Seconds, 3),
                            PublishedFor(point)?.Paper, PublishedFor(point)?.Reference,
                        ])),
                    ]),
            ],
            [
                new LinePlot(new("latent dimension", "d_z"), new("mean squared error") { Logarithmic = true },
                    [
                        .. families.Select(
                            family => new LineSeries(
                                family.Name, [.. family.Cases.Select(p => (double)p.Latents)], [.. family.Cases.Select(p => p.Mean)]) { Dots = true }),
                    ]).ToSvg(),
            ]);
    }

    private PublishedFigure? PublishedFor(Case point) => Published.FirstOrDefault(p => p.Case == point.Model);

    private Case Measure(ReproductionRun run, string name, Func<string> directory, Lazy<double[][]> trajectories)
    {
        var found = run.Kept.Get(name, () => Measured(run, name, directory(), trajectories.Value));
        run.Done($"{name}: mean squared error {NumberText.Significant(found.Mean, 3)}");
        return found;
    }

    private Case Measured(ReproductionRun run, string name, string directory, double[][] trajectories)
    {
        run.Cancel.ThrowIfCancellationRequested();
        var (model, manifest) = ForecastSetup.LoadModel(run.Study, directory);
        var (reduction, size) = (model.Reduction, run.Study.PhysicalSystem.Solver.Layout.Size);
        var (errors, parameters) = (new double[trajectories.Length], run.Study.ParametersOf(Seed, Members));
        Parallel.For(0, errors.Length, new ParallelOptions { MaxDegreeOfParallelism = run.Workers, CancellationToken = run.Cancel }, m =>
        {
            var (frames, count) = (trajectories[m], trajectories[m].Length / size);
            var (latents, decoded) = (new float[count * reduction.LatentSize], new float[frames.Length]);
            reduction.Encode(frames, latents);
            reduction.Decode(latents, decoded, new StepContext(Seed, new[] { m }, 0, parameters.Of([m])));
            errors[m] = Enumerable.Range(0, count).Average(i => reduction.MeanSquaredError(frames.AsSpan(i * size, size), decoded.AsSpan(i * size, size)));
        });
        var mean = errors.Average();
        return new Case(
            name, reduction.LatentSize, mean, Math.Sqrt(errors.Average(e => (e - mean) * (e - mean))),
            ModelFile.LoadReduction(directory).Arrays.Values.Sum(array => array.Values.Length), manifest.TrainingSeconds);
    }

    /// <summary>What a reduction came to.</summary>
    private sealed record Case(string Model, int Latents, double Mean, double Deviation, int Weights, double Seconds);
}
