using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using LedCluster.Metrics;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Reductions.Mixtures;
using LedCluster.Report;
using LedCluster.Report.Plots;

namespace LedCluster.Host.Reproduction;

/// <summary>Models of particles in a box, each tested at the D of its training: Péclet numbers (SI, figure 5), latent dimensions, decoders.</summary>
internal sealed record ParticleModelsFigure : ParticleFigure
{
    /// <summary>L |A|, by which the paper's Péclet number is L |A|/D.</summary>
    private static readonly double Flow = Math.Sqrt(1 + 1.74 * 1.74);

    /// <summary>Models of the study.</summary>
    public required string[] Models { get; init; }

    /// <inheritdoc />
    [JsonIgnore]
    public override int Cases => Models.Length * Members;

    /// <inheritdoc />
    protected override IEnumerable<(string Model, ImmutableArray<UsedMembers>? Used)> Tested(ReproductionRun run) => Named(run, Models);

    /// <inheritdoc />
    public override FigureResult Run(ReproductionRun run)
    {
        var cases = Models.Select(model =>
        {
            var manifest = ModelFile.Manifest(run.Study.FindModel(model));
            var shape = manifest.Reduction as ExchangeableArchitecture ?? throw new UserError(
                $"The model '{model}' does not decode a mixture, which the figure needs. Name other models in reproduce.json.");
            var diffusion = (double)(
                manifest.Training["parameters"]?["D"]?[0]
                ?? throw new UserError($"The model '{model}' does not record the D of its training. Train it again."));
            var study = run.Study with { Parameters = new(run.Study.Parameters) { ["D"] = JsonSerializer.SerializeToElement(diffusion) } };
            return (
                Model: model, Shape: shape, D: diffusion, Test: Test(run, study, run.Study.FindModel(model), run.Study.PhysicalSystem.Solver.Layout.Points));
        }).ToArray();
        string[] rows = [.. Names, "another realisation", "time-averaged distribution"];
        return new FigureResult(
            "models of particles",
            FormattableString.Invariant($"{Members} members (seed {Seed}) for each model, at the D of its training; T_warm = {WarmTime}, T_f = ")
            + FormattableString.Invariant($"{WarmTime + Horizon}, T_μ = {MicroTime}; means over {cases[0].Test.Frames.Length} frames after the ")
            + "warm-up and over members. Pe = L |A|/D as printed in the paper; with the diffusivity D/2 it is twice that. "
            + "Log-likelihood: of a particle of true states under the decoder, in nats per unit of volume, with its bound, minus the entropy of "
            + "the exact distribution. Distances as in figure 4; "
            + (ExactTruth
                ? "the truth is drawn from the exact distribution of the solver's scheme, and so is another realisation, which gives the floor."
                : "another realisation of the micro solver gives the floor."),
            [
                new("The models.",
                [
                    new("model"), new("D"), new("Pe"), new("d_z"), new("Gaussians"), new("variable"), new("log-likelihood"), new("bound"),
                    new("training, CPU", "s"),
                ],
                [
                    .. cases.Select(c => (ReportCell[])
                    [
                        c.Model, Three(c.D), Three(Flow / c.D), c.Shape.LatentSize, c.Shape.Kernels, c.Shape.Variable.ToString().ToLowerInvariant(),
                        ReportCell.Number(c.Test.Members.Average(m => m.LogLikelihood)), ReportCell.Number(c.Test.Bound),
                        Three(c.Test.Manifest.TrainingSeconds),
                    ]),
                ]),
                Distances("Wasserstein distance W₁ of the marginals.", d => d.Wasserstein), Distances("L1 of histograms.", d => d.Histogram),
                new("Drift of the phase of the mean x against ω_x, relative to it.", [new("model"), .. Names.Select(name => new ReportColumn(name))],
                    [.. cases.Select(c => (ReportCell[])[c.Model, .. Names.Select((_, r) => ReportCell.Number(c.Test.Members.Average(m => m.Drifts[r]), 2))])]),
            ],
            [
                new LinePlot(new("D") { Logarithmic = true }, new("Wasserstein distance", "W₁") { Logarithmic = true },
                    [
                        .. rows.Select(
                            name => Curve(
                                name, cases.Where(c => Kind(c.Shape) == Kind(cases[0].Shape)).OrderBy(c => c.D).ToArray(), c => c.D,
                                c => Mean(c.Test, name).Wasserstein)),
                    ])
                { Title = new("against the diffusion", "a") }.ToSvg(),
                new LinePlot(new("latents", "d_z"), new("log-likelihood (nats)"),
                    [
                        Curve(
                            "log-likelihood",
                            cases.Where(c => c.D == cases[0].D && Kind(c.Shape with { LatentSize = cases[0].Shape.LatentSize }) == Kind(cases[0].Shape))
                                .OrderBy(c => c.Shape.LatentSize).ToArray(),
                            c => c.Shape.LatentSize, c => c.Test.Members.Average(m => m.LogLikelihood)),
                    ])
                { Title = new("against the latent dimension", "b") }.ToSvg(),
            ]);

        ReportTable Distances(string caption, Func<CloudDistance, double> value) =>
            new(
                caption, [new("model"), .. rows.Select(name => new ReportColumn(name))],
                [.. cases.Select(c => (ReportCell[])[c.Model, .. rows.Select(name => Three(value(Mean(c.Test, name))))])]);

        static CloudDistance Mean(Outcome test, string row) => test.Laws.Means.Single(r => r.Name == row).Mean;
    }

    private static (string, BoundedVariable) Kind(ExchangeableArchitecture shape) => (shape.Summary, shape.Variable);

    private static LineSeries Curve<T>(string name, T[] cases, Func<T, double> x, Func<T, double> y) =>
        new(name, [.. cases.Select(x)], [.. cases.Select(y)]) { Dots = true };
}
