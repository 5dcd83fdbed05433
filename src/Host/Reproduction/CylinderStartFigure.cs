using System.Collections.Immutable;
using System.Text.Json.Serialization;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;
using LedCluster.Host.Forecasts;
using LedCluster.Metrics;
using LedCluster.Models.Checkpoints;
using LedCluster.Report;
using LedCluster.Report.Plots;
using LedCluster.Solvers.Flow;

namespace LedCluster.Host.Reproduction;

/// <summary>
/// The transition from perturbed impulsive starts to the vortex street: when does the lift saturate? Models are compared with the continuation of the stored
/// start that is most similar to the last known frame.
/// </summary>
internal sealed record CylinderStartFigure : FigurePlan
{
    /// <summary>Time at the end over which the cycle is measured.</summary>
    private const double Tail = 10;

    /// <summary>Time that is known, from the impulsive start on.</summary>
    public required double WarmTime { get; init; }

    /// <summary>Forecast time after it.</summary>
    public required double Horizon { get; init; }

    /// <summary>Reynolds number.</summary>
    public required double Reynolds { get; init; }

    /// <summary>Share of its amplitude at the end at which a lift counts as saturated.</summary>
    public required double Share { get; init; }

    /// <summary>Starts of another seed, among which the most similar frame is looked for.</summary>
    public required int Others { get; init; }

    /// <summary>The study's models; the first one's latents tell what is similar.</summary>
    public required string[] Models { get; init; }

    /// <inheritdoc />
    [JsonIgnore]
    public override int Cases => Models.Length;

    /// <inheritdoc />
    protected override IEnumerable<(string Model, ImmutableArray<UsedMembers>? Used)> Tested(ReproductionRun run) => Named(run, Models);

    /// <inheritdoc />
    public override FigureResult Run(ReproductionRun run)
    {
        var system = CylinderTest.SystemOf(run);
        if (Models.Length == 0)
            throw new UserError($"The figure needs at least one model. Name them in the reproduce.json of study '{run.Study.Name}'.");
        var (layout, reduction) = (system.Solver.Layout, ForecastSetup.LoadModel(run.Study, run.Study.FindModel(Models[0])).Model.Reduction);
        var (known, frames, size, d) = (layout.Frames(WarmTime)!.Value + 1, layout.Frames(Horizon)!.Value, layout.Size, reduction.LatentSize);
        var values = new Dictionary<string, ParameterValues> { ["Re"] = new(Reynolds, Reynolds), ["start"] = new(0, 0) };
        var parameters = new ParameterTable(system.Parameters, Seed, Members, values);
        var others = new ParameterTable(system.Parameters, Seed + 1, Others, values);
        var own = parameters.Of([0]);
        var truth = Simulate(run, 0, known + frames, InitialConditions.Random(system, Members, parameters));
        var lifts = Lifts(truth);
        var library = Enumerable.Range(0, Others).Select(m => // one after the other: fields are large
        {
            var (path, context) = (new double[(known + frames) * size], others.Context((int[])[m]));
            var start = new double[size];
            system.Random(Seed + 1, m, own, start);
            MicroSimulation.Run(system.Solver, start, known + frames - 1, context, (first, piece) => piece.CopyTo(path.AsSpan(first * size)));
            var latents = new float[(known + frames) * d];
            reduction.Encode(path, latents);
            return (Latents: latents, Lift: CylinderTest.Series(system, own, path)[1]);
        }).ToArray();
        var forecasts = Models.Select(name => LatentForecast.Of(run, name, parameters, truth, known)).ToArray();

        var step = layout.TimeStep;
        double[] saturation = [.. lifts.Select((lift, m) => Saturation(lift, m))];
        (string Name, double[][] Lifts, double[] Errors)[] rows =
        [
            .. forecasts.Select((forecast, i) => Row(Models[i], forecast.Fields, forecast.Manifest)),
            .. forecasts.Select((forecast, i) => Row($"modes of '{Models[i]}', no forecast", Modes(forecast.Reduction), forecast.Manifest)),
            (
                "most similar other start",
                [.. truth.Select((path, m) => MostSimilar(path.AsSpan((known - 1) * size, size), lifts[m][..known], library, reduction, frames))],
                [.. Enumerable.Repeat(double.NaN, Members)]
            ),
        ];
        var times = rows.Select(row => row.Lifts.Select(Saturation).ToArray()).ToArray();
        foreach (var (i, row) in rows.Index())
            run.Done(
                $"{row.Name}: time of saturation within {NumberText.Significant(100 * times[i].Zip(saturation, (a, b) => Math.Abs(a / b - 1)).Max(), 2)} %");
        return new FigureResult(
            "from the impulsive start to the vortex street",
            FormattableString.Invariant($"{Members} impulsive starts, each with a different vortex behind the cylinder (seed {Seed}), Re ")
            + FormattableString.Invariant($"{Reynolds}, {layout.Axes[1].Points} × {layout.Axes[0].Points} cells; known to t = {WarmTime}, ")
            + FormattableString.Invariant($"forecast for {Horizon}. ")
            + FormattableString.Invariant($"The lift is saturated when half the distance of its extremes reaches {100 * Share} % of its value at ")
            + "the end of the same run, for the last time; a lift that ends below half the micro solver's is never "
            + "saturated. Times from the impulsive start, errors in percent of the micro solver's time. "
            + FormattableString.Invariant($"St and amplitude of C_l over the last {Tail} time units. Most similar: of the frames of {Others} ")
            + FormattableString.Invariant($"starts of another seed, the one whose latents in '{Models[0]}' are nearest to those of the last known ")
            + "frame, and the frames that follow it.",
            [Each(rows, times, saturation), Summary(rows, times, saturation, lifts, step)],
            [.. Enumerable.Range(0, Math.Min(2, Members)).Select(m => Plot(m, lifts[m], rows[0], known, step))]);

        (string Name, double[][] Lifts, double[] Errors) Row(string name, double[][] paths, ModelManifest manifest) =>
            (name, Continued(Lifts(paths)), [.. paths.Select((path, m) => Deviation(path, truth[m].AsSpan(known * size), manifest))]);

        double[][] Modes(IReduction of) =>
            [.. truth.Select((path, m) => LatentForecast.Reconstructed(of, path.AsSpan(known * size), size, parameters.Context((int[])[m]).At(known)))];

        double[][] Lifts(double[][] paths) => [.. paths.Select(path => CylinderTest.Series(system, own, path)[1])];

        double Saturation(double[] lift, int member)
        {
            var end = Amplitude(lift);
            return end < Amplitude(lifts[member]) / 2 ? double.NaN : step * OscillationAmplitude.Reaches(lift, Share * end);
        }

        double[][] Continued(double[][] after) => [.. after.Select((lift, m) => (double[])[.. lifts[m][..known], .. lift])];
    }

    /// <summary>Mean |error| over the range of each channel in training.</summary>
    private static double Deviation(double[] path, ReadOnlySpan<double> truth, ModelManifest manifest)
    {
        var (sum, channels, size) = (0.0, manifest.ChannelMinimum.Length, manifest.Points * manifest.ChannelMinimum.Length);
        for (var i = 0; i < path.Length; i++)
        {
            var c = i % size / manifest.Points;
            sum += Math.Abs(path[i] - truth[i]) / (manifest.ChannelMaximum[c] - manifest.ChannelMinimum[c]);
        }
        return sum / path.Length;
    }

    private static double[] MostSimilar(ReadOnlySpan<double> last, double[] known, (float[] Latents, double[] Lift)[] library, IReduction reduction, int frames)
    {
        var latent = new float[reduction.LatentSize];
        reduction.Encode(last, latent);
        var best = library.SelectMany((other, m) => Enumerable.Range(0, other.Lift.Length).Select(f => (Member: m, Frame: f)))
            .MinBy(at => latent.Select((z, k) => Math.Pow(z - library[at.Member].Latents[at.Frame * latent.Length + k], 2)).Sum());
        return [.. known, .. library[best.Member].Lift.Skip(best.Frame + 1).Take(frames)];
    }

    private static ReportTable Each((string Name, double[][] Lifts, double[] Errors)[] rows, double[][] times, double[] saturation) => new(
        "Time of saturation of each start.",
        [new("member"), new("micro solver"), .. rows.SelectMany(row => (ReportColumn[])[new(row.Name), new($"error of {row.Name}", "%")])],
        [
            .. saturation.Select((time, m) => (ReportCell[])
            [
                m, ReportCell.Number(time, 4),
                .. times.SelectMany(own => (ReportCell[])[ReportCell.Number(own[m], 4), ReportCell.Number(100 * (own[m] / time - 1), 2)]),
            ]),
        ]);

    private static ReportTable Summary(
        (string Name, double[][] Lifts, double[] Errors)[] rows, double[][] times, double[] saturation, double[][] truth, double step) => new(
        "Over all starts, and the cycle at the end.",
        [new("forecast"), new("mean |error| of the time", "%"), new("largest", "%"), new("starts within 5 %"), new("MNAD"), new("St"), new("amplitude of C_l")],
        [
            ["micro solver", ReportCell.None, ReportCell.None, ReportCell.None, ReportCell.None, .. Cycle(truth, step)],
            .. rows.Select((row, i) =>
            {
                double[] errors = [.. times[i].Zip(saturation, (a, b) => 100 * Math.Abs(a / b - 1))];
                return (ReportCell[])
                [
                    row.Name, ReportCell.Number(errors.Average(), 2), ReportCell.Number(errors.Any(double.IsNaN) ? double.NaN : errors.Max(), 2),
                    $"{errors.Count(e => e <= 5)} of {errors.Length}",
                    ReportCell.Number(row.Errors.Average(), 3), .. Cycle(row.Lifts, step),
                ];
            }),
        ]);

    private static double Amplitude(double[] lift) => OscillationAmplitude.Envelope(lift) is [.., var last] ? last.Amplitude : double.NaN;

    private static ReportCell[] Cycle(double[][] lifts, double step)
    {
        double[][] ends = [.. lifts.Select(lift => lift[^(int)Math.Round(Tail / step)..])];
        return
        [
            ReportCell.Number(ends.Average(end => CylinderSystem.Diameter / (CylinderSystem.Speed * step * OscillationPeriod.Of(end, 1, 0))), 4),
            ReportCell.Number(ends.Average(end => (end.Max() - end.Min()) / 2), 3),
        ];
    }

    private static string Plot(int member, double[] truth, (string Name, double[][] Lifts, double[] Errors) row, int known, double step)
    {
        double[] Times(int first, int count) => [.. Enumerable.Range(first, count).Select(k => k * step)];
        return new LinePlot(new("time", "t"), new("lift coefficient"),
            [
                new LineSeries("truth", Times(0, truth.Length), truth) { Width = 3 },
                new LineSeries(row.Name, Times(known, row.Lifts[member].Length - known), row.Lifts[member][known..]) { Dashed = true },
            ])
        { Title = new($"lift coefficient, start {member}"), Size = PlotSize.Half }.ToSvg();
    }
}
