using System.Collections.Immutable;
using System.Text.Json.Serialization;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Workers;
using LedCluster.Host.Forecasts;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Propagators.StateSpace;
using LedCluster.Report;
using LedCluster.Report.Figures;
using LedCluster.Report.Plots;
using LedCluster.Solvers.RandomWalk;

namespace LedCluster.Host.Reproduction;

/// <summary>
/// A state-space model of random walkers: inference and prediction beside the truth, beside a linear map fitted by least squares and beside
/// the exact expectation; error against the number of training sequences; calibration; cost.
/// </summary>
internal sealed record StateSpaceFigure : FigurePlan
{
    /// <summary>Frames that are known.</summary>
    public required int Known { get; init; }

    /// <summary>Last frame of the forecasts.</summary>
    public required int Last { get; init; }

    /// <summary>Draws per sequence.</summary>
    public required int Draws { get; init; }

    /// <summary>The model that is shown, of the paper's kind.</summary>
    public required string Shown { get; init; }

    /// <summary>The same without the virtual observable.</summary>
    public required string Free { get; init; }

    /// <summary>Frames of which inferred profiles are shown.</summary>
    public required int[] Inferred { get; init; }

    /// <summary>Frames of which predicted profiles are shown, and errors and coverage given.</summary>
    public required int[] Predicted { get; init; }

    /// <summary>Families of models by the number of training sequences: name of each is the family's, a hyphen, the number, and a repeat's ending.</summary>
    public required string[] Families { get; init; }

    /// <summary>Endings of the models' names by the seed of their training; the first is empty.</summary>
    public required string[] Repeats { get; init; }

    /// <summary>Numbers of training sequences.</summary>
    public required int[] Sequences { get; init; }

    /// <summary>Frame at which those are compared.</summary>
    public required int Compared { get; init; }

    /// <summary>Parameters of the one sequence whose draws are scored as an ensemble, as <c>--set</c> takes them.</summary>
    public required Dictionary<string, string> Scored { get; init; }

    /// <summary>Members of that ensemble.</summary>
    public required int ScoredMembers { get; init; }

    /// <summary>Frames to predict.</summary>
    [JsonIgnore]
    private int Ahead => Last + 1 - Known;

    /// <inheritdoc />
    [JsonIgnore]
    public override int Cases => 2 + Families.Length * Sequences.Length * Repeats.Length;

    /// <inheritdoc />
    protected override IEnumerable<(string Model, ImmutableArray<UsedMembers>? Used)> Tested(ReproductionRun run) =>
        Named(run, [Shown, Free, .. AllModels]);

    private static string Name(string family, int sequences, string repeat = "") => FormattableString.Invariant($"{family}-{sequences}{repeat}");

    private IEnumerable<string> AllModels => Families.SelectMany(family => Sequences.SelectMany(n => Repeats.Select(repeat => Name(family, n, repeat))));

    /// <inheritdoc />
    public override FigureResult Run(ReproductionRun run)
    {
        if (run.Study.PhysicalSystem is not WalkersSystem system)
            throw new UserError($"Study '{run.Study.Name}' has no random walkers. Remove this figure from its reproduce.json.");
        var bins = system.Solver.Layout.Size;
        var conditions = InitialConditions.Random(run.Study, Seed, Members);
        var tests = new Trajectories(Simulate(run, 0, Last + 1, conditions), bins, Known);
        var posterior = SequencePosterior.Read(run.Study.FindModel(Shown));
        var training = Training(run, Shown);
        var trained = (this with { Seed = training.Seed, Members = posterior.Sequences }).Simulate(run, 0, Last + 1);
        var law = Law(InitialConditions.Random(run.Study, training.Seed, 1).Parameters.Of([0]));
        double[][] expected = [.. trained.AsParallel().AsOrdered().Select(path => WalkerLattice.Expected(path.AsSpan(0, bins), law, Known - 1))];
        ulong[] seeds = [.. Repeats.Select(repeat => Training(run, Name(Families[0], Sequences[^1], repeat)).Seed)];
        double[][][] repeated = [.. seeds.Select(seed => (this with { Seed = seed, Members = Sequences[^1] }).Simulate(run, 0, Known))];
        run.Done("trajectories");

        var forecasts = AllModels.Append(Shown).Append(Free).Distinct().ToDictionary(name => name, name =>
        {
            var forecast = SequenceForecast.Of(run, name, conditions.Parameters, tests.Start, Known - 1, Ahead, Draws);
            run.Done($"{name}: relative L2 error at frame {Compared} {NumberText.Significant(100 * tests.Error(forecast.Mean, Compared), 3)} %");
            return forecast;
        });
        var shown = forecasts[Shown];
        (string Name, double[][] Fields, SequenceForecast? Draws)[] rows =
        [
            .. Families.Select(family => Name(family, Sequences[^1])).Select(name => (name, forecasts[name].Mean, forecasts[name])),
            ("linear map by least squares", Linear(trained, posterior.Sequences), null),
            ("exact expectation from the last known frame", [.. tests.Start.Select(Expected)], null),
            ("uniform", [.. tests.After.Select(path => path.Select(_ => 1.0 / bins).ToArray())], null),
        ];

        var own = InitialConditions.Random(run.Study, training.Seed, posterior.Sequences);
        SequenceForecast First(string model) =>
            SequenceForecast.Of(
                run, model, own.Parameters, [trained[0][((Known - 1) * bins)..(Known * bins)]], Known - 1, Ahead, Draws,
                SequencePosterior.Read(run.Study.FindModel(model)));
        var (ahead, aheadFree) = (First(Shown), First(Free));
        return new FigureResult(
            "random walkers, inferred and predicted",
            FormattableString.Invariant($"Frames of Δt = {system.Solver.Layout.TimeStep}; {Known} are known, {Ahead} follow. Tests: {Members} ")
            + FormattableString.Invariant($"new sequences with random phase (seed {Seed}), {Draws} draws each. ")
            + "Relative L2 error of a frame: |x − truth|/|truth| over bins, mean over sequences. The truth is the counts of one realisation; its "
            + "sampling noise is the error of the exact expectation. Bands: from 2.5 % to 97.5 % of the draws, emission included. "
            + "The figures show a training sequence, inferred to the last known frame and predicted from a draw of its posterior.",
            [
                Inference(), Predictions(), BySequences(), Calibration(), Costs(), FineStates(),
            ],
            [
                .. SpaceTime(), .. Profiles(), MassPlot(),
            ]);

        double[] Expected(double[] x, int s) => WalkerLattice.Expected(x, Law(conditions.Parameters.Of([s])), Ahead)[bins..];

        DisplacementLaw Law(double[] parameters)
        {
            var (left, right) = WalkersSystem.JumpProbabilities(parameters);
            return new(left, right, WalkerLattice.Jumps);
        }

        double[][] Linear(double[][] paths, int count)
        {
            var map = CirculantMap.Fit([.. paths.Take(count).Select(path => path[..(Known * bins)])], bins);
            return [.. tests.Start.Select(x =>
            {
                var (path, now) = (new double[Ahead * bins], x);
                for (var f = 0; f < Ahead; f++)
                    (now = map.Advance(now)).CopyTo(path, f * bins);
                return path;
            })];
        }

        ReportTable Inference() => new(
            FormattableString.Invariant($"Inference of the {posterior.Sequences} training sequences (seed {training.Seed}), frames 0 to ")
            + FormattableString.Invariant($"{Known - 1}: relative L2 distance of the posterior mean from the exact expectation and from the ")
            + "counts, mass, and s·X, mean over bins.",
            [
                new("model"), new("from the expectation", "%"), new("from the counts", "%"), new("counts from the expectation", "%"),
                new("mass − 1"), new("largest mass error"), new("s·X"), new("transition σ"), new("training, CPU", "s"),
            ],
            [
                .. ((string[])[Shown, Free]).Select(model =>
                {
                    var place = run.Study.FindModel(model);
                    var (q, (loaded, manifest)) = (SequencePosterior.Read(place), ForecastSetup.LoadModel(run.Study, place));
                    var means = Enumerable.Range(0, q.Sequences).Select(q.Mean).ToArray();
                    double[][] counts = [.. trained.Take(q.Sequences).Select(path => path[..(Known * bins)])];
                    var masses = means.SelectMany(mean => mean.Chunk(bins).Select(frame => frame.Sum() - 1)).ToArray();
                    return (ReportCell[])
                    [
                        model, Percent(Distance(means, expected)), Percent(Distance(means, counts)), Percent(Distance(counts, expected)),
                        ReportCell.Number(masses.Average(), 3), ReportCell.Number(masses.Max(Math.Abs), 3),
                        ReportCell.Number(q.Deviations.Zip(q.LogMeans, (s, μ) => s * Math.Exp(μ)).Average(), 3),
                        ReportCell.Number(((TransitionPropagator)loaded.Propagator).Deviation * manifest.ChannelMaximum[0], 3),
                        ReportCell.Number(manifest.TrainingSeconds, 3),
                    ];
                }),
            ]);

        ReportTable Predictions() => new(
            FormattableString.Invariant($"Predictions of the {Members} new sequences: relative L2 error at frames ")
            + FormattableString.Invariant($"{string.Join(", ", Predicted)}; share of the bins within the 95 % band at these frames; largest |mass ")
            + FormattableString.Invariant($"− 1| of a sequence's mean up to frame {Last}."),
            [
                new("prediction"), .. Predicted.Select(t => new ReportColumn($"error, {t}", "%")),
                .. Predicted.Select(t => new ReportColumn($"in band, {t}", "%")), new("mass"),
            ],
            [
                .. rows.Select(row => (ReportCell[])
                [
                    row.Name, .. Predicted.Select(t => Percent(tests.Error(row.Fields, t))),
                    .. Predicted.Select(t => row.Draws is { } draws ? Percent(draws.Coverage(tests.After, t - Known)) : ReportCell.None),
                    ReportCell.Number(row.Draws?.LargestMassError ?? MassError(row.Fields), 2),
                ]),
            ]);

        ReportTable BySequences() => new(
            FormattableString.Invariant($"Number of training sequences: relative L2 error at frame {Compared} (%), mean ± standard deviation ")
            + FormattableString.Invariant($"over {Repeats.Length} trainings with different sequences (seeds {string.Join(", ", seeds)}), and in ")
            + FormattableString.Invariant($"brackets the mean of the largest |mass − 1| up to frame {Last}. The last row is the linear map fitted ")
            + "by least squares to the counts of the same sequences.",
            [new("model"), .. Sequences.Select(n => new ReportColumn($"{n}"))],
            [
                .. Families.Select(
                    family => (ReportCell[])[
                        family,
                        .. Sequences.Select(
                            n => Cell(
                                [
                                    .. Repeats.Select(repeat => forecasts[Name(family, n, repeat)])
                                        .Select(forecast => (forecast.Mean, forecast.LargestMassError)),
                                ])),
                    ]),
                [
                    "linear map by least squares",
                    .. Sequences.Select(n => Cell([.. repeated.Select(paths => Linear(paths, n)).Select(linear => (linear, MassError(linear)))])),
                ],
            ]);

        double MassError(double[][] fields) => fields.Max(path => path.Chunk(bins).Max(frame => Math.Abs(frame.Sum() - 1)));

        ReportCell Cell((double[][] Fields, double Mass)[] repeats)
        {
            double[] errors = [.. repeats.Select(r => 100 * tests.Error(r.Fields, Compared))];
            var deviation = Math.Sqrt(errors.Sum(e => (e - errors.Average()) * (e - errors.Average())) / (errors.Length - 1));
            return new(
                $"{(errors.Length > 1 ? ReportCell.Number(errors.Average(), deviation) : ReportCell.Number(errors[0], 3)).Text} "
                + $"({NumberText.Significant(repeats.Average(r => r.Mass), 2)})",
                true);
        }

        ReportTable Calibration()
        {
            var scored = ParameterInput.Apply(
                run.Study, [.. Scored.Select(p => $"{p.Key}={p.Value}")], null, ScoredMembers, Seed,
                _ => InitialConditions.Random(run.Study, Seed, ScoredMembers));
            var step = system.Solver.Layout.TimeStep;
            string[] names = [Shown, Free];
            return new(
                FormattableString.Invariant($"Calibration at frame {Last}: {ScoredMembers} draws of one sequence ")
                + FormattableString.Invariant($"({string.Join(", ", Scored.Select(p => $"{p.Key} = {p.Value}"))}) with the general forecast and ")
                + "evaluation. Each true member is predicted by the forecasts of the others, at three bins. Ranks: "
                + "shares in classes of equal size from lowest to highest; equal shares mean that the ensemble is "
                + "calibrated.",
                [new("model"), new("CRPS, of the range", "%"), new("spread-skill ratio"), new("ranks", "%")],
                [
                    .. names.Select(model =>
                    {
                        var outcome = run.Forecast(
                            $"scored-{model}", run.Study.FindModel(model), scored, Seed, ((Known - 1) * step, Ahead * step, Ahead * step, 0), run.Study.Lift);
                        var channel = outcome.Errors!.Channels[0];
                        return (ReportCell[])[
                            model, Percent(channel.Crps), ReportCell.Number(channel.SpreadSkill, 3),
                            string.Join(" ", channel.RankShares!.Select(share => NumberText.Significant(100 * share, 2))),
                        ];
                    }),
                ]);
        }

        ReportTable Costs()
        {
            var (context, start) = (conditions.Parameters.Context(new[] { 0 }), conditions.Fields([0]));
            (string Name, double Seconds)[] costs =
            [
                ("walkers, step by step", Measured(new StepwiseWalkers(), 1)), ("walkers, one displacement each", Measured(new DisplacedWalkers(), 20)),
                ("walkers, cell by cell", Measured(new LumpedWalkers(), 20)), ("model, transition and emission", shown.Seconds),
            ];
            run.Done("costs");
            var model = costs[^1].Seconds;
            return new(
                FormattableString.Invariant($"CPU time per frame of one member with N = {WalkersSystem.Walkers(context.ParametersOf(0))}, on ")
                + "one thread, and the speed-up of the model against it.",
                [new("what"), new("CPU", "ms"), new("speed-up of the model"), new("bytes sent")],
                [
                    .. costs.Select(
                        (c, i) => (ReportCell[])[
                            c.Name, ReportCell.Number(1e3 * c.Seconds, 3), ReportCell.Number(c.Seconds / model, 2),
                            i < costs.Length - 1 ? WalkerLattice.Cells * sizeof(double) : bins * sizeof(float),
                        ]),
                ]);

            double Measured(WalkerSolver solver, int frames)
            {
                var state = solver.Lift(start, LiftRule.Equilibrium, context);
                state = solver is StepwiseWalkers ? state : solver.Advance(state, 3, new DiscardedFrames(), context); // compiled by then
                var clock = new Actors.ThreadClock();
                var begin = clock.Now.Cpu;
                solver.Advance(state, frames, new DiscardedFrames(), context);
                return (clock.Now.Cpu - begin) / frames;
            }
        }

        ReportTable FineStates()
        {
            const int cellsTogether = 64;
            var (fine, predicted, shares) = (new double[Members], new double[Members], new double[Members]);
            for (var s = 0; s < Members; s++)
            {
                var context = conditions.Parameters.Context(new[] { s });
                var truth = system.Solver.Advance(
                    system.Solver.Lift(conditions.Fields([s]), LiftRule.Equilibrium, context), Compared, new DiscardedFrames(), context);
                double[] mean = [.. shown.Mean[s].AsSpan((Compared - Known) * bins, bins)];
                var sum = mean.Sum(x => Math.Max(0, x));
                double Of(double[] x) => Relative(Groups(system.Solver.Lift(x, LiftRule.Gradient, context.At(Compared))), Groups(truth));
                (fine[s], predicted[s]) = (Of([.. tests.Frame(s, Compared)]), Of([.. mean.Select(x => Math.Max(0, x) / sum)]));
                var again = system.Solver.Advance(
                    system.Solver.Lift(conditions.Fields([s]), LiftRule.Equilibrium, context), Compared, new DiscardedFrames(),
                    context with { Seed = context.Seed + 1 });
                shares[s] = Relative(Groups(again), Groups(truth));
            }
            return new(
                FormattableString.Invariant($"Fine states at frame {Compared}, as densities in {WalkerLattice.Cells / cellsTogether} places: ")
                + "relative L2 distance from those of the truth, mean over sequences.",
                [new("fine state"), new("distance", "%")],
                [
                    ["lifted from the predicted fractions", Percent(predicted.Average())],
                    ["lifted from the true fractions", Percent(fine.Average())], ["another realisation of the same walk", Percent(shares.Average())],
                ]);

            double[] Groups(double[] cells) => [.. cells.Chunk(cellsTogether).Select(group => group.Sum())];
        }

        IEnumerable<string> SpaceTime() =>
            new SpaceTimeFigure(0, system.Solver.Layout, Times(0, Last + 1), posterior.Mean(0).Concat(ahead.Mean[0]).Select(x => (float)x).ToArray())
        {
            Truth = Array.ConvertAll(trained[0], x => (float)x),
            Phases = [.. Enumerable.Range(0, Last + 1).Select(frame => frame < Known ? Phase.Warmup : Phase.Macro)],
        }.Draw().Panels;

        IEnumerable<string> Profiles()
        {
            double[] places = [.. Enumerable.Range(0, bins).Select(j => system.Solver.Layout.Line.Position(j))];
            var (low, high) = (posterior.Quantile(0, -1.96), posterior.Quantile(0, 1.96));
            foreach (var t in Inferred)
                yield return Plot(
                    t, "inferred", posterior.Mean(0)[(t * bins)..((t + 1) * bins)], low[(t * bins)..((t + 1) * bins)], high[(t * bins)..((t + 1) * bins)]);
            foreach (var t in Predicted)
            {
                var at = (t - Known) * bins;
                yield return Plot(t, "predicted", ahead.Mean[0][at..(at + bins)], ahead.Lower[0][at..(at + bins)], ahead.Upper[0][at..(at + bins)]);
            }

            string Plot(int t, string what, double[] mean, double[] lower, double[] upper) =>
                new LinePlot(new("position", "s"), new("share", "X") { Minimum = 0 },
                [
                    new LineSeries("truth", places, trained[0][(t * bins)..((t + 1) * bins)]) { Width = 0, Dots = true },
                    new LineSeries($"{what} mean", places, mean) { Bands = [new(lower, upper, "95 %")] },
                ])
            { Title = new(what) { After = $", frame {t}" } }.ToSvg();
        }

        string MassPlot() => new LinePlot(new("time", "t"), new("mass", "ΣX"),
            [
                new LineSeries("inferred", Times(0, Known), [.. posterior.Mean(0).Chunk(bins).Select(frame => frame.Sum())]),
                Line("predicted", ahead), Line("predicted, without the virtual observable", aheadFree),
            ])
        { Title = new("mass") }.ToSvg();

        LineSeries Line(string name, SequenceForecast forecast) => new(name, Times(Known, Ahead), forecast.Mass[0])
        { Bands = [new([.. forecast.MassBounds[0].Select(b => b.Lower)], [.. forecast.MassBounds[0].Select(b => b.Upper)], "95 %")] };

        double[] Times(int first, int count) => [.. Enumerable.Range(first, count).Select(f => f * system.Solver.Layout.TimeStep)];

        double Distance(double[][] x, double[][] y) => x.Zip(y, (a, b) => a.Chunk(bins).Zip(b.Chunk(bins), Relative).Average()).Average();
    }

    /// <summary>Members that a model was trained on.</summary>
    private static UsedMembers Training(ReproductionRun run, string model) =>
        ForecastSetup.LoadModel(run.Study, run.Study.FindModel(model)).Manifest.RandomMembers!.Value.First(used => used.Use == DataUse.Training);

    private static double Relative(double[] x, double[] truth) => Math.Sqrt(x.Zip(truth, (a, b) => (a - b) * (a - b)).Sum() / truth.Sum(b => b * b));

    private static ReportCell Percent(double value) => ReportCell.Number(100 * value, 3);

    /// <summary>True sequences, of which some frames are known.</summary>
    private sealed record Trajectories(double[][] Paths, int Bins, int Known)
    {
        /// <summary>The last known frame of each.</summary>
        public double[][] Start { get; } = [.. Paths.Select(path => path[((Known - 1) * Bins)..(Known * Bins)])];

        /// <summary>The frames that follow.</summary>
        public double[][] After { get; } = [.. Paths.Select(path => path[(Known * Bins)..])];

        /// <summary>A frame of a sequence.</summary>
        public ReadOnlySpan<double> Frame(int sequence, int frame) => Paths[sequence].AsSpan(frame * Bins, Bins);

        /// <summary>Relative L2 error of predictions [sequence][frames, B] of the frames that follow, at a frame.</summary>
        public double Error(double[][] predictions, int frame) =>
            Enumerable.Range(0, Paths.Length)
                .Average(s => Relative(predictions[s][((frame - Known) * Bins)..((frame - Known + 1) * Bins)], [.. Frame(s, frame)]));
    }
}
