namespace LedCluster.Domain.Fields;

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
