using System.Collections.Immutable;
using System.Text.Json.Serialization;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Workers;
using LedCluster.Host.Evaluation;
using LedCluster.Host.Forecasts;
using LedCluster.Metrics;
using LedCluster.Models.Checkpoints;
using LedCluster.Report;
using LedCluster.Report.Plots;
using LedCluster.Solvers.Particles;

namespace LedCluster.Host.Reproduction;

/// <summary>
/// Particles in a box as laws: Latent-LED and Multiscale-LED beside the micro solver, with another realisation, the time-averaged law and the exact law as yardsticks; for
/// the number of particles of the training and for another one.
/// </summary>
internal sealed record ParticleLawsFigure : FigurePlan
{
    /// <summary>T_warm.</summary>
    public required int WarmTime { get; init; }

    /// <summary>Forecast time after the warm-up.</summary>
    public required int Horizon { get; init; }

    /// <summary>T_μ of the multiscale forecasts.</summary>
    public required int MicroTime { get; init; }

    /// <summary>T_m of the multiscale forecasts.</summary>
    public required int[] MacroTimes { get; init; }

    /// <summary>Frames that are compared, at most.</summary>
    public required int Compared { get; init; }

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
        if (run.Study.PhysicalSystem is not ParticlesSystem)
            throw new UserError($"Study '{run.Study.Name}' has no particles in a box. Take this figure out of its reproduce.json.");
        var tests = Particles.Select(n => (N: n, Test: Test(run, n))).ToArray();
        return new FigureResult(
            "particles as laws",
            FormattableString.Invariant($"{Members} members whose flow's clock starts anywhere in its period (seed {Seed}), T_warm = {WarmTime}, T_f = {WarmTime + Horizon}, T_μ = {MicroTime}; distances of forecast and truth, two samples of N particles, mean over {tests[0].Test.Frames.Length} frames after the warm-up and over members. ")
            + "Another realisation of the micro solver is the floor. A training frame of the same phase is what a decoder of the phase alone, without a model, has. The time-averaged law is what a forecast without a clock would give; the exact law is that of the solver's scheme. L1: Σ|p − q| over 5³ cells (4³ for N = 400), from 0 to 2; Simpson: the published variant, which leaves out half of each outer cell. "
            + "Errors of mean and std: of a coordinate, mean over coordinates and frames. Frequency: drift of the phase of the mean x between the first and the last ten periods, relative to ω_x. Speed-up: CPU time of the micro solver alone over that of the forecast.",
            [.. tests.SelectMany(t => (ReportTable[])[Distances(t.N, t.Test), Costs(t.N, t.Test)]), .. tests.Select(t => Likelihood(t.N, t.Test))],
            [.. tests.SelectMany((t, i) => Plots(t.N, t.Test, "abcdefgh".AsSpan(4 * i, 4).ToString()))]);
    }

    private string[] Names => ["Latent-LED", .. MacroTimes.Select(m => FormattableString.Invariant($"T_m = {m}, ρ = {m / MicroTime}"))];

    private Outcome Test(ReproductionRun run, int particles)
    {
        var system = new ParticlesSystem(particles);
        var study = run.Study with { System = system.Name };
        var (model, manifest) = ForecastSetup.LoadModel(study, run.DefaultModel);
        var conditions = InitialConditions.Random(study, Seed, Members);
        var (last, size) = (WarmTime + Horizon, system.Solver.Layout.Size);
        var frames = LawComparison.Spread(WarmTime, last, Compared);
        LedSchedule[] schedules = [.. MacroTimes.Prepend(Horizon).Select((macro, i) => new LedSchedule(WarmTime, macro, i == 0 ? 0 : MicroTime, last) { LongestLeg = LedCycle.LongestLeg(size) })];
        var (comparison, baseline) = (new LawComparison(system, frames), new PhaseBaseline(manifest.Training, particles));
        var members = new MemberOutcome[Members];
        Parallel.For(0, Members, new ParallelOptions { MaxDegreeOfParallelism = run.Workers, CancellationToken = run.Cancel }, m =>
        {
            var initial = conditions.Fields([m]);
            var forecasts = schedules.Select(schedule => MemberForecast.Run(system, model, schedule, run.Study.Lift, initial, conditions.Parameters, m, frames)).ToArray();
            var context = conditions.Parameters.Context(new[] { m });
            var start = ParticlesSystem.StartTime(context.ParametersOf(0));
            var (rows, truth, cpu) = comparison.Run(system.Solver, initial, context, [.. forecasts.Select(forecast => (Func<int, double[]>)(f => forecast.Fields[f])), f => baseline.At(start + frames[f])]);
            var (latent, likelihood) = (new float[model.Reduction.LatentSize], 0.0);
            foreach (var cloud in truth)
            {
                model.Reduction.Encode(cloud, latent);
                likelihood -= model.Reduction.NegativeLogLikelihood(cloud, latent) / truth.Length;
            }
            members[m] = new(
                rows, [.. forecasts.Select(f => MomentErrors(truth, f.Fields))], [.. forecasts.Select(f => Drift(frames, start, f.Fields) - Drift(frames, start, truth))],
                cpu, [.. forecasts.Select(f => (f.Warm, f.After))], likelihood, m == 0 ? [.. forecasts.Select(f => f.Latents)] : [], frames.Select(f => start + f).ToArray());
            run.Done(FormattableString.Invariant($"N = {particles}, member {m}"));
        });
        var parameters = conditions.Parameters.Of([0]);
        var law = new ParticleLaw(parameters);
        var bound = -members[0].Clock.Average(law.Entropy);
        return new(frames, LawEvaluation.Of(frames, [.. Names, "training frame of the same phase", .. LawComparison.Names], [.. members.Select(m => m.Rows)]), members, bound, manifest);
    }

    private ReportTable Distances(int particles, Outcome test) => new(
        FormattableString.Invariant($"N = {particles}: distances from the truth as laws."),
        [new("what"), new("L1"), new("L1, Simpson"), new("W₁"), new("energy"), new("error of the mean"), new("error of the std"), new("frequency")],
        [
            .. test.Laws.Means.Select((row, r) => (ReportCell[])
            [
                row.Name, Three(row.Mean.Histogram), Three(row.Mean.Simpson), Three(row.Mean.Wasserstein), Three(row.Mean.Energy),
                .. r < Names.Length ? (ReportCell[])
                [
                    Three(test.Members.Average(m => m.Moments[r].Average(e => e.Mean))), Three(test.Members.Average(m => m.Moments[r].Average(e => e.Deviation))),
                    ReportCell.Number(test.Members.Average(m => m.Drifts[r]), 2),
                ] : [ReportCell.None, ReportCell.None, ReportCell.None],
            ]),
        ]);

    private ReportTable Costs(int particles, Outcome test) => new(
        FormattableString.Invariant($"N = {particles}: speed-up over the micro solver, which takes {1e3 * test.Members.Sum(m => m.MicroCpu) / (test.Members.Length * (WarmTime + Horizon)):F2} ms of CPU a frame."),
        [new("forecast"), new("whole run"), new("after the warm-up"), new("after it, without encoder and decoder")],
        [
            .. Names.Select((name, r) =>
            {
                var micro = test.Members.Sum(m => m.MicroCpu);
                var after = Sum(m => m.Costs[r].After);
                var (whole, horizon) = (after.Sum() + Sum(m => m.Costs[r].Warm).Sum(), micro * Horizon / (WarmTime + Horizon));
                return (ReportCell[])[name, Three(micro / whole), Three(horizon / after.Sum()), Three(horizon / (after[(int)Work.Micro] + after[(int)Work.Latent]))];

                double[] Sum(Func<MemberOutcome, WorkTimes> times) => test.Members.Select(times).Aggregate((a, b) => a + b).Cpu;
            }),
        ]);

    private static ReportTable Likelihood(int particles, Outcome test) => new(
        FormattableString.Invariant($"N = {particles}: what the decoder knows of true states, mean log-likelihood of a particle, in nats; the bound is minus the entropy of the exact law."),
        [new("log-likelihood"), new("bound"), new("training, CPU", "s")],
        [[ReportCell.Number(test.Members.Average(m => m.LogLikelihood)), ReportCell.Number(test.Bound), ReportCell.Number(test.Manifest.TrainingSeconds, 3)]]);

    private string[] Plots(int particles, Outcome test, string letters)
    {
        double[] times = [.. test.Frames.Select(f => (double)f)];
        var n = FormattableString.Invariant($", N = {particles}");
        LineSeries[] Rows(Func<CloudDistance, double> value) =>
            [.. test.Laws.Rows.Where(row => double.IsFinite(row.Distances[0].Wasserstein)).Select((row, r) => new LineSeries(row.Name, times, [.. row.Distances.Select(value)]) { Dashed = r >= Names.Length })];
        var latents = test.Members[0].Latents[0];
        return
        [
            new LinePlot(new("time", "t"), new("Wasserstein distance", "W₁") { Logarithmic = true }, Rows(d => d.Wasserstein)) { Title = new($"distance of the marginals{n}", letters[..1]) }.ToSvg(),
            new LinePlot(new("time", "t"), new("L1 of histograms") { Minimum = 0 }, Rows(d => d.Histogram)) { Title = new($"distance of histograms{n}", letters[1..2]) }.ToSvg(),
            new LinePlot(new("time", "t"), new("error of mean and standard deviation") { Logarithmic = true },
                [.. Names.SelectMany((name, r) => (LineSeries[])[new($"{name}, mean", times, [.. test.Members[0].Moments[r].Select(e => e.Mean)]), new($"{name}, std", times, [.. test.Members[0].Moments[r].Select(e => e.Deviation)]) { Dashed = true }])])
            { Title = new($"moments of one member{n}", letters[2..3]) }.ToSvg(),
            new LinePlot(new("time", "t"), new("latents of Latent-LED"), [.. Enumerable.Range(0, latents[0].Length).Select(k => new LineSeries("", times[..Shown(times)], [.. latents.Take(Shown(times)).Select(z => (double)z[k])]))])
            { Title = new($"latents of the same{n}", letters[3..4]) }.ToSvg(),
        ];

        static int Shown(double[] times) => Math.Min(60, times.Length);
    }

    /// <summary>Errors of mean and standard deviation of a coordinate at each frame, mean over coordinates.</summary>
    private static (double Mean, double Deviation)[] MomentErrors(double[][] truth, double[][] forecast) => [.. truth.Zip(forecast, (x, y) =>
    {
        var (own, other) = (Moments(x), Moments(y));
        return (own.Zip(other, (a, b) => Math.Abs(a.Mean - b.Mean)).Average(), own.Zip(other, (a, b) => Math.Abs(a.Deviation - b.Deviation)).Average());
    })];

    private static (double Mean, double Deviation)[] Moments(double[] cloud) => [.. cloud.Chunk(cloud.Length / 3).Select(x =>
    {
        var mean = x.Average();
        return (mean, Math.Sqrt(x.Average(v => (v - mean) * (v - mean))));
    })];

    /// <summary>How fast the phase of the mean x drifts against ω_x, relative to it: from windows of ten periods at the beginning and at the end; NaN for a run that is too short.</summary>
    private static double Drift(int[] frames, double start, double[][] clouds)
    {
        const double ω = 0.2;
        const double Window = 10 * 2 * Math.PI / ω;
        if (frames[^1] - frames[0] < 2 * Window)
            return double.NaN;
        var (first, last) = (Phase(f => f - frames[0] <= Window), Phase(f => frames[^1] - f <= Window));
        var turned = last.Angle - first.Angle;
        return (turned - 2 * Math.PI * Math.Round(turned / (2 * Math.PI))) / (last.Time - first.Time) / ω;

        (double Angle, double Time) Phase(Func<int, bool> within)
        {
            var (re, im, time, count) = (0.0, 0.0, 0.0, 0);
            for (var f = 0; f < frames.Length; f++)
                if (within(frames[f]))
                {
                    var (mean, angle) = (clouds[f].Take(clouds[f].Length / 3).Average(), ω * (start + frames[f]));
                    (re, im, time, count) = (re + mean * Math.Cos(angle), im - mean * Math.Sin(angle), time + frames[f], count + 1);
                }
            return (Math.Atan2(im, re), time / count);
        }
    }

    private static ReportCell Three(double value) => ReportCell.Number(value, 3);

    /// <summary>What a test came to.</summary>
    private sealed record Outcome(int[] Frames, LawEvaluation Laws, MemberOutcome[] Members, double Bound, ModelManifest Manifest);

    /// <summary>What a member came to, by forecast.</summary>
    private sealed record MemberOutcome(
        CloudDistance[][] Rows, (double Mean, double Deviation)[][] Moments, double[] Drifts, double MicroCpu, (WorkTimes Warm, WorkTimes After)[] Costs, double LogLikelihood, float[][][] Latents, double[] Clock);
}
