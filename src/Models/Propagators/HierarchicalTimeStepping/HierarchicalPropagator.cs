using System.Buffers;
using System.Collections.Immutable;
using LedCluster.Domain.Workers;

namespace LedCluster.Models.Propagators.HierarchicalTimeStepping;

/// <summary>
/// Hierarchical time-stepping: a propagator without memory that makes all frames of a leg at once by flow maps of different steps
/// (<see cref="CouplingPlan"/>), the coarse ones first (HiTS: Liu, Kutz &amp; Brunton 2022, doi:10.1098/rsta.2021.0200; on latents,
/// L-HiTS: Hamid et al. 2024). Every level is one product over members and nodes together, so that it also fills the processor for
/// a single member. A member's bits do not depend on its company, but they do on the length of the leg.
/// </summary>
public sealed class HierarchicalPropagator : IPropagator
{
    private const int ChunkRows = 256;

    private readonly ImmutableArray<IFlowMap> maps;
    private readonly int[] steps;

    /// <summary>Couples flow maps.</summary>
    /// <param name="maps">The maps, in any order; their steps differ and their states have one size.</param>
    /// <exception cref="ArgumentException">There are none, or two have the same step, or their sizes differ.</exception>
    public HierarchicalPropagator(IEnumerable<IFlowMap> maps)
    {
        this.maps = LargestFirst(maps);
        steps = [.. this.maps.Select(map => map.Step)];
    }

    /// <summary>The maps, largest step first.</summary>
    public ImmutableArray<IFlowMap> Maps => maps;

    /// <inheritdoc />
    public int LatentSize => maps[0].Size;

    /// <inheritdoc />
    public int MemorySize => 0;

    /// <inheritdoc />
    public void Feed(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory)
    {
    }

    /// <inheritdoc />
    public void Run(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory, Span<float> path) =>
        Run(latents, context.Count, path, afterEveryMap: null);

    /// <summary>The same, with the frames as they would be without the finer maps after each map.</summary>
    /// <param name="latents">Latents of the current frame, [M, d_z].</param>
    /// <param name="members">Number of members M.</param>
    /// <param name="path">Receives the latents of the following frames, [steps, M, d_z].</param>
    /// <param name="afterEveryMap">Called with the number of maps used, when the path holds what they alone forecast.</param>
    internal void Run(ReadOnlySpan<float> latents, int members, Span<float> path, PathSoFar? afterEveryMap)
    {
        var row = members * LatentSize;
        if (path.IsEmpty || row == 0)
            return;
        var plan = new CouplingPlan(steps, path.Length / row);
        var pool = ArrayPool<float>.Shared;
        var (from, to, beyond) = (pool.Rent(ChunkRows * LatentSize), pool.Rent(ChunkRows * LatentSize), pool.Rent(row));
        foreach (var level in plan.Levels)
        {
            foreach (var batch in level.Batches)
                Apply(maps[level.Map], batch, latents, members, path, from, to);
            var isLast = level.Map == maps.Length - 1;
            if (!isLast && afterEveryMap is null)
                continue;
            if (level.After > 0)
                maps[level.Map].Advance(Node(latents, path, level.Nodes[^1], row), beyond.AsSpan(0, row), members);
            Interpolate(level, plan.Horizon, latents, path, beyond.AsSpan(0, row));
            afterEveryMap?.Invoke(level.Map + 1, path);
        }
        pool.Return(from);
        pool.Return(to);
        pool.Return(beyond);
    }

    /// <summary>The maps of a hierarchy, if they are one.</summary>
    internal static ImmutableArray<IFlowMap> LargestFirst(IEnumerable<IFlowMap> given)
    {
        ImmutableArray<IFlowMap> maps = [.. given.OrderByDescending(map => map.Step)];
        if (maps.IsEmpty)
            throw new ArgumentException("A hierarchy needs at least one flow map.", nameof(given));
        if (maps.DistinctBy(map => map.Step).Count() < maps.Length)
            throw new ArgumentException(
                $"The flow maps of a hierarchy must have different steps; given: {string.Join(", ", maps.Select(map => map.Step))}.",
                nameof(given));
        if (maps.FirstOrDefault(map => map.Size != maps[0].Size) is { } other)
            throw new ArgumentException(
                $"The flow map for {other.Step} frames takes {other.Size} numbers, that for {maps[0].Step} takes {maps[0].Size}; all must agree.",
                nameof(given));
        return maps;
    }

    /// <summary>The state of all members at a frame.</summary>
    private static ReadOnlySpan<float> Node(ReadOnlySpan<float> start, ReadOnlySpan<float> path, int frame, int row) =>
        frame == 0 ? start[..row] : path.Slice((frame - 1) * row, row);

    private void Apply(IFlowMap map, CouplingBatch batch, ReadOnlySpan<float> start, int members, Span<float> path, float[] from, float[] to)
    {
        var (d, row, rows) = (LatentSize, members * LatentSize, batch.From.Length * members);
        for (var first = 0; first < rows; first += ChunkRows)
        {
            var count = Math.Min(ChunkRows, rows - first);
            for (var i = 0; i < count; i++)
            {
                var (node, member) = Math.DivRem(first + i, members);
                Node(start, path, batch.From[node], row).Slice(member * d, d).CopyTo(from.AsSpan(i * d));
            }
            map.Advance(from.AsSpan(0, count * d), to.AsSpan(0, count * d), count);
            for (var i = 0; i < count; i++)
            {
                var (node, member) = Math.DivRem(first + i, members);
                to.AsSpan(i * d, d).CopyTo(path.Slice((batch.To[node] - 1) * row + member * d, d));
            }
        }
    }

    /// <summary>Fills the frames between nodes.</summary>
    private static void Interpolate(CouplingLevel level, int horizon, ReadOnlySpan<float> start, Span<float> path, ReadOnlySpan<float> beyond)
    {
        var row = beyond.Length;
        for (var i = 0; i < level.Nodes.Length; i++)
        {
            var left = level.Nodes[i];
            var right = i + 1 < level.Nodes.Length ? level.Nodes[i + 1] : level.After;
            var a = Node(start, path, left, row);
            var b = i + 1 < level.Nodes.Length ? Node(start, path, right, row) : beyond;
            for (var frame = left + 1; frame < right && frame <= horizon; frame++)
                Interpolate(a, b, (float)(frame - left) / (right - left), path.Slice((frame - 1) * row, row));
        }
    }

    /// <summary>a + w(b − a), number by number.</summary>
    internal static void Interpolate(ReadOnlySpan<float> a, ReadOnlySpan<float> b, float weight, Span<float> target)
    {
        for (var k = 0; k < target.Length; k++)
            target[k] = MathF.FusedMultiplyAdd(weight, b[k] - a[k], a[k]);
    }
}

/// <summary>Looks at a path.</summary>
/// <param name="maps">Number of maps it was made with.</param>
/// <param name="path">Frames [steps, M, d_z].</param>
internal delegate void PathSoFar(int maps, ReadOnlySpan<float> path);
