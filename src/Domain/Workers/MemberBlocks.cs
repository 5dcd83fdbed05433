namespace LedCluster.Domain.Workers;

/// <summary>Copies between arrays [blocks, members, row] of which one has members that the other has not.</summary>
public static class MemberBlocks
{
    /// <summary>Copies neighbouring members of each block.</summary>
    /// <param name="from">Array to read.</param>
    /// <param name="read">Members in each of its blocks, and the first that is read.</param>
    /// <param name="to">Array to write.</param>
    /// <param name="written">Members in each of its blocks, and the first that is written.</param>
    /// <param name="blocks">Number of blocks.</param>
    /// <param name="members">Number of members that are copied.</param>
    /// <param name="row">Numbers of a member in a block.</param>
    public static void Copy(
        ReadOnlySpan<float> from, (int Members, int First) read, Span<float> to, (int Members, int First) written, int blocks, int members,
        int row)
    {
        for (var b = 0; b < blocks; b++)
            from.Slice((b * read.Members + read.First) * row, members * row).CopyTo(to[((b * written.Members + written.First) * row)..]);
    }
}
