namespace LedCluster.Storage.Zarr;

/// <summary>How an array in C order is cut into chunks, and which contiguous runs of them a region covers.</summary>
internal sealed class ChunkGrid
{
    /// <summary>A chunk file is not made smaller than about this: 4 MiB.</summary>
    public const long LeastChunkBytes = 4 << 20;

    /// <summary>Size that a chunk file of the ensemble's statistics should have: 16 MiB.</summary>
    public const long PreferredChunkBytes = 16 << 20;

    /// <summary>A chunk file of members and times is not made larger than about this, 64 MiB, for the sake of fewer files.</summary>
    public const long LargeChunkBytes = 64 << 20;

    /// <summary>An array of members and times has about this many chunks at most, while they are not large.</summary>
    public const int FewChunks = 256;

    /// <summary>An array of members and times has about this many chunks at most, whatever their size.</summary>
    public const int MostChunks = 1024;

    /// <summary>Members that share a chunk, unless all of their frames together are smaller than the least chunk.</summary>
    public const int MembersOfChunk = 64;

    /// <summary>A member's frame from this size on, 1 MiB, is a chunk by itself, which is written once and never filled with NaN before.</summary>
    public const long OwnChunkBytes = 1 << 20;

    /// <summary>Frames that are chunks by themselves, in an array, at most.</summary>
    public const long MostOwnChunks = 1 << 14;

    private readonly long[] grid;

    public ChunkGrid(long[] shape, long[] chunks)
    {
        if (shape.Length != chunks.Length || shape.Length == 0 || chunks.Any(c => c < 1) || shape.Any(s => s < 0))
            throw new ArgumentException(
                $"Chunks ({string.Join(", ", chunks)}) do not fit shape ({string.Join(", ", shape)}); give one positive length per axis.");
        (Shape, Chunks) = (shape, chunks);
        grid = [.. shape.Zip(chunks, (s, c) => s / c + (s % c > 0 ? 1 : 0))];
    }

    /// <summary>Length of each axis.</summary>
    public long[] Shape { get; }

    /// <summary>Length of a chunk along each axis.</summary>
    public long[] Chunks { get; }

    /// <summary>Elements of the array.</summary>
    public long Count => Product(Shape);

    /// <summary>Number of chunks.</summary>
    public long Files => Product(grid);

    /// <summary>Elements of a chunk; those at the edge are as large, as Zarr v2 wants it.</summary>
    public long ChunkCount => Product(Chunks);

    /// <summary>
    /// Chunk shape of an array [member, time, ...]: some members by a stretch of time, all other axes whole. Files stay few,
    /// and what a run that was stopped never came to takes no file: only the stretch that a member stands in is in part empty.
    /// Large frames are a chunk each.
    /// </summary>
    public static long[] MembersByTime(long[] shape, int itemBytes)
    {
        long[] chunks = [.. shape.Select(s => Math.Max(1, s))];
        var cell = Product(chunks.AsSpan(2)) * itemBytes;
        var whole = Product(chunks) * itemBytes;
        var bytes = Math.Max(Math.Clamp(whole / FewChunks, LeastChunkBytes, LargeChunkBytes), whole / MostChunks);
        var (members, times) = (chunks[0], chunks[1]);
        if (cell >= OwnChunkBytes && members * times <= MostOwnChunks)
            return [1, 1, .. chunks[2..]];
        chunks[0] = Even(members, Math.Max(MembersOfChunk, bytes / (times * cell)));
        chunks[1] = Even(times, bytes / (chunks[0] * cell));
        return chunks;
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

    /// <summary>Length of the pieces, equal but for the last, that an axis falls into when none may be longer than given.</summary>
    private static long Even(long length, long longest)
    {
        var pieces = (length + Math.Max(1, longest) - 1) / Math.Max(1, longest);
        return (length + pieces - 1) / pieces;
    }

    private static long Product(ReadOnlySpan<long> lengths)
    {
        var product = 1L;
        foreach (var length in lengths)
            product = checked(product * length);
        return product;
    }
}
