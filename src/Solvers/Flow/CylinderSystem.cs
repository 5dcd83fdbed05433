using System.Collections.Immutable;
using LedCluster.Domain.Randomness;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;

namespace LedCluster.Solvers.Flow;

/// <summary>
/// Viscous flow past a cylinder of diameter 0.075 in a box of 1 by 0.5 with slip walls, at speed 0.15 (Vlachas et al. 2022,
/// doi:10.1038/s42256-022-00464-w, supplement III.D), by <see cref="ChannelFlow"/>. In the frame of the cylinder: the publication's velocities are those in the
/// frame of the fluid at rest, u − 0.15. Its centre is printed as (0.2, 0.5), on the wall; (0.2, 0.25) is meant.
/// </summary>
public sealed class CylinderSystem : ISystem
{
    /// <summary>Length of the box; its height is half of it.</summary>
    internal const double Length = 1;

    /// <summary>Time between frames.</summary>
    internal const double FrameStep = 0.2;

    /// <summary>Diameter D of the cylinder.</summary>
    public const double Diameter = 0.075;

    /// <summary>Speed V of the flow far away.</summary>
    public const double Speed = 0.15;

    private const int PublishedColumns = 256;

    /// <summary>Creates the system.</summary>
    /// <param name="columns">Cells along the box: 256 by default, a multiple of 8 from 64 to 2048 without prime factors above 13; half as many across.</param>
    /// <param name="refinement">Steps of time per frame, as a multiple of the usual number: 1.</param>
    public CylinderSystem(int columns = PublishedColumns, double refinement = 1) =>
        (Solver, Name) = (
            new CylinderSolver(columns, refinement),
            columns == PublishedColumns ? "incompressible-cylinder" : $"incompressible-cylinder-{columns}");

    /// <inheritdoc />
    public string Name { get; }

    /// <inheritdoc />
    public IReadOnlyList<string> Equations { get; } =
    [
        "∂u/∂t + (u·∇)u = −∇p + ν∇²u, ∇·u = 0",
        "u = 0 on the cylinder; u = (V, 0) at the left side; slip walls below and above",
        "∂u/∂t + V ∂u/∂x = 0 at the right side; p has zero normal derivative",
        "ν = V·D/Re, V = 0.15, D = 0.075, in a box of 1 by 0.5",
    ];

    /// <inheritdoc />
    public IMicroSolver Solver { get; }

    /// <inheritdoc />
    public ImmutableArray<Parameter> Parameters { get; } =
    [
        new("Re", 100, 1, 5000, "Reynolds number V·D/ν"),
        new("x_c", 0.2, 0.1, 0.8, "centre of the cylinder along the box", "length", IsFixed: true),
        new("y_c", 0.25, 0.1, 0.4, "centre of the cylinder across the box", "length", IsFixed: true),
        new("perturbation", 0.2, 0, 1, "velocity of a vortex behind the cylinder at the start, in V; place and sense are the member's", InitialOnly: true),
        new("start", 0, 0, 1000, "time after the impulsive start at which frame 0 is taken, rounded up to a frame", "time", InitialOnly: true),
    ];

    /// <inheritdoc />
    public ImmutableArray<Diagnostic> Diagnostics { get; } =
    [
        new("drag", "drag coefficient 2F_x/(V²D)"), new("lift", "lift coefficient 2F_y/(V²D)"),
        new("energy", "kinetic energy of the disturbance, ½∫|u − (V, 0)|²/(V²D²)"), new("divergence", "largest divergence times D/V"),
    ];

    /// <inheritdoc />
    public IReadOnlyList<string> References { get; } = ["impulsive"];

    /// <summary>Steps of time that the solver makes per frame.</summary>
    /// <param name="reynolds">Reynolds number.</param>
    public int Steps(double reynolds) => Flow.Steps(Speed * Diameter / reynolds);

    /// <summary>Distance of a cell's middle from the cylinder, in diameters; negative within.</summary>
    /// <param name="row">Row of the cell.</param>
    /// <param name="column">Column of the cell.</param>
    /// <param name="parameters">Parameters of the member.</param>
    public double Distance(int row, int column, ReadOnlySpan<double> parameters)
    {
        var ((_, circle), y, x) = (Physics(parameters), Solver.Layout.Axes[0], Solver.Layout.Axes[1]);
        var (Δx, Δy) = (x.Origin + column * x.Spacing - circle.X, y.Origin + row * y.Spacing - circle.Y);
        return (Math.Sqrt(Math.Pow(Δx, 2) + Math.Pow(Δy, 2)) - circle.Radius) / Diameter;
    }

    private CylinderSolver Flow => (CylinderSolver)Solver;

    /// <summary>Viscosity and cylinder of a member.</summary>
    internal static (double Viscosity, Circle Circle) Physics(ReadOnlySpan<double> parameters) =>
        (Speed * Diameter / parameters[0], new(parameters[1], parameters[2], Diameter / 2));

    /// <inheritdoc />
    public void Diagnose(ReadOnlySpan<double> fields, double time, ReadOnlySpan<double> parameters, Span<double> values)
    {
        var (x, y, divergence) = Flow.Measure(fields, parameters);
        var (energy, points) = (0.0, Solver.Layout.Points);
        for (var k = points; k < 2 * points; k++)
            energy += (fields[k] - Speed) * (fields[k] - Speed) + fields[k + points] * fields[k + points];
        var area = Solver.Layout.Axes[0].Spacing * Solver.Layout.Axes[1].Spacing;
        values[0] = 2 * x / (Speed * Speed * Diameter);
        values[1] = 2 * y / (Speed * Speed * Diameter);
        values[2] = energy * area / (2 * Speed * Speed * Diameter * Diameter);
        values[3] = divergence * Diameter / Speed;
    }

    /// <inheritdoc />
    public void Reference(int index, ReadOnlySpan<double> parameters, Span<double> fields) => Start(0, 0, 1, 0, parameters, fields);

    /// <inheritdoc />
    public void Random(ulong seed, int member, ReadOnlySpan<double> parameters, Span<double> fields)
    {
        var random = new Philox(seed, (uint)member, step: 0, (uint)DrawPurpose.InitialCondition << 24);
        var (across, along, strength) = (random.NextUniform(-0.5, 0.5), random.NextUniform(1, 2), random.NextUniform(-1, 1));
        Start(across, along, Math.CopySign(0.5 + Math.Abs(strength) / 2, strength), parameters[3], parameters, fields);
        if (parameters[4] <= 0)
            return;
        var context = new StepContext(seed, (int[])[member], 0, parameters.ToArray());
        var state = Solver.Lift(fields, LiftRule.Equilibrium, context);
        var frames = (int)Math.Ceiling(parameters[4] / FrameStep - 1e-9);
        Flow.Advance(state, frames, new DiscardedFrames(), context).CopyTo(fields[Solver.Layout.Points..]);
        Flow.Complete(parameters, fields);
    }

    /// <summary>The impulsive start, u = (V, 0) but for the cylinder, and a Gaussian vortex of D/2 behind it.</summary>
    private void Start(double across, double along, double sense, double strength, ReadOnlySpan<double> parameters, Span<double> fields)
    {
        var (rows, columns, h, points) = (Solver.Layout.Axes[0].Points, Solver.Layout.Axes[1].Points, Solver.Layout.Axes[0].Spacing, Solver.Layout.Points);
        var (x, y, width) = (parameters[1] + along * Diameter, parameters[2] + across * Diameter, Diameter / 2);
        fields.Clear();
        for (var j = 0; j < rows; j++)
            for (var i = 0; i < columns; i++)
            {
                fields[points + j * columns + i] = Speed + (Ψ(i + 1, j + 1) - Ψ(i + 1, j)) / h;
                fields[2 * points + j * columns + i] = -(Ψ(i + 1, j + 1) - Ψ(i, j + 1)) / h;
            }
        Flow.Complete(parameters, fields);

        double Ψ(int i, int j)
        {
            var (ξ, η) = ((i * h - x) / width, (j * h - y) / width);
            return sense * strength * Speed * width * Math.Exp((1 - ξ * ξ - η * η) / 2); // largest velocity: strength·V
        }
    }
}
