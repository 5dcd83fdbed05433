using LedCluster.Domain.Cycle;
using LedCluster.Domain.Workers;
using LedCluster.Host.Evaluation;
using LedCluster.Host.Forecasts;
using LedCluster.Host.Studies;
using LedCluster.Metrics;
using LedCluster.Models.Checkpoints;
using LedCluster.Report;
using LedCluster.Solvers.Particles;

namespace LedCluster.Host.Reproduction;

/// <summary>Distribution of particles in a box: the test of forecasts.</summary>
internal abstract record ParticleFigure : FigurePlan
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

    /// <summary>
    /// Whether forecasts are compared with samples of the exact distribution instead of the micro solver's, which take most of the time: for large ensembles.
    /// <see cref="WarmTime"/> must be long enough for the initial state to be forgotten.
    /// </summary>
    public bool ExactTruth { get; init; }

    /// <summary>Names of the forecasts.</summary>
    protected string[] Names => ["Latent-LED", .. MacroTimes.Select(m => FormattableString.Invariant($"T_m = {m}, ρ = {(double)m / MicroTime:0.#}"))];

    /// <summary>Tests a model.</summary>
    /// <param name="run">Where and how.</param>
    /// <param name="study">The study, with its parameters.</param>
    /// <param name="directory">Directory of the model.</param>
    /// <param name="particles">N.</param>
    protected Outcome Test(ReproductionRun run, Study study, string directory, int particles)
    {
        if (MicroTime < 1 && MacroTimes is [var macroTime, ..])
            throw new UserError(
                $"A figure of study '{study.Name}' has macroTimes from {macroTime} on, but microTime is {MicroTime}. Give microTime from 1 on in "
                + "its reproduce.json, or no macroTimes.");
        if (study.PhysicalSystem is not ParticlesSystem)
            throw new UserError($"Study '{study.Name}' has no particles in a box. Remove this figure from its reproduce.json.");
        var system = new ParticlesSystem(particles);
        study = study with { System = system.Name };
        var (model, manifest) = ForecastSetup.LoadModel(study, directory);
        var conditions = InitialConditions.Random(study, Seed, Members);
        var (last, size) = (WarmTime + Horizon, system.Solver.Layout.Size);
        var frames = LawComparison.Spread(WarmTime, last, Compared);
        LedSchedule[] schedules = [
            .. MacroTimes.Prepend(Horizon)
                .Select((macro, i) => new LedSchedule(WarmTime, macro, i == 0 ? 0 : MicroTime, last) { LongestLeg = LedCycle.LongestLeg(size) }),
        ];
        var (comparison, baseline) = (new LawComparison(system, frames), new PhaseBaseline(manifest.Training, particles));
        var members = new MemberOutcome[Members];
        var label = FormattableString.Invariant($"{Path.GetFileName(directory)}, N = {particles}");
        Parallel.For(0, Members, new ParallelOptions { MaxDegreeOfParallelism = run.Workers, CancellationToken = run.Cancel }, m =>
        {
            members[m] = run.Kept.Get($"{label}, member {m}", () => Member(m));
            run.Done($"{label}, member {m}");
        });

        MemberOutcome Member(int m)
        {
            var initial = conditions.Fields([m]);
            var forecasts = schedules.Select(schedule => MemberForecast.Run(system, model, schedule, run.Study.Lift, initial, conditions.Parameters, m, frames))
                .ToArray();
            var context = conditions.Parameters.Context(new[] { m });
            var start = ParticlesSystem.StartTime(context.ParametersOf(0));
            Func<int, double[]>[] compared = [
                .. forecasts.Select(forecast => (Func<int, double[]>)(f => forecast.Fields[f])), f => baseline.At(start + frames[f]),
            ];
            var (rows, truth, cpu) = ExactTruth ? Exactly(context, compared) : comparison.Run(system.Solver, initial, context, compared);
            var (latent, likelihood) = (new float[model.Reduction.LatentSize], 0.0);
            foreach (var cloud in truth)
            {
                model.Reduction.Encode(cloud, latent);
                likelihood -= model.Reduction.NegativeLogLikelihood(cloud, latent) / truth.Length;
            }
            return new(
                rows, [.. forecasts.Select(f => MomentErrors(truth, f.Fields))],
                [.. forecasts.Select(f => Drift(frames, start, f.Fields) - Drift(frames, start, truth))],
                cpu, [.. forecasts.Select(f => (f.Warm, f.After))], likelihood,
                m == 0 ? [.. forecasts.Select(f => f.Latents)] : [], frames.Select(f => start + f).ToArray());
        }

        (CloudDistance[][], double[][], double) Exactly(StepContext context, Func<int, double[]>[] compared)
        {
            var (rows, truth) = comparison.RunExactly(context, compared);
            return (rows, truth, double.NaN);
        }

        var parameters = conditions.Parameters.Of([0]);
        var law = new ParticleLaw(parameters);
        var bound = -members.Average(m => m.Clock.Average(law.Entropy)); // at the same times as the likelihood: the entropy depends on the phase
        return new(
            frames,
            LawEvaluation.Of(frames, [.. Names, "training frame of the same phase", .. LawComparison.Names], [.. members.Select(m => m.Rows)]),
            members, bound, manifest);
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

    /// <summary>
    /// Drift of the phase of the mean x against ω_x, relative to it, from windows of ten periods at the beginning and at the end; NaN for a run that is too
    /// short.
    /// </summary>
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

    /// <summary>A number with three digits.</summary>
    protected static ReportCell Three(double value) => ReportCell.Number(value, 3);

    /// <summary>What a test came to.</summary>
    protected sealed record Outcome(int[] Frames, LawEvaluation Laws, MemberOutcome[] Members, double Bound, ModelManifest Manifest);

    /// <summary>What a member came to, by forecast.</summary>
    protected sealed record MemberOutcome(
        CloudDistance[][] Rows, (double Mean, double Deviation)[][] Moments, double[] Drifts, double MicroCpu,
        (WorkTimes Warm, WorkTimes After)[] Costs, double LogLikelihood, float[][][] Latents, double[] Clock);
}
