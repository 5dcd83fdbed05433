using System.Collections.Immutable;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Workers;
using LedCluster.Metrics;
using LedCluster.Report.Figures;
using LedCluster.Report.Plots;

namespace LedCluster.Report.Tests;

/// <summary>
/// A whole report on made-up results: one FitzHugh-Nagumo limit cycle is solved, members are the same cycle at other phases, and
/// the "forecast" runs slightly too fast on macro legs.
/// </summary>
public static class Demonstration
{
    private const int Frames = 601, Points = 101, Members = 60, Cycle = 1402;
    private static readonly Random Noise = new(7);
    private static readonly FieldLayout Layout = FieldLayout.OnLine(
        ImmutableArray.Create(new FieldChannel("u", "activator", "1", 10), new FieldChannel("v", "inhibitor", "1", 10)), Points, 0.2, 0.5);

    private static readonly Lazy<ReportData> Built = new(Compute);
    private static readonly Lazy<string> Rendered = new(() => HtmlReport.Render(Data));

    /// <summary>What the page shows, computed once.</summary>
    public static ReportData Data => Built.Value;

    /// <summary>The page, rendered once.</summary>
    public static string Page => Rendered.Value;

    private static ReportData Compute()
    {
        var orbit = Solve(Cycle);
        double[] times = [.. Enumerable.Range(0, Frames).Select(i => i * Layout.TimeStep)];
        Phase[] phases = [.. Enumerable.Range(0, Frames).Select(i => i <= 60 ? Phase.Warmup : (i - 61) % 54 < 40 ? Phase.Macro : Phase.Micro)];
        var truths = Enumerable.Range(0, Members).Select(m => Path(orbit, i => 3 + m * 2 + i)).ToArray();
        var forecasts = Enumerable.Range(0, Members).Select(m => Forecast(orbit, 3 + m * 2, phases, 0.02 * (0.3 + Noise.NextDouble()))).ToArray();
        var errors = Enumerable.Range(0, 2).Select(c => Errors(truths, forecasts, c)).ToArray();

        return new("FitzHugh–Nagumo: forecast of 60 initial conditions", "Ensemble forecast of the one-dimensional FitzHugh–Nagumo system by "
            + "learned effective dynamics: a lattice Boltzmann solver advances short micro legs, a recurrent network with two latents the long macro "
            + "legs between them.\n\nAll results on this page are synthetic and serve to show the layout.")
        {
            Kicker = "LedCluster · fhn · demonstration",
            Equations = ["∂u/∂t = Dᵤ ∂²u/∂x² + u − u³ − v", "∂v/∂t = Dᵥ ∂²v/∂x² + ε (u − α₁v − α₀)"],
            Facts = Facts(),
            Warnings =
            [
                "2 of 60 members were set aside; the tables and figures show the other 58.",
                "Latents left the training range on 3 % of the legs (figure 6b).",
            ],
            FailedMembers =
            [
                new MemberFailure(17, 4, "u[42] = 12.31, beyond the limit of ±10"),
                new MemberFailure(33, 9, "the <decoder> returned NaN & stopped"),
            ],
            Tables = [Metrics()],
            SpaceTime = new(0, Layout, times, forecasts[0]) { Truth = truths[0], Phases = phases },
            LatentPortrait = new([Latents("member 0", forecasts[0], phases), Latents("member 50", forecasts[50], phases)])
            {
                Reference = [Latents("", Path(orbit, i => 600 + i, 800), [])],
            },
            ErrorGrowth = new(times, "1", [errors[0], errors[1]]) { Phases = phases },
            EnsembleSpread = Spread(forecasts, times, phases),
            Work = new(new WorkTimes { Cpu = [182.4, 21.7, 3.9, 6.2] }) { MicroOnlyCpuSeconds = 1043, MicroOnlySource = "measured on 4 members and scaled" },
            Ranks = Ranks(),
            Trust = Trust(),
            Sections = [Reproduction()],
            Colophon = "led forecast fhn --members 60 --t-final 300 --seed 20240229",
        };
    }

    private static ReportFact[] Facts() =>
    [
        ReportFact.Number("members", Members, group: "Ensemble"), new("initial conditions", "random", "Ensemble"), new("seed", "20240229", "Ensemble"),
        new("set aside", "2", "Ensemble"),
        ReportFact.Number("T_f", 300, group: "Timetable"), ReportFact.Number("T_warm", 30, group: "Timetable"),
        ReportFact.Number("T_m", 20, group: "Timetable"), ReportFact.Number("T_μ", 7, group: "Timetable"),
        ReportFact.Number("wall clock", 118.2, "s", "Cost"), ReportFact.Number("CPU, micro solver", 182.4, "s", "Cost"),
        ReportFact.Number("CPU, propagate", 21.7, "s", "Cost"), new("speed-up (CPU)", "4.87×", "Cost"),
        new("model", "sha256:8f3c…e21a", "Provenance"), new("version", "0.1.0", "Provenance"), new("engine", "embedded, 16 workers", "Provenance"),
    ];

    private static ReportTable Metrics() => new(
        "Scores over 58 members and all frames after the warm-up, with the values of the published experiment.",
        [new("Channel"), new("MNAD", "1"), new("RMSE", "1"), new("Correlation", "1"), new("CRPS", "1"), new("MNAD, paper", "1", true)],
        [
            ["activator u", ReportCell.Number(0.01234, 0.0021), 0.0312, 0.9971, 0.00834, 0.012],
            ["inhibitor v", ReportCell.Number(0.00871, 0.0013), 0.00093, 0.9984, 5.4e-4, double.NaN],
        ])
    { Note = "± is the standard deviation over members. Paper: Vlachas et al. 2022, figure 3 (read off)." };

    private static ReportSection Reproduction()
    {
        double[] legs = [0, 10, 50, 100, 200, 500], ours = [0, 0.0031, 0.0062, 0.0088, 0.0121, 0.0243], paper = [0, 0.0034, 0.0071, 0.0091, 0.0144, 0.0262];
        return new("Reproduction", "Error and speed-up against the length T_m of the macro legs at T_μ = 10.")
        {
            Tables =
            [
                new("Mean normalised absolute difference of the inhibitor.",
                    [new("T_m", "1"), new("ours", "1"), new("reference code", "1", true), new("paper", "1", true), new("speed-up", "1")],
                    [.. legs.Select((t, i) => (ReportCell[])[t, ours[i], ours[i] * 1.07, paper[i], 1 + t / 12])]),
            ],
            Figures =
            [
                new("Error against T_m.", "Mean normalised absolute difference; T_m and the error are dimensionless.",
                [
                    new LinePlot(new("macro leg", "T_m"), new("MNAD of", "v"),
                    [
                        new LineSeries("ours", legs, ours) { Dots = true },
                        new LineSeries("paper", legs, paper) { Dots = true, Dashed = true, Colour = LedCluster.Report.Colours.Palette.Reference },
                    ]).ToSvg(),
                ]),
            ],
        };
    }

    private static double Gauss() => Enumerable.Range(0, 6).Sum(_ => Noise.NextDouble()) - 3;

    /// <summary>An ensemble that spreads as the truth does, and one that spreads too little.</summary>
    private static RankHistogramFigure Ranks()
    {
        RankHistogram Of(double spread)
        {
            var ranks = new RankHistogram(11);
            for (var i = 0; i < 2000; i++)
                ranks.Add([.. Enumerable.Range(0, 11).Select(_ => spread * Gauss())], Gauss());
            return ranks;
        }
        return new(Layout, [Of(1), Of(0.5)]);
    }

    private static TrustFigure Trust()
    {
        double[] times = [.. Enumerable.Range(0, 21).Select(i => 30 + i * 13.5)];
        double Grow(int i, double a) => a * (1 + 0.1 * i) * (0.8 + 0.4 * Noise.NextDouble());
        double Micro(int i, double a) => i % 2 == 0 ? Grow(i, a) : double.NaN;
        double[] Series(Func<int, double> f) => [.. Enumerable.Range(0, times.Length).Select(f)];
        return new(times, "1", new(Series(i => Micro(i, 0.002)), Series(i => Micro(i, 0.006))), new(Series(_ => 0), Series(i => i > 5 ? Grow(i, 0.004) : 0)));
    }

    private static EnsembleSpreadFigure Spread(float[][] forecasts, double[] times, Phase[] phases)
    {
        var deviation = new float[Frames * 2 * Points];
        for (var i = 0; i < deviation.Length; i++)
        {
            var mean = forecasts.Average(f => (double)f[i]);
            deviation[i] = (float)Math.Sqrt(forecasts.Average(f => (f[i] - mean) * (f[i] - mean)));
        }
        const int Point = 50;
        var channels = Enumerable.Range(0, 2).Select(c =>
        {
            var sorted = Enumerable.Range(0, Frames).Select(t => forecasts.Select(f => (double)f[(t * 2 + c) * Points + Point]).Order().ToArray()).ToArray();
            double[] At(double q) => [.. sorted.Select(s => s[(int)(q * (Members - 1))])];
            return new PointSpread([.. sorted.Select(s => s.Average())], At(0.05), At(0.95)) { Quartiles = (At(0.25), At(0.75)) };
        });
        return new(Layout, times, Point, [.. channels]) { Deviation = deviation, Phases = phases };
    }

    private static ChannelError Errors(float[][] truths, float[][] forecasts, int channel)
    {
        var range = channel == 0 ? 2.2 : 0.45;
        var perFrame = Enumerable.Range(0, Frames).Select(t => Enumerable.Range(0, Members).Select(m =>
            Enumerable.Range((t * 2 + channel) * Points, Points).Average(j =>
                Math.Abs((double)truths[m][j] - forecasts[m][j]) / range)).Order().ToArray()).ToArray();
        return new(channel == 0 ? "u" : "v", [.. perFrame.Select(e => e.Average())])
        {
            Quantiles = new([.. perFrame.Select(e => e[3])], [.. perFrame.Select(e => e[56])]),
        };
    }

    private static LatentPath Latents(string name, float[] path, Phase[] phases)
    {
        var frames = path.Length / (2 * Points);
        double Mean(int t, int c) => Enumerable.Range(0, Points).Average(j => path[(t * 2 + c) * Points + j]);
        double[] first = [.. Enumerable.Range(0, frames).Select(t => Mean(t, 0))], second = [.. Enumerable.Range(0, frames).Select(t => 4 * Mean(t, 1))];
        return new(name, first, second) { Phases = phases };
    }

    private static float[] Forecast(float[] orbit, int start, Phase[] phases, double drift)
    {
        double shift = 0;
        double[] shifts = [.. phases.Select(p => shift = p == Phase.Macro ? shift + drift : shift * 0.97)];
        var path = Path(orbit, i => start + i + shifts[i]);
        for (var i = 0; i < path.Length; i++)
            path[i] += phases[i / (2 * Points)] == Phase.Macro ? (float)((Noise.NextDouble() - 0.5) * 0.004) : 0;
        return path;
    }

    private static float[] Path(float[] orbit, Func<int, double> index, int frames = Frames)
    {
        const int Size = 2 * Points;
        var path = new float[frames * Size];
        for (var i = 0; i < frames; i++)
        {
            var at = index(i);
            var (k, f) = ((int)at, (float)(at - (int)at));
            for (var j = 0; j < Size; j++)
                path[i * Size + j] = (1 - f) * orbit[k * Size + j] + f * orbit[(k + 1) * Size + j];
        }
        return path;
    }

    private static float[] Solve(int frames)
    {
        const double Dx = 0.2, Dt = 0.004, Du = 1, Dv = 4, Eps = 0.006, A1 = 2, A0 = -0.03;
        double[] u = new double[Points], v = new double[Points], nu = new double[Points], nv = new double[Points];
        for (var j = 0; j < Points; j++)
            (u[j], v[j]) = (j * Dx < 6 ? 0.9 : -0.75, j * Dx < 12 ? 0.02 : 0.1);
        var orbit = new float[frames * 2 * Points];
        for (var frame = 0; frame < frames; frame++)
        {
            for (var step = 0; step < 125; step++)
            {
                for (var j = 0; j < Points; j++)
                {
                    var (l, r) = (Math.Max(0, j - 1), Math.Min(Points - 1, j + 1));
                    nu[j] = u[j] + Dt * (Du * (u[l] - 2 * u[j] + u[r]) / (Dx * Dx) + u[j] - u[j] * u[j] * u[j] - v[j]);
                    nv[j] = v[j] + Dt * (Dv * (v[l] - 2 * v[j] + v[r]) / (Dx * Dx) + Eps * (u[j] - A1 * v[j] - A0));
                }
                (u, nu, v, nv) = (nu, u, nv, v);
            }
            for (var j = 0; j < Points; j++)
                (orbit[frame * 2 * Points + j], orbit[(frame * 2 + 1) * Points + j]) = ((float)u[j], (float)v[j]);
        }
        return orbit;
    }
}
