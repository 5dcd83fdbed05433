using System.Collections.Immutable;

namespace LedCluster.Domain.Fields;

/// <summary>
/// Shape and meaning of one member's state: channels on a grid, stored [channel, axes...] with the last axis fastest. Without
/// axes each channel is one number, as in an ordinary differential equation.
/// </summary>
/// <param name="Channels">The physical quantities, in storage order; their names differ.</param>
/// <param name="Axes">The axes of the grid, slowest first; their names differ.</param>
/// <param name="TimeStep">Coarse time step Δt between two frames, in <paramref name="TimeUnit"/>.</param>
/// <param name="TimeUnit">Unit of the time step, or <c>1</c> when dimensionless.</param>
public sealed record FieldLayout(
    ImmutableArray<FieldChannel> Channels, ImmutableArray<Axis> Axes, double TimeStep, string TimeUnit = "1")
{
    /// <summary>Numbers per channel: the product of the axes' lengths, 1 without axes.</summary>
    public int Points { get; } = Axes.Aggregate(1, (points, axis) => checked(points * axis.Points));

    /// <summary>Numbers per frame and member: channels × points.</summary>
    public int Size => Channels.Length * Points;

    /// <summary>Whether the grid is one line whose ends meet.</summary>
    public bool Periodic => Axes is [{ Periodic: true }];

    /// <summary>
    /// Whether fields are points in no order, such as particles: then a forecast and the truth are compared as samples of laws, not point
    /// by point.
    /// </summary>
    public bool Exchangeable => Axes is [{ Exchangeable: true }];

    /// <summary>The only axis of fields on a line.</summary>
    /// <exception cref="InvalidOperationException">There is none, or more than one.</exception>
    public Axis Line => Axes is [var only] ? only
        : throw new InvalidOperationException(
            $"Fields on one line are expected; these have {Axes.Length} axes ({string.Join(", ", Axes.Select(a => a.Name))}).");

    /// <summary>A layout on one line whose axis is x, beginning at 0.</summary>
    /// <param name="channels">The physical quantities.</param>
    /// <param name="points">Number of grid points per channel.</param>
    /// <param name="spacing">Grid spacing Δx, in <paramref name="lengthUnit"/>.</param>
    /// <param name="timeStep">Coarse time step Δt, in <paramref name="timeUnit"/>.</param>
    /// <param name="lengthUnit">Unit of the spacing, or <c>1</c>.</param>
    /// <param name="timeUnit">Unit of the time step, or <c>1</c>.</param>
    /// <param name="periodic">Whether the point after the last is the first.</param>
    public static FieldLayout OnLine(
        ImmutableArray<FieldChannel> channels, int points, double spacing, double timeStep, string lengthUnit = "1", string timeUnit = "1",
        bool periodic = false) =>
        new(channels, [new Axis("x", points, spacing, Unit: lengthUnit, Periodic: periodic)], timeStep, timeUnit);

    /// <summary>
    /// Number of coarse frames in a duration, or null when the duration is not a whole, non-negative number of time
    /// steps (to one part in 10⁹) or exceeds what a run can index.
    /// </summary>
    public int? Frames(double duration)
    {
        var frames = duration / TimeStep;
        var rounded = Math.Round(frames);
        return rounded is >= 0 and <= 100_000_000 && Math.Abs(frames - rounded) <= 1e-9 * Math.Max(1, rounded)
            ? (int)rounded
            : null;
    }

    /// <summary>
    /// Why a member's frame cannot be physical, or null when it can: a value that is not finite or beyond its channel's limit.
    /// </summary>
    /// <param name="frame">One member's state [channel, axes...].</param>
    public string? Fault(ReadOnlySpan<double> frame)
    {
        for (var c = 0; c < Channels.Length; c++)
        {
            var limit = Channels[c].Limit;
            var values = frame.Slice(c * Points, Points);
            for (var j = 0; j < values.Length; j++)
                if (!(Math.Abs(values[j]) <= limit))
                    return $"{Channels[c].Name}{Place(j)} = {values[j]:G6}, beyond the limit of ±{limit:G6}";
        }
        return null;
    }

    /// <inheritdoc />
    public bool Equals(FieldLayout? other) => other is not null && Channels.SequenceEqual(other.Channels) && Axes.SequenceEqual(other.Axes)
        && TimeStep.Equals(other.TimeStep) && TimeUnit == other.TimeUnit;

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Channels.Length, Points, TimeStep, TimeUnit);

    /// <summary>Indices of point j along all axes, as in u[3, 4].</summary>
    private string Place(int j)
    {
        var indices = new int[Axes.Length];
        for (var axis = Axes.Length - 1; axis >= 0; axis--)
            (j, indices[axis]) = Math.DivRem(j, Axes[axis].Points);
        return indices.Length == 0 ? "" : $"[{string.Join(", ", indices)}]";
    }
}

/// <summary>One physical quantity of a field, for example the activator u of FitzHugh-Nagumo.</summary>
/// <param name="Name">Short name used as a coordinate in output files, for example <c>u</c>.</param>
/// <param name="LongName">What the quantity is, for axis labels, for example <c>activator</c>.</param>
/// <param name="Unit">Unit, or <c>1</c> when dimensionless.</param>
/// <param name="Limit">Largest magnitude that a valid state can reach; beyond it a member has blown up.</param>
public sealed record FieldChannel(string Name, string LongName, string Unit, double Limit);

/// <summary>One axis of the grid on which fields are given: equally spaced points.</summary>
/// <param name="Name">Short name, the name of the dimension and its coordinate in output files, for example <c>x</c>.</param>
/// <param name="Points">Number of points, at least 1.</param>
/// <param name="Spacing">Distance of neighbouring points, in <paramref name="Unit"/>.</param>
/// <param name="Origin">Coordinate of the first point, in <paramref name="Unit"/>.</param>
/// <param name="Unit">Unit, or <c>1</c> when dimensionless.</param>
/// <param name="LongName">What the axis is, for labels, for example <c>position</c>.</param>
/// <param name="Periodic">Whether the point after the last is the first, so that the length is points × spacing.</param>
/// <param name="Exchangeable">Whether the order of the points has no meaning, as of particles; the coordinate is then a number.</param>
public sealed record Axis(
    string Name, int Points, double Spacing = 1, double Origin = 0, string Unit = "1", string LongName = "position", bool Periodic = false,
    bool Exchangeable = false)
{
    /// <summary>Coordinate of point i, in <see cref="Unit"/>.</summary>
    public double Position(int i) => Origin + i * Spacing;

    /// <summary>Coordinate of the last point, in <see cref="Unit"/>.</summary>
    public double Last => Position(Points - 1);
}
