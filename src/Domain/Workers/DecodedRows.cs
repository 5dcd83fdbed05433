namespace LedCluster.Domain.Workers;

/// <summary>Decodes any number of rows, a bounded number at once, each with the members and the frame that it belongs to.</summary>
internal static class DecodedRows
{
    /// <summary>Fields decoded at once, in bytes: large enough for an efficient batch, small enough for the cache.</summary>
    private const int BytesAtOnce = 4 << 20;

    /// <summary>
    /// Rows that are worth more than that: a decoder's weights, often many times as large as a field, are then read from memory that much
    /// less often.
    /// </summary>
    private const int RowsAtOnce = 24;

    /// <summary>Bytes of those rows at most.</summary>
    private const int LargeBytes = 16 << 20;

    /// <summary>Decodes rows into an array.</summary>
    /// <param name="reduction">The decoder.</param>
    /// <param name="latents">Rows [rows, d_z] of frames that begin with the context's, and in each frame of its members.</param>
    /// <param name="fields">Receives the fields [rows, C·X].</param>
    /// <param name="context">All members; the frame of the first.</param>
    public static void Decode(IReduction reduction, ReadOnlySpan<float> latents, Span<float> fields, in StepContext context)
    {
        if (latents.IsEmpty)
            return;
        var (d, size) = (reduction.LatentSize, (int)((long)fields.Length * reduction.LatentSize / latents.Length));
        for (int row = 0, rows = latents.Length / d; row < rows;)
        {
            var count = Next(row, rows - row, size, context, out var own);
            reduction.Decode(latents.Slice(row * d, count * d), fields.Slice(row * size, count * size), own);
            row += count;
        }
    }

    /// <summary>Rows to decode next, at most so many: whole frames, or a part of one.</summary>
    /// <param name="row">Position of the next row among all that belong to the context.</param>
    /// <param name="left">Rows that are left.</param>
    /// <param name="size">Numbers C·X per row.</param>
    /// <param name="context">All members; the frame of row 0.</param>
    /// <param name="own">The members and the frame of the rows.</param>
    /// <param name="bytes">Fields of the rows at most, but for a single row; null for what a decoder takes.</param>
    public static int Next(long row, int left, int size, in StepContext context, out StepContext own, int? bytes = null)
    {
        var length = sizeof(float) * (long)size;
        var members = context.Count;
        var atOnce = (int)Math.Clamp(bytes / length ?? Math.Max(BytesAtOnce / length, Math.Min(RowsAtOnce, LargeBytes / length)), 1, left);
        var (frame, first) = (context.Frame + (int)(row / members), (int)(row % members));
        if (first == 0 && atOnce >= members)
        {
            own = context.At(frame);
            return context.Schedules is null ? atOnce / members * members : members; // parameters may change with each frame
        }
        var count = Math.Min(atOnce, members - first);
        own = context.Slice(first, count).At(frame);
        return count;
    }
}
