namespace LedCluster.Storage.Zarr;

/// <summary>How an array in C order is cut into chunks, and which contiguous runs of them a region covers.</summary>
internal sealed class ChunkGrid
{
    /// <summary>Size that a chunk file should have when members are that small: 16 MiB.</summary>
    public const long PreferredChunkBytes = 16 << 20;

    /// <summary>A member-major array has about this many chunks at most.</summary>
    public const int MostMemberChunks = 1000;

    private readonly long[] grid;

    public ChunkGrid(long[] shape, long[] chunks)
    {
        if (shape.Length != chunks.Length || shape.Length == 0 || chunks.Any(c => c < 1))
            throw new ArgumentException($"Chunks ({string.Join(", ", chunks)}) do not fit shape ({string.Join(", ", shape)}); give one positive length per axis.");
        (Shape, Chunks) = (shape, chunks);
        grid = [.. shape.Zip(chunks, (s, c) => (s + c - 1) / c)];
    }

    /// <summary>Length of each axis.</summary>
    public long[] Shape { get; }

    /// <summary>Length of a chunk along each axis.</summary>
    public long[] Chunks { get; }

    /// <summary>Elements of the array.</summary>
    public long Count => Product(Shape);

    /// <summary>Elements of a chunk; those at the edge are as large, as Zarr v2 wants it.</summary>
    public long ChunkCount => Product(Chunks);

    /// <summary>Chunk shape of an array [member, ...]: all other axes whole, and a number of members that keeps files few.</summary>
    public static long[] MemberMajor(long[] shape, int itemBytes)
    {
        var row = Math.Max(1, Product(shape.AsSpan(1))) * itemBytes;
        var members = Math.Max((PreferredChunkBytes + row - 1) / row, (shape[0] + MostMemberChunks - 1) / MostMemberChunks);
        return [Math.Min(members, Math.Max(1, shape[0])), .. shape.Skip(1).Select(s => Math.Max(1, s))];
    }

    /// <summary>Chunk shape that cuts one axis so that chunks have about the preferred size; all other axes whole.</summary>
    public static long[] Along(int axis, long[] shape, int itemBytes)
    {
        long[] chunks = [.. shape.Select(s => Math.Max(1, s))];
        var slice = Product(chunks) / chunks[axis] * itemBytes;
        chunks[axis] = Math.Clamp(PreferredChunkBytes / slice, 1, chunks[axis]);
        return chunks;
    }

    /// <summary>Name of a chunk file: its grid position joined by dots.</summary>
    public string Name(long chunk)
    {
        var parts = new long[grid.Length];
        for (var axis = grid.Length - 1; axis >= 0; axis--)
            (chunk, parts[axis]) = Math.DivRem(chunk, grid[axis]);
        return string.Join('.', parts);
    }

    /// <summary>
    /// The contiguous runs of a region, in the region's own C order: a member's frames are one run wherever all later
    /// axes are whole.
    /// </summary>
    public IEnumerable<(long Chunk, long Offset, long Count)> Runs(long[] start, long[] count)
    {
        if (start.Length != Shape.Length || count.Length != Shape.Length
            || Enumerable.Range(0, Shape.Length).Any(a => start[a] < 0 || count[a] < 0 || start[a] + count[a] > Shape[a]))
        {
            throw new ArgumentException(
                $"Region of ({string.Join(", ", count)}) at ({string.Join(", ", start)}) leaves the array of shape ({string.Join(", ", Shape)}).");
        }
        return count.Contains(0) ? [] : Walk(start, count);
    }

    private IEnumerable<(long Chunk, long Offset, long Count)> Walk(long[] start, long[] count)
    {
        var along = Shape.Length - 1; // runs follow this axis; all later axes are whole in region and chunk alike
        while (along > 0 && count[along] == Shape[along] && Chunks[along] == Shape[along])
            along--;
        var inner = Product(Chunks.AsSpan(along + 1));
        var index = (long[])start.Clone();
        while (true)
        {
            for (var at = start[along]; at < start[along] + count[along];)
            {
                index[along] = at;
                var length = Math.Min(Chunks[along] - at % Chunks[along], start[along] + count[along] - at);
                var (chunk, offset) = Locate(index);
                yield return (chunk, offset, length * inner);
                at += length;
            }
            var axis = along - 1;
            while (axis >= 0 && ++index[axis] == start[axis] + count[axis])
                index[axis] = start[axis--];
            if (axis < 0)
                yield break;
        }
    }

    private (long Chunk, long Offset) Locate(long[] index)
    {
        long chunk = 0, offset = 0;
        for (var axis = 0; axis < index.Length; axis++)
        {
            var (cell, within) = Math.DivRem(index[axis], Chunks[axis]);
            chunk = chunk * grid[axis] + cell;
            offset = offset * Chunks[axis] + within;
        }
        return (chunk, offset);
    }

    private static long Product(ReadOnlySpan<long> lengths)
    {
        var product = 1L;
        foreach (var length in lengths)
            product = checked(product * length);
        return product;
    }
}
