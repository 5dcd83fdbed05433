using LedCluster.Solvers.Flow;

/// <summary>Coefficients of drag and lift over time of one flow, and what follows from them.</summary>
/// <param name="box">The box.</param>
/// <param name="cylinder">The cylinder.</param>
/// <param name="speed">Speed V that scales forces and time.</param>
/// <param name="viscosity">ν.</param>
/// <param name="refinement">Steps of time, as a multiple of the usual number.</param>
internal sealed class FlowHistory(FlowBox box, Circle cylinder, double speed, double viscosity, double refinement = 1)
{
    private readonly List<double> times = [], drag = [], lift = [];
    private ChannelFlow? flow;

    /// <summary>Diameter in cells.</summary>
    public double Resolution => 2 * cylinder.Radius / box.Spacing;

    /// <summary>Usual steps take fluid at twice the largest inflow half a cell, and are stable for the viscosity.</summary>
    public double Step => 1 / (refinement * (2 * box.Inflow.Max() / box.Spacing + 5 * viscosity / (box.Spacing * box.Spacing)));

    public int Samples => times.Count;

    /// <summary>Goes on for a time, in D/V.</summary>
    /// <param name="time">Time.</param>
    /// <param name="samples">Times at which forces are taken.</param>
    public FlowHistory Run(double time, int samples)
    {
        if (flow is null)
            Begin();
        var (scale, duration) = (speed * speed * cylinder.Radius, time * 2 * cylinder.Radius / speed / samples); // ½V²D
        var steps = (int)Math.Ceiling(duration / Step);
        for (var sample = 0; sample < samples; sample++)
        {
            for (var s = 0; s < steps; s++)
                flow!.Step(duration / steps);
            flow!.Pressure();
            times.Add((times.Count > 0 ? times[^1] : 0) + time / samples);
            drag.Add(flow.Force.X / scale);
            lift.Add(flow.Force.Y / scale);
        }
        return this;
    }

    /// <summary>Drag and lift at the end, and the pressure before minus behind the cylinder.</summary>
    public (double Drag, double Lift, double PressureDrop) Last => (drag[^1], lift[^1], Pressure(-1) - Pressure(1));

    /// <summary>Drag over time.</summary>
    public IEnumerable<(double Time, double Drag)> Drag => times.Zip(drag);

    /// <summary>How much the drag has changed over some samples, relative to it.</summary>
    public double Drift(int samples) => Math.Abs(drag[^1] - drag[^(samples + 1)]) / drag[^1];

    /// <summary>
    /// Means and extremes over the last whole periods of the lift that fit a share of the samples; Strouhal number f·D/V by its upward
    /// zeros.
    /// </summary>
    public (double Strouhal, double MeanDrag, double LargestDrag, double LiftAmplitude, double LargestLift) Shedding(double share = 0.4)
    {
        var first = (int)(times.Count * (1 - share));
        var mean = lift.Skip(first).Average();
        var zeros = new List<(double Time, int Sample)>();
        for (var i = Math.Max(1, first); i < times.Count; i++)
            if (lift[i - 1] < mean && lift[i] >= mean)
                zeros.Add((times[i] - (times[i] - times[i - 1]) * (lift[i] - mean) / (lift[i] - lift[i - 1]), i));
        if (zeros.Count < 3)
            return (
                double.NaN, drag.Skip(first).Average(), drag.Skip(first).Max(), (lift.Skip(first).Max() - lift.Skip(first).Min()) / 2,
                lift.Skip(first).Max());
        var (from, count) = (zeros[0].Sample, zeros[^1].Sample - zeros[0].Sample);
        var (d, l) = (drag.GetRange(from, count), lift.GetRange(from, count));
        return ((zeros.Count - 1) / (zeros[^1].Time - zeros[0].Time), d.Average(), d.Max(), (l.Max() - l.Min()) / 2, l.Max());
    }

    /// <summary>Growth rate of the lift's amplitude, per D/V, by a straight line through the logarithms of its extremes in the second half.</summary>
    public double GrowthRate()
    {
        var mean = lift.Skip(lift.Count / 2).Average();
        var peaks = Enumerable.Range(lift.Count / 2, lift.Count / 2 - 1)
            .Where(i => (lift[i] - lift[i - 1]) * (lift[i + 1] - lift[i]) < 0).Select(i => (Time: times[i], Log: Math.Log(Math.Abs(lift[i] - mean)))).ToArray();
        if (peaks.Length < 3)
            return double.NaN;
        var (t, y) = (peaks.Average(p => p.Time), peaks.Average(p => p.Log));
        return peaks.Sum(p => (p.Time - t) * (p.Log - y)) / peaks.Sum(p => (p.Time - t) * (p.Time - t));
    }

    /// <summary>The impulsive start, with a vortex of 0.2 V behind the cylinder.</summary>
    private void Begin()
    {
        var poisson = new PoissonSolver(box);
        flow = new ChannelFlow(box, poisson) { Viscosity = viscosity, Body = new Obstacle(box, cylinder, poisson) };
        var (u, v, h) = (new double[box.Rows * box.Columns], new double[box.Rows * box.Columns], box.Spacing);
        double Ψ(double x, double y)
        {
            var (Δx, Δy, r) = (x - cylinder.X - 3 * cylinder.Radius, y - cylinder.Y - 0.4 * cylinder.Radius, cylinder.Radius);
            return Perturbed ? 0.2 * speed * r * Math.Exp((1 - (Math.Pow(Δx, 2) + Math.Pow(Δy, 2)) / (r * r)) / 2) : 0;
        }
        for (var k = 0; k < u.Length; k++)
        {
            var (i, j) = (k % box.Columns + 1, k / box.Columns + 1);
            u[k] = box.Inflow[j - 1] + (Ψ(i * h, j * h) - Ψ(i * h, (j - 1) * h)) / h;
            v[k] = -(Ψ(i * h, j * h) - Ψ((i - 1) * h, j * h)) / h;
        }
        flow.Load(u, v);
        flow.Project();
    }

    /// <summary>Whether the start is not symmetric.</summary>
    public bool Perturbed { get; init; } = true;

    /// <summary>Pressure on the cylinder's surface before (−1) or behind (1) it, from the two cells outside.</summary>
    private double Pressure(int side)
    {
        var (x, row) = ((cylinder.X + side * cylinder.Radius) / box.Spacing - 0.5, cylinder.Y / box.Spacing - 0.5);
        var cell = side > 0 ? (int)Math.Ceiling(x + 0.5) : (int)Math.Floor(x - 0.5);
        double At(int i) => (1 - (row - Math.Floor(row))) * flow!.P(i, (int)row) + (row - Math.Floor(row)) * flow.P(i, (int)row + 1);
        return At(cell) + (x - cell) * (At(cell + side) - At(cell)) * side;
    }
}
