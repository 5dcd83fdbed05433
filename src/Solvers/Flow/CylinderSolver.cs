using System.Collections.Concurrent;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Workers;

namespace LedCluster.Solvers.Flow;

/// <summary>
/// Solver of <see cref="CylinderSystem"/>. Fields are p, u, v and ω on the staggered grid; the full state is u and v. p and ω follow from these, so that
/// lifting needs u and v alone: solid faces are set to 0, and the nearest velocities without divergence are taken. Frames of the solver itself are lifted
/// to what they were; a state that is averaged onto the middles of the cells would not be.
/// </summary>
public sealed class CylinderSolver : FixedSizeSolver
{
    /// <summary>Obstacles that are kept.</summary>
    private const int MostObstacles = 16;

    private readonly FlowBox box;
    private readonly Lazy<PoissonSolver> poisson; // the catalogue lists grids that a program never uses
    private readonly double advection, diffusion;
    private readonly ConcurrentDictionary<Circle, Lazy<Obstacle>> obstacles = new();
    private readonly ConcurrentBag<ChannelFlow> idle = [];

    /// <summary>Prepares a grid.</summary>
    /// <param name="columns">Cells along x; half as many along y.</param>
    /// <param name="refinement">Steps of time, as a multiple of the usual number.</param>
    internal CylinderSolver(int columns, double refinement)
    {
        var h = CylinderSystem.Length / columns;
        box = FlowBox.Uniform(columns, columns / 2, h, CylinderSystem.Speed);
        poisson = new(() => new PoissonSolver(box));
        (advection, diffusion) = (refinement * 2 * CylinderSystem.Speed / h, refinement * 5 / (h * h));
        Layout = new(
            [
                new("p", "pressure over density", "length²/time²", 100), new("u", "velocity along x, at right faces", "length/time", 10),
                new("v", "velocity along y, at upper faces", "length/time", 10), new("omega", "vorticity, at upper right corners", "1/time", 10_000),
            ],
            [new("y", box.Rows, h, h / 2, "length"), new("x", box.Columns, h, h / 2, "length")], CylinderSystem.FrameStep, "time");
    }

    /// <inheritdoc />
    public override FieldLayout Layout { get; }

    /// <inheritdoc />
    public override int StateSize => 2 * Layout.Points;

    /// <summary>Steps of time per frame: those that advection at twice the speed and diffusion take to be stable and accurate.</summary>
    /// <param name="viscosity">ν.</param>
    public int Steps(double viscosity) => (int)Math.Ceiling(CylinderSystem.FrameStep * (advection + diffusion * viscosity));

    /// <inheritdoc />
    public override void Lift(ReadOnlySpan<double> fields, Span<double> state, LiftRule lift, in StepContext context)
    {
        for (var m = 0; m < context.Count; m++)
        {
            var own = fields.Slice(m * Layout.Size, Layout.Size);
            var to = state.Slice(m * StateSize, StateSize);
            using var rented = Rent(context.ParametersOf(m));
            rented.Flow.Load(own.Slice(Layout.Points, Layout.Points), own.Slice(2 * Layout.Points, Layout.Points));
            rented.Flow.Project();
            rented.Flow.Store(to[..Layout.Points], to[Layout.Points..]);
        }
    }

    /// <inheritdoc />
    public override void Advance(Span<double> state, int frames, Span<double> fields, in StepContext context)
    {
        for (var m = 0; m < context.Count; m++)
        {
            var own = state.Slice(m * StateSize, StateSize);
            using var rented = Rent(context.ParametersOf(m));
            var (flow, steps) = (rented.Flow, Steps(rented.Flow.Viscosity));
            flow.Load(own[..Layout.Points], own[Layout.Points..]);
            for (var f = 0; f < frames; f++)
            {
                for (var s = 0; s < steps; s++)
                    flow.Step(CylinderSystem.FrameStep / steps);
                Write(flow, fields.Slice((f * context.Count + m) * Layout.Size, Layout.Size));
            }
            flow.Store(own[..Layout.Points], own[Layout.Points..]);
        }
    }

    /// <summary>Fields [p, u, v, ω] of velocities, made free of divergence.</summary>
    /// <param name="parameters">Parameters of the member.</param>
    /// <param name="fields">u and v in their places; receives all.</param>
    internal void Complete(ReadOnlySpan<double> parameters, Span<double> fields)
    {
        using var rented = Rent(parameters);
        rented.Flow.Load(fields.Slice(Layout.Points, Layout.Points), fields.Slice(2 * Layout.Points, Layout.Points));
        rented.Flow.Project();
        Write(rented.Flow, fields);
    }

    /// <summary>Force on the cylinder and largest divergence of fields, solid faces held at 0.</summary>
    internal (double X, double Y, double Divergence) Measure(ReadOnlySpan<double> fields, ReadOnlySpan<double> parameters)
    {
        using var rented = Rent(parameters);
        rented.Flow.Load(fields.Slice(Layout.Points, Layout.Points), fields.Slice(2 * Layout.Points, Layout.Points));
        rented.Flow.GivenPressure(fields[..Layout.Points]);
        var (x, y) = rented.Flow.Force;
        return (x, y, rented.Flow.LargestDivergence());
    }

    private void Write(ChannelFlow flow, Span<double> fields)
    {
        var n = Layout.Points;
        flow.Store(fields.Slice(n, n), fields.Slice(2 * n, n));
        flow.Vorticity(fields.Slice(3 * n, n));
        flow.Pressure();
        for (var j = 0; j < box.Rows; j++)
            for (var i = 0; i < box.Columns; i++)
                fields[j * box.Columns + i] = flow.P(i, j);
    }

    private Rented Rent(ReadOnlySpan<double> parameters)
    {
        var (viscosity, circle) = CylinderSystem.Physics(parameters);
        if (obstacles.Count >= MostObstacles && !obstacles.ContainsKey(circle))
            obstacles.Clear();
        var obstacle = obstacles.GetOrAdd(circle, c => new(() => new Obstacle(box, c, poisson.Value))).Value;
        var flow = idle.TryTake(out var free) ? free : new ChannelFlow(box, poisson.Value);
        (flow.Body, flow.Viscosity) = (obstacle, viscosity);
        return new(flow, idle);
    }

    /// <summary>A flow for a while; its arrays are used again.</summary>
    private readonly record struct Rented(ChannelFlow Flow, ConcurrentBag<ChannelFlow> Idle) : IDisposable
    {
        public void Dispose() => Idle.Add(Flow);
    }
}
