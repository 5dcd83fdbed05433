using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;
using LedCluster.Metrics;
using LedCluster.Report;
using LedCluster.Solvers.Flow;

namespace LedCluster.Host.Reproduction;

/// <summary>Forecasts of one flow beside the truth.</summary>
/// <param name="system">The system.</param>
/// <param name="parameters">Parameters of the flow.</param>
/// <param name="period">Its period, in frames.</param>
/// <param name="ranges">Range of each channel in training.</param>
/// <param name="truth">True trajectories [member][frames, C·X].</param>
/// <param name="known">Frames that forecasts know.</param>
internal sealed class CylinderTest(CylinderSystem system, double[] parameters, double period, double[] ranges, double[][] truth, int known)
{
    private const double PeriodsOfPhase = 2.5;

    /// <summary>How far from the cylinder's surface a point is beside the wall, in diameters.</summary>
    public const double WallDistance = 0.25;

    private readonly bool[] wall = Wall(system, parameters);

    /// <summary>The flow of a study.</summary>
    /// <exception cref="UserError">It has none.</exception>
    public static CylinderSystem SystemOf(ReproductionRun run) => run.Study.PhysicalSystem as CylinderSystem
        ?? throw new UserError($"Study '{run.Study.Name}' has no flow past a cylinder. Remove this figure from its reproduce.json.");

    /// <summary>True trajectories [member][frames, C·X].</summary>
    public double[][] Truth => truth;

    /// <summary>Frames that forecasts know.</summary>
    public int Known => known;

    /// <summary>The flow's period, in frames.</summary>
    public double Period => period;

    /// <summary>Drag and lift of the truth, [member][drag, lift][frames].</summary>
    public double[][][] TrueSeries { get; } = [.. truth.Select(path => Series(system, parameters, path))];

    /// <summary>The forecasts.</summary>
    public List<CylinderRow> Rows { get; } = [];

    /// <summary>CPU seconds of the micro solver per frame.</summary>
    public double SecondsPerFrame { get; set; }

    /// <summary>CPU seconds of the propagator per frame.</summary>
    public double LatentSecondsPerFrame { get; set; }

    /// <summary>CPU seconds of the decoder per frame.</summary>
    public double DecoderSecondsPerFrame { get; set; }

    /// <summary>Errors of the micro solver after restarts.</summary>
    public ReportTable? Restarts { get; set; }

    /// <summary>Names of the channels.</summary>
    public IEnumerable<string> Channels => system.Solver.Layout.Channels.Select(c => c.Name);

    /// <summary>Time between frames.</summary>
    public double TimeStep => system.Solver.Layout.TimeStep;

    /// <summary>Strouhal number of the truth over the forecast's frames, mean over members.</summary>
    public double Strouhal => TrueSeries.Average(series => StrouhalOf(series[1].AsSpan(known)));

    /// <summary>Mean drag of the truth, over all frames.</summary>
    public double MeanDrag => TrueSeries.Average(series => series[0].Average());

    /// <summary>Drag and lift of frames, [2][frames].</summary>
    /// <param name="system">The system.</param>
    /// <param name="parameters">Parameters of the flow.</param>
    /// <param name="fields">Frames [F, C·X].</param>
    public static double[][] Series(CylinderSystem system, double[] parameters, double[] fields)
    {
        var (size, values) = (system.Solver.Layout.Size, new double[system.Diagnostics.Length]);
        double[][] series = [new double[fields.Length / size], new double[fields.Length / size]];
        for (var f = 0; f < series[0].Length; f++)
        {
            system.Diagnose(fields.AsSpan(f * size, size), f * system.Solver.Layout.TimeStep, parameters, values);
            (series[0][f], series[1][f]) = (values[0], values[1]);
        }
        return series;
    }

    /// <summary>CPU seconds per frame of decoding, as a worker decodes: the least of some passes.</summary>
    /// <param name="reduction">The decoder.</param>
    /// <param name="parameters">Seed and parameters of the members.</param>
    /// <param name="latents">Latents [frames, d_z] of the first member.</param>
    /// <param name="size">Numbers C·X of a frame.</param>
    public static double SecondsToDecode(IReduction reduction, ParameterTable parameters, ReadOnlySpan<float> latents, int size)
    {
        var (decoder, frames, given) = (new MemberDecoder(reduction, parameters), latents.Length / reduction.LatentSize, latents.ToArray());
        var fields = new float[frames * size]; // used again, as workers do
        return LeastSeconds(frames, () => decoder.Decode(new[] { 0 }, 0, given, fields));
    }

    /// <summary>CPU seconds per frame: the least of five passes, so that all costs are measured alike on a busy machine.</summary>
    /// <param name="frames">Frames of a pass.</param>
    /// <param name="pass">The work.</param>
    public static double LeastSeconds(int frames, Action pass)
    {
        var (clock, least) = (new Actors.ThreadClock(), double.PositiveInfinity);
        for (var i = 0; i < 5; i++)
        {
            var begin = clock.Now.Cpu;
            pass();
            least = Math.Min(least, (clock.Now.Cpu - begin) / frames);
        }
        return least;
    }

    /// <summary>Measures a forecast.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="ratio">Macro over micro time.</param>
    /// <param name="forecast">Fields of the frames after those known, of a member.</param>
    /// <param name="isLatent">Whether it is Latent-LED.</param>
    public void Add(string name, string ratio, Func<int, double[]> forecast, bool isLatent = false)
    {
        var (errors, first, series) = (new List<CylinderErrors>(), Array.Empty<double>(), Array.Empty<double[]>());
        for (var m = 0; m < truth.Length; m++)
        {
            var fields = forecast(m);
            var own = Series(system, parameters, fields);
            if (m == 0)
                (first, series) = (isLatent ? fields : [], own);
            errors.Add(Errors(m, fields, own));
        }
        Rows.Add(new(name, ratio, isLatent, [.. errors], first, series));
    }

    /// <summary>Mean |error| of a frame over the range, mean over channels.</summary>
    /// <param name="own">The frame [C·X].</param>
    /// <param name="other">The true one.</param>
    public double Mnad(ReadOnlySpan<double> own, ReadOnlySpan<double> other)
    {
        var sum = 0.0;
        for (var k = 0; k < own.Length; k++)
            sum += Math.Abs(own[k] - other[k]) / ranges[k / system.Solver.Layout.Points];
        return sum / own.Length;
    }

    private CylinderErrors Errors(int member, double[] fields, double[][] series)
    {
        var (points, size, frames) = (system.Solver.Layout.Points, system.Solver.Layout.Size, fields.Length / system.Solver.Layout.Size);
        var (absolute, squares, variance) = (new double[ranges.Length], new double[ranges.Length], new double[ranges.Length]);
        var (means, beside) = (new double[size], 0.0);
        for (var f = 0; f < frames; f++)
            for (var k = 0; k < size; k++)
                means[k] += truth[member][(known + f) * size + k] / frames;
        for (var f = 0; f < frames; f++)
            for (var k = 0; k < size; k++)
            {
                var (t, c) = (truth[member][(known + f) * size + k], k / points);
                var error = fields[f * size + k] - t;
                absolute[c] += Math.Abs(error);
                if (wall[k % points])
                    beside += Math.Abs(error) / ranges[c];
                squares[c] += error * error;
                variance[c] += (t - means[k]) * (t - means[k]);
            }
        return new(
            [.. absolute.Select((a, c) => a / (frames * (double)points * ranges[c]))], squares.Zip(variance, (s, v) => s / v).Average(),
            Phase(TrueSeries[member][1], series[1]), StrouhalOf(series[1]),
            series[0].Select((d, f) => Math.Abs(d - TrueSeries[member][0][known + f])).Average(), Cycle(series),
            beside / (frames * (double)ranges.Length * wall.Count(near => near)));
    }

    private static bool[] Wall(CylinderSystem system, double[] parameters)
    {
        var (rows, columns) = (system.Solver.Layout.Axes[0].Points, system.Solver.Layout.Axes[1].Points);
        return [
            .. from row in Enumerable.Range(0, rows)
            from column in Enumerable.Range(0, columns)
            select system.Distance(row, column, parameters) is >= 0 and <= WallDistance,
        ];
    }

    /// <summary>Phase of a lift after that of the truth at the end, in hundredths of a period; NaN for one that hardly oscillates.</summary>
    private double Phase(double[] whole, double[] own)
    {
        var count = Math.Min(own.Length, (int)Math.Round(PeriodsOfPhase * period));
        var (re, im) = Component(whole.AsSpan(whole.Length - count), period);
        var (ownRe, ownIm) = Component(own.AsSpan(own.Length - count), period);
        if (Math.Sqrt(ownRe * ownRe + ownIm * ownIm) < 0.1 * Math.Sqrt(re * re + im * im))
            return double.NaN;
        return 100 * Math.Atan2(ownIm * re - ownRe * im, ownRe * re + ownIm * im) / (2 * Math.PI);
    }

    /// <summary>Σ w_f (l_f − l̄) e^{−2πif/P} with Hann's window.</summary>
    private static (double Re, double Im) Component(ReadOnlySpan<double> lift, double period)
    {
        var (re, im, mean) = (0.0, 0.0, 0.0);
        foreach (var l in lift)
            mean += l / lift.Length;
        for (var f = 0; f < lift.Length; f++)
        {
            var (angle, w) = (-2 * Math.PI * f / period, 1 - Math.Cos(2 * Math.PI * (f + 0.5) / lift.Length));
            re += w * (lift[f] - mean) * Math.Cos(angle);
            im += w * (lift[f] - mean) * Math.Sin(angle);
        }
        return (re, im);
    }

    /// <summary>What a flow is like: Strouhal number, mean drag, and amplitude of the lift, half of what lies between its extremes.</summary>
    /// <param name="series">Drag and lift [2][frames].</param>
    public (double Strouhal, double Drag, double Lift) Cycle(double[][] series) =>
        (StrouhalOf(series[1]), series[0].Average(), (series[1].Max() - series[1].Min()) / 2);

    /// <summary>The same of a member's truth over the forecast's frames.</summary>
    public (double Strouhal, double Drag, double Lift) TrueCycle(int member) => Cycle([TrueSeries[member][0][known..], TrueSeries[member][1][known..]]);

    private double StrouhalOf(ReadOnlySpan<double> lift) => CylinderSystem.Diameter / (CylinderSystem.Speed * TimeStep * OscillationPeriod.Of(lift, 1, 0));
}

/// <summary>A forecast of all members.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Ratio">Macro over micro time.</param>
/// <param name="IsLatent">Whether it is Latent-LED.</param>
/// <param name="Errors">Errors of each member.</param>
/// <param name="First">Fields of the first member, of Latent-LED.</param>
/// <param name="Series">Drag and lift of the first member.</param>
internal sealed record CylinderRow(string Name, string Ratio, bool IsLatent, CylinderErrors[] Errors, double[] First, double[][] Series);

/// <summary>Errors of a member's forecast.</summary>
/// <param name="Mnad">Mean |error| over the range, of each channel.</param>
/// <param name="Variance">Mean squared error over variance, mean over channels.</param>
/// <param name="Phase">Phase error at the end, in hundredths of a period.</param>
/// <param name="Strouhal">Strouhal number of the forecast.</param>
/// <param name="Drag">Mean |error| of the drag coefficient.</param>
/// <param name="Cycle">Strouhal number, mean drag and amplitude of the lift of the forecast.</param>
/// <param name="Wall">Mean |error| over the range, mean over channels, of the points beside the wall.</param>
internal sealed record CylinderErrors(
    double[] Mnad, double Variance, double Phase, double Strouhal, double Drag, (double Strouhal, double Drag, double Lift) Cycle, double Wall);
