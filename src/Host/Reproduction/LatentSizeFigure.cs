using System.Collections.Immutable;
using LedCluster.Host.Forecasts;
using LedCluster.Metrics;
using LedCluster.Models.Checkpoints;
using LedCluster.Report;
using LedCluster.Report.Plots;

namespace LedCluster.Host.Reproduction;

/// <summary>Hierarchical time-stepping against the latent dimension (L-HiTS: Hamid et al. 2024, table 1 and figure 6).</summary>
internal sealed record LatentSizeFigure : FigurePlan
{
    /// <summary>Hierarchical models of the study, in the order of their latent dimension.</summary>
    public required string[] Models { get; init; }

    /// <summary>Time before the forecast, of which the networks read the last frame.</summary>
    public required double WarmTime { get; init; }

    /// <summary>Forecast time after it.</summary>
    public required double Horizon { get; init; }

    /// <summary>Reference state to start from; null for random members.</summary>
    public string? Reference { get; init; }

    /// <summary>Mean squared errors by model: published ones of decoded forecasts, and of reconstructions by the reference code.</summary>
    public PublishedFigure[] Published { get; init; } = [];

    /// <inheritdoc />
    public override int Cases => Models.Length;

    /// <inheritdoc />
    protected override IEnumerable<(string Model, ImmutableArray<UsedMembers>? Used)> Tested(ReproductionRun run) => Named(run, Models);

    /// <inheritdoc />
    public override FigureResult Run(ReproductionRun run)
    {
        var layout = run.Study.PhysicalSystem.Solver.Layout;
        var (known, frames) = (layout.Frames(WarmTime)!.Value + 1, layout.Frames(Horizon)!.Value);
        var conditions = Reference is { } reference
            ? InitialConditions.Reference(run.Study, reference, Seed) : InitialConditions.Random(run.Study, Seed, Members);
        var test = new HierarchicalTest(run, Simulate(run, 0, known + frames, conditions), conditions, known);
        var cases = Models.Select(model =>
        {
            var shape = ForecastSetup.LoadModel(run.Study, run.Study.FindModel(model)).Manifest.Propagator as HierarchicalArchitecture
                ?? throw new UserError(
                    $"The model '{model}' is not a hierarchy of networks, which the figure needs. Name models whose propagator is of kind hits.");
            HierarchicalCase coupled = test.Of(model, null, model);
            HierarchicalCase[] singles = [
                .. shape.Steps.Order().Select(step => test.Of(model, step, model, _ => shape with { Coupled = [step], Tolerance = null })),
            ];
            run.Done($"{model}: coupled, mean squared error {NumberText.Significant(coupled.Error, 3)}");
            return (Model: model, Shape: shape, Reconstruction: test.Reconstruction(model), Coupled: coupled, Singles: singles);
        }).ToArray();
        var chaotic = cases[0].Coupled.Valid.All(double.IsFinite);
        return new FigureResult(
            $"hierarchical time-stepping against the latent dimension, {run.Study.Name}",
            $"Mean squared errors over {Horizon} time units after the first {WarmTime} of "
            + $"{(Reference is { } from ? $"the trajectory of {from}" : $"{Members} new random initial conditions (seed {Seed})")}, of decoded "
            + "fields and of latents in units of their variance.",
            [
                new("Mean squared errors.",
                    [
                        new("model"), new("d_z"), new("coupled steps"), new("reconstruction"), new("latents"), new("decoded"),
                        .. chaotic ? (ReportColumn[])[new("valid for", "T₁")] : [], new("best network alone"), new("its step"),
                        new("paper, decoded", IsReference: true),
                        new("reference code, reconstruction", IsReference: true),
                    ],
                    [
                        .. cases.Select(c =>
                        {
                            var single = c.Singles.MinBy(s => s.Rank)!;
                            int[] steps = [.. (c.Shape.Coupled.IsDefault ? c.Shape.Steps : c.Shape.Coupled).Order()];
                            return (ReportCell[])
                            [
                                c.Model, c.Coupled.Forecast.Manifest.Reduction.LatentSize, string.Join(", ", steps),
                                ReportCell.Number(c.Reconstruction, 3), ReportCell.Number(c.Coupled.LatentError, 3),
                                ReportCell.Number(c.Coupled.Error, 3),
                                .. chaotic
                                    ? (ReportCell[])[ReportCell.Number(c.Coupled.Valid.Average(), SampleStatistics.Deviation(c.Coupled.Valid))]
                                    : [],
                                ReportCell.Number(single.Error, 3), single.Step!.Value,
                                Published.FirstOrDefault(p => p.Case == c.Model)?.Paper,
                                Published.FirstOrDefault(p => p.Case == c.Model)?.Reference,
                            ];
                        }),
                    ]),
            ],
            [
                new LinePlot(new("step", "s", "frames") { Logarithmic = true }, new("mean squared error") { Logarithmic = true },
                    [
                        .. cases.Select(
                            c => new LineSeries(
                                $"d_z = {c.Coupled.Forecast.Manifest.Reduction.LatentSize}", [.. c.Singles.Select(s => (double)s.Step!)],
                                [.. c.Singles.Select(s => s.Error)]) { Dots = true }),
                    ])
                { Title = new("one network alone") }.ToSvg(),
                new LinePlot(new("time", "t", layout.TimeUnit), new("mean squared error") { Logarithmic = true },
                    [
                        .. cases.Select(
                            c => new LineSeries(
                                $"d_z = {c.Coupled.Forecast.Manifest.Reduction.LatentSize}",
                                [.. Enumerable.Range(1, frames).Select(f => f * layout.TimeStep)], c.Coupled.Growth)),
                    ])
                { Title = new("coupled") }.ToSvg(),
            ]);
    }
}
