using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace LedCluster.Domain.Wire;

/// <summary>
/// Writes numbers, arrays and text as little-endian bytes; what <see cref="ByteReader"/> reads. Its memory is borrowed from
/// a pool and goes back when it is disposed of, so that messages of megabytes cost a copy and nothing more.
/// </summary>
public sealed class ByteWriter : IDisposable
{
    private byte[] buffer;
    private int length;

    /// <summary>Starts a message.</summary>
    /// <param name="tag">Four ASCII characters: what the message is and the version of its form, for example <c>LCS1</c>.</param>
    /// <param name="expected">Bytes that it will about hold; it may grow beyond.</param>
    public ByteWriter(string tag, long expected = 256)
    {
        buffer = WireBuffers.Rent(expected);
        Tag(tag);
    }

    /// <summary>What has been written; valid until the writer goes on or is disposed of.</summary>
    public ReadOnlyMemory<byte> Written => buffer.AsMemory(0, length);

    /// <summary>Appends a tag, where a message holds another one.</summary>
    public ByteWriter Tag(string tag)
    {
        Encoding.ASCII.GetBytes(tag, Next(tag.Length));
        return this;
    }

    /// <summary>Appends a 32-bit integer.</summary>
    public ByteWriter Int(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(Next(sizeof(int)), value);
        return this;
    }

    /// <summary>Appends an array, preceded by its length.</summary>
    public ByteWriter Array<T>(ReadOnlySpan<T> values) where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(values);
        Int(values.Length);
        bytes.CopyTo(Next(bytes.Length));
        return this;
    }

    /// <summary>Appends text as UTF-8, preceded by its length in bytes and cut to a limit.</summary>
    public ByteWriter Text(string text, int mostBytes)
    {
        while (Encoding.UTF8.GetByteCount(text) > mostBytes)
            text = text[..Math.Min(text.Length - 1, mostBytes)];
        return Array<byte>(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Appends what a codec writes, preceded by its length in bytes.</summary>
    public ByteWriter Block<T>(T value, Func<ByteWriter, T, ByteWriter> write)
    {
        var start = length;
        Int(0);
        write(this, value);
        BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(start), length - start - sizeof(int));
        return this;
    }

    /// <summary>A copy of what has been written.</summary>
    public byte[] ToArray() => Written.ToArray();

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        WireBuffers.Return(buffer);
        (buffer, length) = ([], 0);
    }

    private Span<byte> Next(int size)
    {
        if (size > buffer.Length - length)
        {
            var larger = WireBuffers.Rent(Math.Max(2L * buffer.Length, (long)length + size));
            Written.CopyTo(larger);
            WireBuffers.Return(buffer);
            buffer = larger;
        }
        length += size;
        return buffer.AsSpan(length - size, size);
    }
}
