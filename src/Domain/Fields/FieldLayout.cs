using System.Collections.Immutable;

namespace LedCluster.Domain.Fields;

/// <summary>
/// Shape and meaning of one member's state: channels on a uniform one-dimensional grid, stored [channel, x].
/// </summary>
/// <param name="Channels">The physical quantities, in storage order.</param>
/// <param name="Points">Number of grid points per channel.</param>
/// <param name="Spacing">Grid spacing Δx, in <paramref name="LengthUnit"/>.</param>
/// <param name="TimeStep">Coarse time step Δt between two frames, in <paramref name="TimeUnit"/>.</param>
/// <param name="LengthUnit">Unit of the grid spacing, or <c>1</c> when dimensionless.</param>
/// <param name="TimeUnit">Unit of the time step, or <c>1</c> when dimensionless.</param>
public sealed record FieldLayout(
    ImmutableArray<FieldChannel> Channels,
    int Points,
    double Spacing,
    double TimeStep,
    string LengthUnit = "1",
    string TimeUnit = "1")
{
    /// <summary>Whether the point after the last is the first, so that the domain's length is points × Δx.</summary>
    public bool Periodic { get; init; }

    /// <summary>Numbers per frame and member: channels × points.</summary>
    public int Size => Channels.Length * Points;

    /// <summary>Grid coordinate x_j = j·Δx, in <see cref="LengthUnit"/>.</summary>
    public double Position(int j) => j * Spacing;

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
    /// <param name="frame">One member's state [channel, x].</param>
    public string? Fault(ReadOnlySpan<double> frame)
    {
        for (var c = 0; c < Channels.Length; c++)
        {
            var limit = Channels[c].Limit;
            var values = frame.Slice(c * Points, Points);
            for (var j = 0; j < values.Length; j++)
                if (!(Math.Abs(values[j]) <= limit))
                    return $"{Channels[c].Name}[{j}] = {values[j]:G6}, beyond the limit of ±{limit:G6}";
        }
        return null;
    }
}
