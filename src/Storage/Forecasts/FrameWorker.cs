namespace LedCluster.Storage.Forecasts;

/// <summary>A thread's part of the statistics pass: one frame after the other, with buffers of its own.</summary>
/// <param name="members">Members to include.</param>
/// <param name="cells">Numbers per frame of fields, C·X.</param>
/// <param name="kept">What is kept of the members.</param>
/// <param name="perSlice">Members whose fields are held at once; when not all, they are decoded or read twice.</param>
/// <param name="stage">What is kept for the block's frames, [M, frames, size]; empty when it is to be read frame by frame.</param>
internal sealed class FrameWorker(ReadOnlyMemory<int> members, int cells, KeptFrames kept, int perSlice, float[] stage)
{
    private readonly CellAccumulator accumulator = new(cells);
    private readonly float[] rows = new float[kept.Decoder is null ? 0 : perSlice * kept.Size];
    private readonly float[] fields = new float[perSlice * cells + CellAccumulator.Beyond];

    /// <summary>Computes a frame's statistics.</summary>
    /// <param name="frame">Position of the frame within the block.</param>
    /// <param name="block">Receives them.</param>
    public void Run(int frame, StatisticsBlock block)
    {
        accumulator.Clear();
        for (var first = 0; first < members.Length; first += perSlice)
            accumulator.AddToMoments(fields, Load(first, frame, block));
        accumulator.CloseMoments();
        for (var first = 0; first < members.Length; first += perSlice)
            accumulator.AddToHistogram(fields, members.Length > perSlice ? Load(first, frame, block) : members.Length);
        accumulator.CopyTo(frame, block);
    }

    /// <summary>Fills the fields of a slice of members, [m, C·X]; returns m.</summary>
    private int Load(int first, int frame, StatisticsBlock block)
    {
        var count = Math.Min(perSlice, members.Length - first);
        var wanted = (kept.Decoder is null ? fields : rows).AsSpan(0, count * kept.Size);
        if (stage.Length == 0)
            kept.Read(members.Span.Slice(first, count), block.FirstFrame + frame, 1, wanted);
        else
            for (var m = 0; m < count; m++)
                stage.AsSpan(((first + m) * block.Frames + frame) * kept.Size, kept.Size).CopyTo(wanted[(m * kept.Size)..]);
        kept.Decoder?.Decode(members.Slice(first, count), block.FirstFrame + frame, wanted, fields.AsSpan(0, count * cells));
        return count;
    }
}
