using System.Collections.Immutable;

namespace LedCluster.Models.Propagators.CoarsePde;

/// <summary>
/// What a partial differential equation sees of fields at a point of a line: each field w, its slope w_x and its curvature w_xx, by central
/// differences of second order. Beyond the walls fields are mirrored at the last point, w_{−1} = w_1, so that nothing flows through them.
/// </summary>
/// <param name="fields">Names of the C fields.</param>
/// <param name="spacing">Distance δx of the points.</param>
/// <param name="halfPointLeft">Whether fields are mirrored half a spacing before the first point instead, w_{−1} = w_0.</param>
public sealed class PointFeatures(ImmutableArray<string> fields, double spacing, bool halfPointLeft = false)
{
    /// <summary>Features of each field.</summary>
    internal const int Orders = 3;

    /// <summary>Names of all features, field by field: u, u_x, u_xx, v, …</summary>
    public ImmutableArray<string> Names { get; } = [.. fields.SelectMany(name => (string[])[name, $"{name}_x", $"{name}_xx"])];

    /// <summary>Whether fields are mirrored half a spacing before the first point.</summary>
    public bool HalfPointLeft => halfPointLeft;

    /// <summary>Some of the features at all points.</summary>
    /// <param name="chosen">Their positions in <see cref="Names"/>, F of them.</param>
    /// <param name="state">Fields [C·X].</param>
    /// <param name="values">Receives [X, F].</param>
    public void Compute(ImmutableArray<int> chosen, ReadOnlySpan<double> state, Span<double> values)
    {
        var points = state.Length / fields.Length;
        for (var k = 0; k < chosen.Length; k++)
        {
            var w = state.Slice(chosen[k] / Orders * points, points);
            for (var j = 0; j < points; j++)
                values[j * chosen.Length + k] = At(w, j, chosen[k] % Orders);
        }
    }

    /// <summary>A derivative of a field at a point.</summary>
    /// <param name="field">The field [X].</param>
    /// <param name="point">The point.</param>
    /// <param name="order">0, 1 or 2.</param>
    public double At(ReadOnlySpan<double> field, int point, int order)
    {
        if (order == 0)
            return field[point];
        var (left, right) = (field[point > 0 ? point - 1 : halfPointLeft ? 0 : 1], field[point + 1 < field.Length ? point + 1 : field.Length - 2]);
        return order == 1 ? (right - left) / (2 * spacing) : (left - 2 * field[point] + right) / (spacing * spacing);
    }
}
