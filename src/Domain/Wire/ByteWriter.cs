using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace LedCluster.Domain.Wire;

/// <summary>Writes numbers, arrays and text as little-endian bytes; what <see cref="ByteReader"/> reads.</summary>
public sealed class ByteWriter
{
    private readonly ArrayBufferWriter<byte> buffer = new(256);

    /// <summary>Starts a message.</summary>
    /// <param name="tag">Four ASCII characters: what the message is and the version of its form, for example <c>LCS1</c>.</param>
    public ByteWriter(string tag) => Encoding.ASCII.GetBytes(tag, buffer);

    /// <summary>Appends a 32-bit integer.</summary>
    public ByteWriter Int(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(buffer.GetSpan(sizeof(int)), value);
        buffer.Advance(sizeof(int));
        return this;
    }

    /// <summary>Appends an array, preceded by its length.</summary>
    public ByteWriter Array<T>(ReadOnlySpan<T> values) where T : unmanaged
    {
        Int(values.Length);
        buffer.Write(MemoryMarshal.AsBytes(values));
        return this;
    }

    /// <summary>Appends text as UTF-8, preceded by its length in bytes and cut to a limit.</summary>
    public ByteWriter Text(string text, int mostBytes)
    {
        while (Encoding.UTF8.GetByteCount(text) > mostBytes)
            text = text[..Math.Min(text.Length - 1, mostBytes)];
        return Array<byte>(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>The message.</summary>
    public byte[] ToArray() => buffer.WrittenSpan.ToArray();
}
