using LedCluster.Domain.Fields;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;

namespace LedCluster.Solvers.External;

/// <summary>Shape and meaning of fields, as a study without a solver declares them.</summary>
public sealed record TrajectoryLayout
{
    /// <summary>The physical quantities, in storage order.</summary>
    public required IReadOnlyList<SimulatorDescription.Channel> Channels { get; init; }

    /// <summary>The axes of the grid, slowest first; none for an ordinary differential equation.</summary>
    public IReadOnlyList<Axis> Axes { get; init; } = [];

    /// <summary>Time from one frame to the next.</summary>
    public required double TimeStep { get; init; }

    /// <summary>Unit of the time step, or <c>1</c>.</summary>
    public string TimeUnit { get; init; } = "1";
}

/// <summary>A system of which only trajectories are known: it has no micro solver, and a model of it is trained on data alone.</summary>
/// <param name="name">Name of the study.</param>
/// <param name="description">Shape and meaning of the fields; its name and references are not used.</param>
public sealed class TrajectorySystem(string name, SimulatorDescription description) : ISystem
{
    /// <inheritdoc />
    public string Name => name;

    /// <inheritdoc />
    public IReadOnlyList<string> Equations => [];

    /// <inheritdoc />
    public IMicroSolver Solver { get; } = new NoSolver(name, description.Layout);

    /// <inheritdoc />
    public IReadOnlyList<string> References => [];

    /// <summary>A system with a layout.</summary>
    /// <param name="name">Name of the study.</param>
    /// <param name="layout">The layout.</param>
    /// <exception cref="FormatException">The layout cannot be used; the message says why.</exception>
    public static TrajectorySystem Of(string name, TrajectoryLayout layout) => new(name, new SimulatorDescription
    {
        Protocol = SimulatorDescription.ProtocolVersion, Name = name, Channels = layout.Channels, Axes = layout.Axes, TimeStep = layout.TimeStep,
        TimeUnit = layout.TimeUnit, Random = true,
    }.Checked());

    /// <inheritdoc />
    public void Reference(int index, ReadOnlySpan<double> parameters, Span<double> fields) =>
        throw new ArgumentOutOfRangeException(nameof(index), index, "There are no references.");

    /// <inheritdoc />
    public void Random(ulong seed, int member, ReadOnlySpan<double> parameters, Span<double> fields) =>
        throw new SimulatorException(
            $"The study '{name}' has no solver, and hence no random family of initial conditions. Give initial conditions with --ic, "
            + "and trajectories for training with --data.");

    private sealed class NoSolver(string name, FieldLayout layout) : IMicroSolver
    {
        public FieldLayout Layout => layout;

        public double[] Lift(ReadOnlySpan<double> fields, LiftRule lift, in StepContext context) => fields.ToArray();

        public double[] Advance(double[] state, int frames, IFrameSink sink, in StepContext context) =>
            throw new SimulatorException($"The study '{name}' has no solver. Forecast it with --mode latent --t-warm 0.");
    }
}
