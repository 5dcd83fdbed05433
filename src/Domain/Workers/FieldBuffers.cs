namespace LedCluster.Domain.Workers;

/// <summary>
/// Arrays of kept fields that are used again from leg to leg: memory that the system hands out anew costs more than what is
/// written into it. Whoever records a leg gives its array back; one that never comes back is collected like any other.
/// </summary>
public static class FieldBuffers
{
    /// <summary>Bytes that wait here at most; beyond that all are let go, as most belong to legs of a shape that is over.</summary>
    public const long MostBytes = 256L << 20;

    private static readonly Dictionary<int, Stack<float[]>> Free = [];
    private static long held;

    /// <summary>An array of exactly that length, with numbers of any value.</summary>
    public static float[] Rent(int length)
    {
        lock (Free)
        {
            if (Free.TryGetValue(length, out var alike) && alike.TryPop(out var array))
            {
                held -= array.LongLength * sizeof(float);
                return array;
            }
        }
        return GC.AllocateUninitializedArray<float>(length);
    }

    /// <summary>Takes an array that nobody reads any more.</summary>
    public static void Return(float[] array)
    {
        var bytes = array.LongLength * sizeof(float);
        lock (Free)
        {
            if (bytes == 0 || bytes > MostBytes)
                return;
            if (held + bytes > MostBytes)
            {
                Free.Clear();
                held = 0;
            }
            held += bytes;
            if (!Free.TryGetValue(array.Length, out var alike))
                Free.Add(array.Length, alike = []);
            alike.Push(array);
        }
    }
}
