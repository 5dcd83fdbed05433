using System.Runtime.InteropServices;

namespace LedCluster.Domain.Workers;

/// <summary>
/// States that are bytes, of any length per member, as rows of an array: the number of bytes, then the bytes, then zeros up to the
/// longest of the members.
/// </summary>
public static class OpaqueState
{
    /// <summary>Rows [M, n] that hold the members' bytes.</summary>
    public static double[] Pack(IReadOnlyList<ReadOnlyMemory<byte>> blobs)
    {
        var n = 1 + (blobs.Max(blob => blob.Length) + sizeof(double) - 1) / sizeof(double);
        var state = new double[(long)blobs.Count * n];
        for (var m = 0; m < blobs.Count; m++)
        {
            var row = state.AsSpan(m * n, n);
            row[0] = BitConverter.Int64BitsToDouble(blobs[m].Length);
            blobs[m].Span.CopyTo(MemoryMarshal.AsBytes(row[1..]));
        }
        return state;
    }

    /// <summary>Bytes of a member.</summary>
    /// <param name="state">Rows [M, n] from <see cref="Pack"/>.</param>
    /// <param name="members">Number of members M.</param>
    /// <param name="position">Position of the member.</param>
    /// <exception cref="FormatException">The rows hold no such bytes.</exception>
    public static ReadOnlySpan<byte> Unpack(ReadOnlySpan<double> state, int members, int position)
    {
        var n = state.Length / members;
        var row = state.Slice(position * n, n);
        var bytes = row.IsEmpty ? default : MemoryMarshal.AsBytes(row[1..]);
        return !row.IsEmpty && BitConverter.DoubleToInt64Bits(row[0]) is >= 0 and var length && length <= bytes.Length
            ? bytes[..(int)length] : throw new FormatException($"The state of member {position} of {members} is not made of bytes.");
    }
}
