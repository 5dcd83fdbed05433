using LedCluster.Solvers.Flow;

/// <summary>
/// The flow solver beside reference values: Schäfer and Turek 1996 (doi:10.1007/978-3-322-89849-4_39), a nearly unbounded cylinder, the law
/// of the impulsive start, the box of the publication, and halved steps. Takes an hour; every line is printed as it is made.
/// </summary>
internal static class CylinderValidation
{
    private const double Length = 1, Speed = 0.15, Diameter = 0.075;

    public static void Run(string[] cases)
    {
        foreach (var (name, run) in ((string, Action)[])
            [
                ("box-256", () => Box(256)), ("box-step", () => Box(256, refinement: 2)), ("dfg-25", () => Channel(104)), ("start", Start), ("onset", Onset),
                ("box-512", () => Box(512)), ("dfg-50", () => Channel(208)), ("unbounded", Unbounded), ("box-128", () => Box(128)),
            ])
            if (cases.Length == 0 || cases.Contains(name))
                run();
    }

    private static void Print(params FormattableString[] parts) => Console.WriteLine(string.Concat(parts.Select(FormattableString.Invariant)));

    /// <summary>DFG benchmarks 2D-1 and 2D-2, the channel being 2.2 by 0.41 and D = 0.1 at (0.2, 0.2).</summary>
    private static void Channel(int rows)
    {
        var h = 0.41 / rows;
        var columns = (int)Math.Ceiling(2.2 / h / 16) * 16;
        while (!Suits(columns))
            columns += 16;
        var cylinder = new Circle(0.2, 0.2, 0.05);
        var shedding = new FlowHistory(FlowBox.Parabolic(columns, rows, h, 1.5), cylinder, 1, 1e-3).Run(60, 3000);
        var s = shedding.Shedding(0.3);
        Print(
            $"DFG 2D-2, {columns} x {rows}, D/h {shedding.Resolution:F1}: largest C_d {s.LargestDrag:F3} (3.22-3.24), ",
            $"largest C_l {s.LargestLift:F3} (0.99-1.01), St {s.Strouhal:F4} (0.295-0.305)");
        var steady = new FlowHistory(FlowBox.Parabolic(columns, rows, h, 0.3), cylinder, 0.2, 1e-3) { Perturbed = false };
        do
            steady.Run(2, 4);
        while (steady.Samples < 8 || (steady.Drift(4) > 1e-6 && steady.Samples < 200));
        var (drag, lift, drop) = steady.Last;
        Print(
            $"DFG 2D-1, {columns} x {rows}, D/h {steady.Resolution:F1}: C_d {drag:F4} (5.5795; {100 * (drag / 5.57953523384 - 1):F2} %), ",
            $"C_l {lift:F5} (0.01062), pressure drop {drop:F5} (0.11752)");
    }

    /// <summary>5 % blockage, the inflow 8 D ahead: Re 40 and Re 100.</summary>
    private static void Unbounded()
    {
        var (box, cylinder) = (FlowBox.Uniform(1024, 512, Length / 1024, Speed), new Circle(0.2, 0.25, 0.0125));
        var steady = new FlowHistory(box, cylinder, Speed, Speed * 0.025 / 40) { Perturbed = false }.Run(50, 25);
        Print(
            $"5 % blockage, D/h {steady.Resolution:F1}, Re 40: C_d {steady.Last.Drag:F4} (1.5-1.65), ",
            $"change over the last 10 D/V {100 * steady.Drift(5):F3} %");
        var shedding = new FlowHistory(box, cylinder, Speed, Speed * 0.025 / 100).Run(110, 1100);
        var s = shedding.Shedding(0.25);
        Print(
            $"5 % blockage, D/h {shedding.Resolution:F1}, Re 100: St {s.Strouhal:F4} (0.164-0.176), mean C_d {s.MeanDrag:F3} (1.33-1.46), ",
            $"C_l amplitude {s.LiftAmplitude:F3}");
    }

    /// <summary>Growth or decay of the lift with 5 % blockage.</summary>
    private static void Onset()
    {
        foreach (var re in (double[])[44, 56])
        {
            var flow = new FlowHistory(FlowBox.Uniform(512, 256, Length / 512, Speed), new(0.2, 0.25, 0.0125), Speed, Speed * 0.025 / re).Run(120, 600);
            Print(
                $"5 % blockage, D/h {flow.Resolution:F1}, Re {re}: growth rate of the lift {flow.GrowthRate():F4} per D/V (onset between Re 44 ",
                $"and 56: below 0, above 0)");
        }
    }

    /// <summary>
    /// Drag just after an impulsive start, beside 4√(π/(Re T)) + 4π/Re: a Rayleigh layer under the slip 2V sin θ, and the next term of the
    /// linear problem, whose force is πρR²sV(1 + 4K₁(q)/(qK₀(q))), q = R√(s/ν), in Laplace's variable s (Stokes 1851). What is quadratic in
    /// the velocity, and the box, are neglected.
    /// </summary>
    private static void Start()
    {
        (double, int, int, double)[] starts = [(10, 512, 512, 0.12), (100, 512, 512, 0.3), (100, 512, 1024, 0.3), (100, 1024, 1024, 0.3)];
        foreach (var (re, cells, columns, times) in starts)
        {
            var (h, height) = (Length / cells, columns / 2);
            var (box, cylinder) = (FlowBox.Uniform(columns, height, h, Speed), new Circle(columns * h / 5, height * h / 2, Diameter / 2));
            var flow = new FlowHistory(box, cylinder, Speed, Speed * Diameter / re, refinement: 2) { Perturbed = false }.Run(times, 12);
            var law = flow.Drag.Where((_, i) => i is 3 or 5 or 7 or 11)
                .Select(d => (d.Time, d.Drag, First: 4 * Math.Sqrt(Math.PI / (re * d.Time))))
                .Select(d => (d.Time, d.Drag, d.First, Law: d.First + 4 * Math.PI / re)).ToArray();
            var beside = law.Select(d => FormattableString.Invariant($"T {d.Time:F3} C_d {d.Drag:F3} (first term {d.First:F3}, ")
                + FormattableString.Invariant($"{100 * (d.Drag / d.First - 1):F1} %; both {d.Law:F3}, {100 * (d.Drag / d.Law - 1):F1} %)"));
            Print(
                $"Impulsive start, Re {re}, D/h {flow.Resolution:F1}, D/H {Diameter / (height * h):F3}: ",
                $"{string.Join(", ", beside)}");
            Print(
                $"  slope of log C_d: {Math.Log(law[^1].Drag / law[0].Drag) / Math.Log(law[^1].Time / law[0].Time):F3}, ",
                $"of both terms {Math.Log(law[^1].Law / law[0].Law) / Math.Log(law[^1].Time / law[0].Time):F3}");
        }
    }

    /// <summary>The publication's box.</summary>
    private static void Box(int columns, double refinement = 1)
    {
        foreach (var re in (double[])[100, 1000])
        {
            var flow = new FlowHistory(
                FlowBox.Uniform(columns, columns / 2, Length / columns, Speed), new(0.2, 0.25, Diameter / 2), Speed, Speed * Diameter / re,
                refinement).Run(120, 2400);
            var s = flow.Shedding(0.3);
            Print(
                $"Box of the publication, {columns} x {columns / 2}, D/h {flow.Resolution:F1}, Re {re}, step {flow.Step:E2}: ",
                $"St {s.Strouhal:F4}, mean C_d {s.MeanDrag:F4}, C_l amplitude {s.LiftAmplitude:F4} (printed St {(re < 500 ? 0.175 : 0.225)} ",
                $"+- 0.0125)");
        }
    }

    private static bool Suits(int n)
    {
        foreach (var p in (int[])[2, 3, 5, 7, 11, 13])
            while (n % p == 0)
                n /= p;
        return n == 1;
    }
}
