using LedCluster.Domain.Fields;

namespace LedCluster.Host.Forecasts;

/// <summary>Whether an array has the shape of some members' fields, and what to do if it has not.</summary>
internal static class ArrayShape
{
    /// <summary>What is wrong with a shape, from "has shape" on, with the remedy for this shape; null when it fits.</summary>
    /// <param name="shape">Shape of the array.</param>
    /// <param name="layout">Layout of a member's fields: [channels, points], or the points as its axes.</param>
    public static string? Fault(long[] shape, FieldLayout layout)
    {
        var (channels, points) = (layout.Channels.Length, layout.Points);
        if (Fits(shape, layout))
            return shape[0] > 0 ? null : $"has shape [{string.Join(", ", shape)}]: it has no members. Give the initial conditions of at least one member.";
        var axes = layout.Axes.Length > 1 ? $", or [members, {channels}, {string.Join(", ", layout.Axes.Select(a => $"{a.Points}"))}]" : "";
        var names = string.Join(", ", layout.Channels.Select(c => c.Name));
        return $"has shape [{string.Join(", ", shape)}], expected [members, {channels}, {points}]{axes} (channels {names}). {Remedy(shape, layout)}";
    }

    private static bool Fits(long[] shape, FieldLayout layout) => shape.Length >= 2 && shape[1] == layout.Channels.Length
        && (shape.AsSpan(2).SequenceEqual([(long)layout.Points]) || shape.AsSpan(2).SequenceEqual([.. layout.Axes.Select(a => (long)a.Points)]));

    private static string Remedy(long[] shape, FieldLayout layout)
    {
        var (channels, points) = (layout.Channels.Length, layout.Points);
        if (Fits([1, .. shape], layout))
            return "These are the fields of a single member: save array[None].";
        if (channels == 1 && shape.Length > 0 && Fits([shape[0], 1, .. shape[1..]], layout))
            return "The channel axis is missing: save array[:, None].";
        if (Orders(shape.Length).FirstOrDefault(order => Fits([.. order.Select(a => shape[a])], layout)) is { } exchanged)
            return $"Its axes are in a different order: save array.transpose({string.Join(", ", exchanged)}).";
        if (shape.Length > 0 && shape[0] > 0 && shape.Aggregate(1L, (n, s) => n * s) == shape[0] * layout.Size)
            return $"If the values of a member are in the order [channels, points], save array.reshape({shape[0]}, {channels}, {points}).";
        if (shape.Length == 2 + layout.Axes.Length && shape[1] != channels || shape.Length == 3 && shape[2] == points)
            return $"It has {shape[1]} channels; give these {channels}, in this order.";
        var grid = layout.Axes.Length > 1 ? string.Join(" x ", layout.Axes.Select(a => a.Points)) : $"{points}";
        return $"Interpolate the initial conditions to {grid} points.";
    }

    /// <summary>The orders of up to four axes, those that exchange fewest pairs first.</summary>
    private static IEnumerable<int[]> Orders(int axes) => axes > 4 ? []
        : Permutations([.. Enumerable.Range(0, axes)]).OrderBy(order => order.Index().Sum(a => order[a.Index..].Count(b => b < a.Item)));

    private static IEnumerable<int[]> Permutations(int[] axes) => axes.Length == 0 ? [[]]
        : axes.SelectMany(first => Permutations([.. axes.Where(a => a != first)]).Select(rest => (int[])[first, .. rest]));
}
