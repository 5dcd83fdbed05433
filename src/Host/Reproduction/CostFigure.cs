using System.Collections.Immutable;
using LedCluster.Actors;
using LedCluster.Domain.Workers;
using LedCluster.Host.Forecasts;
using LedCluster.Models.Checkpoints;
using LedCluster.Report;
using LedCluster.Solvers;

namespace LedCluster.Host.Reproduction;

/// <summary>What models and multiscale forecasts cost, beside our own solver at the published inner time step and at coarser ones.</summary>
internal sealed record CostFigure : FigurePlan
{
    /// <summary>CPU seconds that a solver is timed for at least, so that the clock's grain does not count.</summary>
    private const double TimedSeconds = 0.25;

    /// <summary>T_warm.</summary>
    public required double WarmTime { get; init; }

    /// <summary>Forecast time after the warm-up.</summary>
    public required double Horizon { get; init; }

    /// <summary>Time after the warm-up over which errors are taken: all of it, or as far as the system can be predicted.</summary>
    public required double ErrorTime { get; init; }

    /// <summary>Inner time step of the paper; its solution is what the others are compared with.</summary>
    public required double PaperStep { get; init; }

    /// <summary>Coarser inner time steps, ascending.</summary>
    public required double[] CoarserSteps { get; init; }

    /// <summary>The study's models that are compared.</summary>
    public required string[] Models { get; init; }

    /// <summary>T_μ of the multiscale forecasts.</summary>
    public required double MicroTime { get; init; }

    /// <summary>T_m of the multiscale forecasts.</summary>
    public required double[] MacroTimes { get; init; }

    /// <summary>What was published, in a sentence or two.</summary>
    public required string Paper { get; init; }

    /// <inheritdoc />
    public override int Cases => Models.Length + MacroTimes.Length;

    /// <inheritdoc />
    protected override IEnumerable<(string Model, ImmutableArray<UsedMembers>? Used)> Tested(ReproductionRun run) =>
        [.. Named(run, Models), Default(run)];

    /// <inheritdoc />
    public override FigureResult Run(ReproductionRun run)
    {
        var system = run.Study.PhysicalSystem as IInnerTimeStep
            ?? throw new UserError(
                $"The micro solver of study '{run.Study.Name}' has a fixed inner time step, so costs cannot be compared at different ones. Remove "
                + "figure 'cost' from its reproduce.json.");
        var conditions = InitialConditions.Random(run.Study, Seed, Members);
        var models = Models.Select(model => (Name: model, Outcome: Forecast(run, $"cost-{model}", run.Study.FindModel(model), conditions, Horizon, 0)))
            .ToArray();
        var multiscale = MacroTimes.Select(
            macro => (Macro: macro, Outcome: Forecast(run, $"cost-multiscale-{macro}", run.DefaultModel, conditions, macro, MicroTime))).ToArray();
        var ranges = models.Select(m => m.Outcome.Errors).FirstOrDefault(e => e is not null)?.Channels.Select(c => c.Range).ToArray()
            ?? throw new UserError("No model reached the end of its forecasts, so there are no costs to compare.");
        int[] all = [.. Enumerable.Range(0, Members)];
        var solvers = Solvers(system, conditions.Fields(all), conditions.Parameters.Context(all), ranges);
        return new FigureResult(
            "cost",
            $"CPU time per member and time unit, of {Members} members advanced together (seed {Seed}, warm-up {WarmTime}, then {Horizon} time "
            + $"units). Errors are mean absolute differences over the first {ErrorTime} time units, "
            + "divided by the channel's range, mean over channels: models are compared with the micro solver, solvers with the solver at the "
            + "paper's inner time step. "
            + $"The study's own inner time step is {system.InnerTimeStep}. {Paper}",
            [
                ModelTable(models, solvers), MultiscaleTable(multiscale, solvers, solvers.First(s => s.Step >= system.InnerTimeStep - 1e-12)),
                SolverTable(solvers),
            ], []);
    }

    private CaseOutcome Forecast(ReproductionRun run, string name, string model, InitialConditions conditions, double macro, double micro)
    {
        var outcome = run.Forecast(name, model, conditions, Seed, (WarmTime, Horizon, macro, micro), run.Study.Lift);
        run.Done($"{name}: mean error over channels {NumberText.Significant(Error(run, outcome), 3)}");
        return outcome with { MeanError = Error(run, outcome) };
    }

    /// <summary>Mean over channels and over the kept frames within the error's time.</summary>
    private double Error(ReproductionRun run, CaseOutcome outcome)
    {
        if (outcome.Errors is not { } evaluation)
            return double.NaN;
        var step = run.Study.PhysicalSystem.Solver.Layout.TimeStep;
        var kept = Enumerable.Range(0, evaluation.Frames.Length)
            .Where(i => evaluation.Frames[i] * step > WarmTime && evaluation.Frames[i] * step <= WarmTime + ErrorTime).ToArray();
        return evaluation.Channels.Average(c => kept.Average(i => c.Growth[i]));
    }

    /// <summary>Cost and error of the solver at each inner time step, the paper's first, from the states at the end of the warm-up.</summary>
    private SolverCost[] Solvers(IInnerTimeStep system, double[] initial, StepContext context, double[] ranges)
    {
        var layout = system.Solver.Layout;
        var (warm, frames) = (layout.Frames(WarmTime)!.Value, layout.Frames(ErrorTime)!.Value);
        var finest = system.SolverAt(PaperStep);
        var start = initial;
        MicroSimulation.Run(finest, initial, warm, context, (_, piece) => start = piece[^initial.Length..]);
        var truth = Path(finest, start, frames, context);
        return [.. new[] { PaperStep }.Concat(CoarserSteps).Select(step =>
        {
            var solver = system.SolverAt(step);
            var path = Path(solver, start, frames, context);
            var sums = new double[ranges.Length];
            for (var i = initial.Length; i < path.Length; i++)
                sums[i / layout.Points % ranges.Length] += Math.Abs(path[i] - truth[i]);
            return new SolverCost(
                step, Seconds(solver, start, context), sums.Select((sum, c) => sum / (path.Length - initial.Length) * ranges.Length / ranges[c]).Average());
        })];
    }

    /// <summary>Frames [F + 1, M, C·X], the initial one included.</summary>
    private static double[] Path(IMicroSolver solver, double[] start, int frames, in StepContext context)
    {
        var path = new double[(frames + 1) * start.Length];
        MicroSimulation.Run(solver, start, frames, context, (first, piece) => piece.CopyTo(path, first * start.Length));
        return path;
    }

    /// <summary>CPU seconds per member and time unit, on one thread.</summary>
    private double Seconds(IMicroSolver solver, double[] start, in StepContext context)
    {
        var (clock, frames, nowhere) = (new ThreadClock(), 10, new DiscardedFrames());
        var state = solver.AdvanceOnSchedule(solver.Lift(start, LiftRule.Equilibrium, context), frames, nowhere, context); // compiled and in the caches
        var (begin, runs) = (clock.Now.Cpu, 0);
        for (; clock.Now.Cpu - begin < TimedSeconds; runs++)
            state = solver.AdvanceOnSchedule(state, frames, nowhere, context);
        return (clock.Now.Cpu - begin) / runs / (Members * frames * solver.Layout.TimeStep);
    }

    private ReportTable ModelTable((string Name, CaseOutcome Outcome)[] models, SolverCost[] solvers) => new(
        "Latent forecasts",
        [
            new("model"), new("training, CPU", "s"), new("weights"), new("propagation", "µs"), new("with decoder", "µs"), new("error"),
            new("speed-up, paper's δt"), new("with decoder, paper's δt"), new("coarsest δt that is as accurate"), new("speed-up, that δt"),
            new("with decoder, that δt"),
        ],
        [
            .. models.Select(m =>
            {
                var o = m.Outcome;
                var bare = o.Times.Cpu[(int)Work.Latent] / (Members * (o.PropagatorRemembers ? WarmTime + Horizon : Horizon));
                var full = bare + o.Times.Cpu[(int)Work.Decode] / (Members * Horizon);
                var match = solvers.LastOrDefault(s => s.Error < o.MeanError);
                return (ReportCell[])
                [
                    m.Name, ReportCell.Number(o.TrainingSeconds, 3), o.Weights, ReportCell.Number(1e6 * bare, 3), ReportCell.Number(1e6 * full, 3),
                    ReportCell.Number(o.MeanError, 3),
                    ReportCell.Number(solvers[0].Seconds / bare, 3), ReportCell.Number(solvers[0].Seconds / full, 3),
                    match is null ? ReportCell.None : match.Step, ReportCell.Number(match?.Seconds / bare ?? double.NaN, 3),
                    ReportCell.Number(match?.Seconds / full ?? double.NaN, 3),
                ];
            }),
        ]);

    private ReportTable MultiscaleTable((double Macro, CaseOutcome Outcome)[] rows, SolverCost[] solvers, SolverCost own) => new(
        $"Multiscale forecasts with the study's default model, T_μ = {MicroTime}; all work, warm-up, encoder and decoder included",
        [
            new("T_m"), new("ρ"), new("cost", "µs"), new("error"), new("speed-up, paper's δt"), new("speed-up, the study's δt"),
            new("coarsest δt that is as accurate"), new("speed-up, that δt"),
        ],
        [
            .. rows.Select(row =>
            {
                var cost = row.Outcome.Times.Cpu.Sum() / (Members * (WarmTime + Horizon));
                var match = solvers.LastOrDefault(s => s.Error < row.Outcome.MeanError);
                return (ReportCell[])
                [
                    row.Macro, row.Macro / MicroTime, ReportCell.Number(1e6 * cost, 3), ReportCell.Number(row.Outcome.MeanError, 3),
                    ReportCell.Number(solvers[0].Seconds / cost, 3), ReportCell.Number(own.Seconds / cost, 3),
                    match is null ? ReportCell.None : match.Step, ReportCell.Number(match?.Seconds / cost ?? double.NaN, 3),
                ];
            }),
        ]);

    private static ReportTable SolverTable(SolverCost[] solvers) => new(
        "Our solver against its inner time step",
        [new("δt"), new("cost", "µs"), new("error")],
        [.. solvers.Select((s, i) => (ReportCell[])[s.Step, ReportCell.Number(1e6 * s.Seconds, 3), i == 0 ? ReportCell.None : ReportCell.Number(s.Error, 3)])]);

    /// <summary>The solver at an inner time step.</summary>
    /// <param name="Step">Inner time step δt.</param>
    /// <param name="Seconds">CPU seconds per member and time unit.</param>
    /// <param name="Error">Against the first.</param>
    private sealed record SolverCost(double Step, double Seconds, double Error);
}
