using System.Collections.Immutable;
using LedCluster.Domain.Workers;
using LedCluster.Host.Forecasts;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Propagators.HierarchicalTimeStepping;
using LedCluster.Report;
using LedCluster.Report.Plots;

namespace LedCluster.Host.Reproduction;

/// <summary>
/// Steps that adaptive hierarchical time-stepping takes, beside the best coupling of fixed steps at equal error (arXiv:2311.05961). Coupling
/// and tolerance are chosen on other members than those that are reported.
/// </summary>
internal sealed record AdaptiveFigure : FigurePlan
{
    /// <summary>The study's hierarchical model, on full fields or on latents.</summary>
    public required string Model { get; init; }

    /// <summary>Time before the forecast.</summary>
    public double WarmTime { get; init; }

    /// <summary>Forecast time.</summary>
    public required double Horizon { get; init; }

    /// <summary>Tolerances to choose from, mean square change of a step in the squared unit of the latents.</summary>
    public required double[] Tolerances { get; init; }

    /// <inheritdoc />
    public override int Cases => 1;

    /// <inheritdoc />
    protected override IEnumerable<(string Model, ImmutableArray<UsedMembers>? Used)> Tested(ReproductionRun run) => Named(run, [Model]);

    /// <inheritdoc />
    public override FigureResult Run(ReproductionRun run)
    {
        var layout = run.Study.PhysicalSystem.Solver.Layout;
        var (known, frames) = (layout.Frames(WarmTime)!.Value + 1, layout.Frames(Horizon)!.Value);
        var both = InitialConditions.Random(run.Study, Seed, 2 * Members); // first half chosen on, second half reported
        var (latents, maps) = new HierarchicalTest(run, Simulate(run, 0, known + frames, both), both, known).Encoded(Model);
        var set = new Trajectories(latents, 2 * Members, maps[0].Size, frames);
        var (chosen, reported) = (set.Half(0), set.Half(1));
        var selection = new CouplingSelection(maps, chosen.Latents, Members);
        var best = Cheapest(selection, frames);
        int[] fixedSteps = [.. selection.Maps[best.Smallest..(best.Largest + 1)].Select(map => map.Step)];
        var fixedError = reported.Error(selection.Propagator(best));
        var fixedCount = new CouplingPlan([.. fixedSteps.OrderDescending()], frames).Applications;

        // Every set of steps without the smallest ones, with every tolerance; in the order of steps taken on the half chosen on.
        var sets = Enumerable.Range(0, selection.Maps.Length).Select(smallest => selection.Maps[smallest..].ToArray()).ToArray();
        var online = Choose((maps, tolerance) => chosen.Adaptive(maps, tolerance));
        var offline = Choose((maps, tolerance) =>
        {
            var steps = Schedule(maps, tolerance);
            return (chosen.Error(steps, maps), steps.Length, steps.Length);
        });
        ReportCell[][] rows =
        [
            [
                "best fixed coupling", Text(selection.Maps[best.Smallest..(best.Largest + 1)]), ReportCell.None,
                ReportCell.Number(fixedError, 3), fixedCount, fixedCount,
            ],
            Row("adaptive, scheduled", offline, (maps, tolerance) =>
            {
                var steps = Schedule(maps, tolerance);
                return (reported.Error(steps, maps), steps.Length, steps.Length);
            }),
            Row("adaptive, each member", online, (maps, tolerance) => reported.Adaptive(maps, tolerance)),
        ];
        run.Done($"{run.Study.Name}: {fixedCount} fixed steps, {rows[1][4].Text} scheduled, {rows[2][4].Text} by member");
        return new FigureResult(
            $"adaptive hierarchical time-stepping, {run.Study.Name}",
            $"Forecasts of {Members} new random initial conditions over {frames} frames (seed {Seed}, the second half of {2 * Members}); coupling "
            + "and tolerance are chosen on the first half. Fixed coupling: the range of steps with the fewest steps among those whose error is "
            + "within 10 % of the smallest. Adaptive: the set of steps without the smallest ones and the tolerance with the fewest steps among "
            + "those whose error is no larger than that of the fixed coupling. "
            + "Mean squared error of the latents over members, frames and components. Steps and networks applied: per member.",
            [
                new($"{run.Study.Title}.",
                    [new("method"), new("steps to choose from"), new("tolerance"), new("mean squared error"), new("steps"), new("networks applied")],
                    rows),
            ],
            [
                new LinePlot(new("steps") { Logarithmic = true }, new("mean squared error") { Logarithmic = true },
                    [
                        .. online is var (shown, _)
                            ? (LineSeries[])[
                                Line("adaptive, each member", Tolerances.OrderDescending().Select(tolerance => reported.Adaptive(shown, tolerance))),
                            ]
                            : [],
                        Line("best fixed coupling of each smallest step", Finest()) with { Dashed = true },
                    ])
                { Title = new(run.Study.Title) }.ToSvg(),
            ]);

        (IFlowMap[] Maps, double Tolerance)? Choose(Func<IFlowMap[], double, (double Error, double Steps, double)> forecast)
        {
            var good = sets.SelectMany(maps => Tolerances.Select(tolerance => (Maps: maps, Tolerance: tolerance, Result: forecast(maps, tolerance))))
                .Where(c => c.Result.Error <= best.Error).ToArray();
            return good.Length == 0 ? null : good.MinBy(c => c.Result.Steps) is var (maps, tolerance, _) ? (maps, tolerance) : null;
        }

        ImmutableArray<int> Schedule(IFlowMap[] maps, double tolerance) =>
            AdaptiveSchedule.Choose(maps, chosen.Latents.AsSpan(0, Members * chosen.Size), frames, tolerance);

        static string Text(IEnumerable<IFlowMap> maps) => string.Join(", ", maps.Select(map => map.Step));

        static ReportCell[] Row(
            string name, (IFlowMap[] Maps, double Tolerance)? choice, Func<IFlowMap[], double, (double Error, double Steps, double Applications)> forecast)
        {
            if (choice is not var (maps, tolerance))
                return [name, "none is as accurate", ReportCell.None, ReportCell.None, ReportCell.None, ReportCell.None];
            var (error, steps, applications) = forecast(maps, tolerance);
            return [
                name, Text(maps), ReportCell.Number(tolerance, 2), ReportCell.Number(error, 3), ReportCell.Number(steps, 4), ReportCell.Number(applications, 4),
            ];
        }

        static LineSeries Line(string name, IEnumerable<(double Error, double Steps, double)> points) =>
            points.OrderBy(p => p.Steps).ToArray() is var sorted
                ? new(name, [.. sorted.Select(p => p.Steps)], [.. sorted.Select(p => p.Error)]) { Dots = true } : null!;

        // The best coupling of each finest step, on the reported members.
        (double Error, double Steps, double)[] Finest() =>
        [
            .. Enumerable.Range(0, selection.Maps.Length).Select(smallest =>
            {
                var largest = Enumerable.Range(smallest, selection.Maps.Length - smallest).MinBy(l => selection.Error(smallest, l));
                var maps = selection.Maps[smallest..(largest + 1)];
                return (
                    reported.Error(new HierarchicalPropagator(maps)),
                    new CouplingPlan([.. maps.Select(m => m.Step).OrderDescending()], frames).Applications, 0);
            }),
        ];
    }

    /// <summary>The coupling with the fewest steps of those whose error is within 10 % of the smallest.</summary>
    private static CouplingChoice Cheapest(CouplingSelection selection, int frames)
    {
        var most = 1.1 * selection.Best().Error;
        return Enumerable.Range(0, selection.Maps.Length)
            .SelectMany(
                largest => Enumerable.Range(0, largest + 1).Select(smallest => new CouplingChoice(smallest, largest, selection.Error(smallest, largest))))
            .Where(choice => choice.Error <= most)
            .MinBy(
                choice => new CouplingPlan(
                    [.. selection.Maps[choice.Smallest..(choice.Largest + 1)].Select(map => map.Step).OrderDescending()], frames).Applications);
    }

    /// <summary>True latents [1 + frames, M, d] and forecasts from their first frame.</summary>
    private sealed record Trajectories(float[] Latents, int Members, int Size, int Frames)
    {
        public Trajectories Half(int which)
        {
            var (half, row) = (new float[Latents.Length / 2], Members / 2 * Size);
            for (var f = 0; f <= Frames; f++)
                Latents.AsSpan(2 * f * row + which * row, row).CopyTo(half.AsSpan(f * row));
            return new(half, Members / 2, Size, Frames);
        }

        public double Error(HierarchicalPropagator propagator) =>
            Error(path => propagator.Run(Latents.AsSpan(0, Members * Size), StepContext.Of(Members), [], path));

        public double Error(ImmutableArray<int> steps, IFlowMap[] maps) =>
            Error(path => AdaptiveSchedule.Run(maps, steps, Latents.AsSpan(0, Members * Size), Members, path));

        public (double Error, double Steps, double Applications) Adaptive(IFlowMap[] maps, double tolerance)
        {
            var counts = new AdaptiveCount[Members];
            var error = Error(path => new AdaptivePropagator(maps, tolerance).Forecast(Latents.AsSpan(0, Members * Size), Members, path, counts));
            return (error, counts.Average(c => c.Steps), counts.Average(c => c.Applications));
        }

        private double Error(Action<float[]> forecast)
        {
            var path = new float[Latents.Length - Members * Size];
            forecast(path);
            var sum = 0.0;
            for (var k = 0; k < path.Length; k++)
            {
                var difference = (double)path[k] - Latents[Members * Size + k];
                sum += difference * difference;
            }
            return double.IsFinite(sum) ? sum / path.Length : double.PositiveInfinity;
        }
    }
}
