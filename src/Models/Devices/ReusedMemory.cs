using System.Numerics;

namespace LedCluster.Models.Devices;

/// <summary>Host memory for fast transfers to and from a device, reused from batch to batch, because allocating it is slow. Safe for several threads.</summary>
/// <typeparam name="T">A piece of it.</typeparam>
/// <param name="allocate">Allocates a piece of a number of floats.</param>
internal sealed class ReusedMemory<T>(Func<int, T> allocate) : IDisposable
    where T : IDisposable
{
    /// <summary>Pieces of a size that wait here at most: of a leg's three arrays, with one leg at work and one whose path is read.</summary>
    private const int MostFree = 6;

    private readonly Dictionary<int, Stack<T>> free = [];

    /// <summary>A piece of at least so many floats.</summary>
    public T Rent(int length)
    {
        lock (free)
            if (free.TryGetValue(Size(length), out var alike) && alike.TryPop(out var piece))
                return piece;
        return allocate(Size(length));
    }

    /// <summary>Takes back a piece that is no longer used.</summary>
    public void Return(T piece, int length)
    {
        lock (free)
        {
            if (!free.TryGetValue(Size(length), out var alike))
                free.Add(Size(length), alike = []);
            if (alike.Count < MostFree)
            {
                alike.Push(piece);
                return;
            }
        }
        piece.Dispose();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        lock (free)
        {
            foreach (var piece in free.Values.SelectMany(alike => alike))
                piece.Dispose();
            free.Clear();
        }
    }

    /// <summary>A power of two, so that batches of similar sizes can share pieces.</summary>
    private static int Size(int length) => length > 1 << 30 ? length : (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, length));
}
