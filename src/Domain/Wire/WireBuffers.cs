using System.Buffers;
using LedCluster.Domain.Workers;

namespace LedCluster.Domain.Wire;

/// <summary>
/// Memory of messages that goes from one to the next. The shared pool of .NET rounds sizes up to powers of two and keeps
/// arrays for each thread; what is larger than a mebibyte comes from <see cref="FieldBuffers"/>, which does neither.
/// </summary>
public static class WireBuffers
{
    private const int Large = 1 << 20, Step = 1 << 16;

    /// <summary>An array of at least that length, with bytes of any value.</summary>
    /// <param name="length">Bytes; more than an array can have are cut to that.</param>
    public static byte[] Rent(long length) =>
        length <= Large ? ArrayPool<byte>.Shared.Rent((int)length) : FieldBuffers.Rent<byte>((int)Math.Min((length + Step - 1) / Step * Step, Array.MaxLength));

    /// <summary>Takes an array back.</summary>
    public static void Return(byte[] array)
    {
        if (array.Length <= Large)
            ArrayPool<byte>.Shared.Return(array);
        else
            FieldBuffers.Return(array);
    }
}
