namespace LedCluster.Actors.Protocol;

/// <summary>What travels together.</summary>
internal static class Batches
{
    /// <summary>Cuts parts into batches, in order; a part larger than a batch may be is a batch of its own.</summary>
    /// <param name="parts">The parts.</param>
    /// <param name="size">Bytes of a part.</param>
    /// <param name="largest">Bytes of a batch at most.</param>
    public static IEnumerable<List<T>> BySize<T>(IEnumerable<T> parts, Func<T, long> size, long largest)
    {
        List<T> batch = [];
        long bytes = 0;
        foreach (var part in parts)
        {
            if (batch.Count > 0 && bytes + size(part) > largest)
            {
                yield return batch;
                (batch, bytes) = ([], 0);
            }
            batch.Add(part);
            bytes += size(part);
        }
        if (batch.Count > 0)
            yield return batch;
    }
}
