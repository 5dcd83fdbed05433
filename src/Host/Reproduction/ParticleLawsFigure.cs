using System.Collections.Immutable;
using System.Text.Json.Serialization;
using LedCluster.Domain.Workers;
using LedCluster.Metrics;
using LedCluster.Models.Checkpoints;
using LedCluster.Report;
using LedCluster.Report.Plots;

namespace LedCluster.Host.Reproduction;

/// <summary>
/// Distribution of particles in a box: Latent-LED and Multiscale-LED compared with the micro solver, with another realisation, the time-averaged distribution
/// and the exact distribution for reference; for the number of particles of the training and for another one.
/// </summary>
internal sealed record ParticleLawsFigure : ParticleFigure
{
    /// <summary>Numbers of particles N, the first that of the study.</summary>
    public required int[] Particles { get; init; }

    /// <inheritdoc />
    [JsonIgnore]
    public override int Cases => Particles.Length * Members;

    /// <inheritdoc />
    protected override IEnumerable<(string Model, ImmutableArray<UsedMembers>? Used)> Tested(ReproductionRun run) => [Default(run)];

    /// <inheritdoc />
    public override FigureResult Run(ReproductionRun run)
    {
        var tests = Particles.Select(n => (N: n, Test: Test(run, run.Study, run.DefaultModel, n))).ToArray();
        return new FigureResult(
            ExactTruth ? "particles compared with the exact distribution" : "distribution of the particles",
            FormattableString.Invariant($"{Members} members with the flow's clock started at random in its period (seed {Seed}), T_warm = ")
            + FormattableString.Invariant($"{WarmTime}, T_f = {WarmTime + Horizon}, T_μ = {MicroTime}; distances of forecast and truth, two ")
            + FormattableString.Invariant($"samples of N particles, mean over {tests[0].Test.Frames.Length} frames after the warm-up and over ")
            + "members. "
            + (ExactTruth
                ? "The truth is drawn from the exact distribution of the solver's scheme at each frame, and so is the other realisation, "
                    + "which gives the floor. "
                : "Another realisation of the micro solver gives the floor; the exact distribution is that of the solver's scheme. ")
            + "A training frame of the same phase is the best case of a decoder of the phase alone, without a model. The time-averaged "
            + "distribution is the forecast of a model without a clock. L1: Σ|p − q| over 5³ cells (4³ for N = 400), from 0 to 2; Simpson: the "
            + "published variant, which leaves out half of each outer cell. "
            + "Errors of mean and std: of a coordinate, mean over coordinates and frames. Frequency: drift of the phase of the mean x between the "
            + "first and the last ten periods, relative to ω_x."
            + (ExactTruth ? "" : " Speed-up: CPU time of the micro solver alone over that of the forecast."),
            ExactTruth
                ? [.. tests.Select(t => Distances(t.N, t.Test))]
                : [.. tests.SelectMany(t => (ReportTable[])[Distances(t.N, t.Test), Costs(t.N, t.Test)]), .. tests.Select(t => Likelihood(t.N, t.Test))],
            [.. tests.SelectMany((t, i) => Plots(t.N, t.Test, "abcdefgh".AsSpan(4 * i, 4).ToString()))]);
    }

    private ReportTable Distances(int particles, Outcome test) => new(
        FormattableString.Invariant($"N = {particles}: distances between the distributions of forecast and truth."),
        [new("what"), new("L1"), new("L1, Simpson"), new("W₁"), new("energy"), new("error of the mean"), new("error of the std"), new("frequency")],
        [
            .. test.Laws.Means.Select((row, r) => (ReportCell[])
            [
                row.Name, Three(row.Mean.Histogram), Three(row.Mean.Simpson), Three(row.Mean.Wasserstein), Three(row.Mean.Energy),
                .. r < Names.Length ? (ReportCell[])
                [
                    Three(test.Members.Average(m => m.Moments[r].Average(e => e.Mean))),
                    Three(test.Members.Average(m => m.Moments[r].Average(e => e.Deviation))),
                    ReportCell.Number(test.Members.Average(m => m.Drifts[r]), 2),
                ] : [ReportCell.None, ReportCell.None, ReportCell.None],
            ]),
        ]);

    private ReportTable Costs(int particles, Outcome test) => new(
        FormattableString.Invariant($"N = {particles}: speed-up over the micro solver, which takes ")
        + FormattableString.Invariant($"{1e3 * test.Members.Sum(m => m.MicroCpu) / (test.Members.Length * (WarmTime + Horizon)):F2} ms of CPU per ")
        + "frame.",
        [new("forecast"), new("whole run"), new("after the warm-up"), new("after it, without encoder and decoder")],
        [
            .. Names.Select((name, r) =>
            {
                var micro = test.Members.Sum(m => m.MicroCpu);
                var after = Sum(m => m.Costs[r].After);
                var (whole, horizon) = (after.Sum() + Sum(m => m.Costs[r].Warm).Sum(), micro * Horizon / (WarmTime + Horizon));
                return (ReportCell[])[
                    name, Three(micro / whole), Three(horizon / after.Sum()), Three(horizon / (after[(int)Work.Micro] + after[(int)Work.Latent])),
                ];

                double[] Sum(Func<MemberOutcome, WorkTimes> times) => test.Members.Select(times).Aggregate((a, b) => a + b).Cpu;
            }),
        ]);

    private static ReportTable Likelihood(int particles, Outcome test) => new(
        FormattableString.Invariant($"N = {particles}: mean log-likelihood of the particles of true states under the decoder, in nats per ")
        + "particle; the bound is minus the entropy of the exact distribution.",
        [new("log-likelihood"), new("bound"), new("training, CPU", "s")],
        [[ReportCell.Number(test.Members.Average(m => m.LogLikelihood)), ReportCell.Number(test.Bound), ReportCell.Number(test.Manifest.TrainingSeconds, 3)]]);

    private string[] Plots(int particles, Outcome test, string letters)
    {
        double[] times = [.. test.Frames.Select(f => (double)f)];
        var n = FormattableString.Invariant($", N = {particles}");
        LineSeries[] Rows(Func<CloudDistance, double> value) =>
            [
                .. test.Laws.Rows.Where(row => double.IsFinite(row.Distances[0].Wasserstein))
                    .Select((row, r) => new LineSeries(row.Name, times, [.. row.Distances.Select(value)]) { Dashed = r >= Names.Length }),
            ];
        var latents = test.Members[0].Latents[0];
        return
        [
            new LinePlot(
                new("time", "t"), new("Wasserstein distance", "W₁") { Logarithmic = true },
                Rows(d => d.Wasserstein)) { Title = new($"distance of the marginals{n}", letters[..1]) }.ToSvg(),
            new LinePlot(
                new("time", "t"), new("L1 of histograms") { Minimum = 0 },
                Rows(d => d.Histogram)) { Title = new($"distance of histograms{n}", letters[1..2]) }.ToSvg(),
            new LinePlot(new("time", "t"), new("error of mean and standard deviation") { Logarithmic = true },
                [
                    .. Names.SelectMany(
                        (name, r) => (LineSeries[])[
                            new($"{name}, mean", times, [.. test.Members[0].Moments[r].Select(e => e.Mean)]),
                            new($"{name}, std", times, [.. test.Members[0].Moments[r].Select(e => e.Deviation)]) { Dashed = true },
                        ]),
                ])
            { Title = new($"moments of one member{n}", letters[2..3]) }.ToSvg(),
            new LinePlot(
                new("time", "t"), new("latents of Latent-LED"),
                [
                    .. Enumerable.Range(0, latents[0].Length)
                        .Select(k => new LineSeries("", times[..Shown(times)], [.. latents.Take(Shown(times)).Select(z => (double)z[k])])),
                ])
            { Title = new($"latents of the same{n}", letters[3..4]) }.ToSvg(),
        ];

        static int Shown(double[] times) => Math.Min(60, times.Length);
    }
}
