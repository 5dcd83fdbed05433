using System.Collections.Immutable;

namespace LedCluster.Models.Checkpoints;

/// <summary>Every n-th point of a plane along either axis, from the first: what an asymmetric autoencoder reads.</summary>
internal static class PlaneSampling
{
    /// <summary>Points along the axes of what is read.</summary>
    /// <param name="grid">Points along the plane's two axes.</param>
    /// <param name="stride">Every n-th is read.</param>
    public static ImmutableArray<int> Grid(ImmutableArray<int> grid, int stride) =>
        grid.IsDefault ? [] : [.. grid.Select(n => (n + stride - 1) / Math.Max(1, stride))];

    /// <summary>Points along a plane's axes in words, such as 20 × 20.</summary>
    public static string Text(ImmutableArray<int> grid) => string.Join(" × ", grid.IsDefault ? [] : grid);

    /// <summary>Places, among the plane's points by rows, of those that are read.</summary>
    /// <param name="grid">Points along the plane's two axes.</param>
    /// <param name="stride">Every n-th is read.</param>
    public static int[] Places(ImmutableArray<int> grid, int stride)
    {
        var read = Grid(grid, stride);
        return [.. from r in Enumerable.Range(0, read[0]) from c in Enumerable.Range(0, read[1]) select (r * grid[1] + c) * stride];
    }
}
