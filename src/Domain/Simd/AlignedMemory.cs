using System.Runtime.InteropServices;

namespace LedCluster.Domain.Simd;

/// <summary>
/// Numbers that begin at a cache line, zero at first: no vector of a whole row of them straddles two lines, where it would cost twice as much to
/// load and more to store. Outside of the collected heap, as its arrays begin anywhere and may be moved.
/// </summary>
/// <typeparam name="T">A number, or a vector of them.</typeparam>
public sealed unsafe class AlignedMemory<T> : IDisposable
    where T : unmanaged
{
    private const int Line = 64;

    /// <summary>Allocates memory.</summary>
    /// <param name="length">How many numbers.</param>
    public AlignedMemory(int length)
    {
        Length = length;
        Pointer = (T*)NativeMemory.AlignedAlloc((nuint)length * (nuint)sizeof(T), Line);
        Span.Clear();
    }

    /// <summary>How many numbers.</summary>
    public int Length { get; }

    /// <summary>The first one.</summary>
    public T* Pointer { get; private set; }

    /// <summary>All of them.</summary>
    public Span<T> Span => new(Pointer, Length);

    /// <inheritdoc />
    public void Dispose()
    {
        NativeMemory.AlignedFree(Pointer);
        Pointer = null;
    }
}
