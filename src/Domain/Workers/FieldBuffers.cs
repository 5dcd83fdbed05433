using System.Runtime.InteropServices;
using LedCluster.Domain.Cohorts;

namespace LedCluster.Domain.Workers;

/// <summary>
/// Large arrays, of kept fields and of latents, that are used again from leg to leg: memory that the system hands out anew costs more than what is
/// written into it. Whoever records a leg gives its array back; one that never comes back is collected like any other.
/// </summary>
public static class FieldBuffers
{
    /// <summary>Bytes of each number format that wait here at most; beyond that all are let go, as most belong to legs of a shape that is over.</summary>
    public const long MostBytes = 256L << 20;

    /// <summary>Numbers of a leg's latents from which on their array is kept, too: 64 KiB.</summary>
    private const int LeastLatents = 1 << 14;

    /// <summary>An array of exactly that length, with numbers of any value.</summary>
    /// <typeparam name="T">Float, double or byte.</typeparam>
    public static T[] Rent<T>(int length)
        where T : unmanaged => Pool<T>.Rent(length);

    /// <summary>An array for the latents of a leg, of any value; a small one is new, which costs less than to keep it.</summary>
    public static float[] RentLatents(int length) => length < LeastLatents ? GC.AllocateUninitializedArray<float>(length) : Rent<float>(length);

    /// <summary>Takes the arrays of a segment's fields and latents, which nobody reads any more.</summary>
    public static void Return(Segment segment)
    {
        Pool<float>.Return(segment.Fields);
        if (segment.Latents.Length >= LeastLatents)
            Pool<float>.Return(segment.Latents);
        Pool<double>.Return(segment.WideFields);
    }

    /// <summary>Takes an array that nobody reads any more.</summary>
    public static void Return<T>(T[] array)
        where T : unmanaged => Pool<T>.Return(array);

    private static class Pool<T>
        where T : unmanaged
    {
        private static readonly Dictionary<int, Stack<T[]>> Free = [];
        private static readonly int Size = Marshal.SizeOf<T>();
        private static long held;

        public static T[] Rent(int length)
        {
            lock (Free)
            {
                if (Free.TryGetValue(length, out var alike) && alike.TryPop(out var array))
                {
                    held -= array.LongLength * Size;
                    return array;
                }
            }
            return GC.AllocateUninitializedArray<T>(length);
        }

        public static void Return(T[] array)
        {
            var bytes = array.LongLength * Size;
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
}
