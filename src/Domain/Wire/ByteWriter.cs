using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using LedCluster.Domain.Workers;

namespace LedCluster.Domain.Wire;

/// <summary>
/// Writes numbers, arrays and text as little-endian bytes; what <see cref="ByteReader"/> reads. Its memory is borrowed from
/// a pool and goes back when it is disposed of, so that messages of megabytes cost a copy and nothing more.
/// </summary>
public sealed class ByteWriter : IDisposable
{
    /// <summary>Bytes of an array from which on it is left where it is, where that is allowed.</summary>
    private const int Large = 1 << 16;

    private readonly List<(int At, ReadOnlyMemory<byte> Bytes)>? apart;
    private byte[] buffer;
    private int length;

    /// <summary>Starts a message.</summary>
    /// <param name="tag">Four ASCII characters: what the message is and the version of its form, for example <c>LCS1</c>.</param>
    /// <param name="expected">Bytes that it will about hold; it may grow beyond.</param>
    /// <param name="inPlace">Whether large arrays are not copied: they must not change before <see cref="Pieces"/> have been used.</param>
    public ByteWriter(string tag, long expected = 256, bool inPlace = false)
    {
        apart = inPlace ? [] : null;
        buffer = WireBuffers.Rent(expected);
        Tag(tag);
    }

    /// <summary>Bytes of the message.</summary>
    public long Length => length + (apart?.Sum(piece => (long)piece.Bytes.Length) ?? 0);

    /// <summary>What has been written; valid until the writer goes on or is disposed of.</summary>
    /// <exception cref="InvalidOperationException">Arrays were left where they are: see <see cref="Pieces"/>.</exception>
    public ReadOnlyMemory<byte> Written => apart is null or [] ? buffer.AsMemory(0, length)
        : throw new InvalidOperationException($"{Length - length} bytes of the message are arrays that were not copied.");

    /// <summary>The message in pieces, one after the other; valid until the writer goes on or is disposed of.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Pieces()
    {
        var start = 0;
        foreach (var (at, bytes) in apart ?? [])
        {
            yield return buffer.AsMemory(start, at - start);
            yield return bytes;
            start = at;
        }
        yield return buffer.AsMemory(start, length - start);
    }

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

    /// <summary>Appends an array, preceded by its length.</summary>
    public ByteWriter Array<T>(T[] values) where T : unmanaged
    {
        var bytes = (long)values.Length * Marshal.SizeOf<T>();
        if (apart is null || bytes < Large)
            return Array<T>(values.AsSpan());
        Int(values.Length);
        apart.Add((length, new ArrayBytes<T>(values).Memory));
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
        var before = Length;
        write(this, value);
        BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(start), checked((int)(Length - before)));
        return this;
    }

    /// <summary>A copy of what has been written.</summary>
    public byte[] ToArray() => Written.ToArray();

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        WireBuffers.Return(buffer);
        (buffer, length) = ([], 0);
        apart?.Clear();
    }

    private Span<byte> Next(int size)
    {
        if (size > buffer.Length - length)
        {
            var larger = WireBuffers.Rent(Math.Max(2L * buffer.Length, (long)length + size));
            buffer.AsSpan(0, length).CopyTo(larger);
            WireBuffers.Return(buffer);
            buffer = larger;
        }
        length += size;
        return buffer.AsSpan(length - size, size);
    }

    /// <summary>An array as bytes.</summary>
    private sealed class ArrayBytes<T>(T[] values) : MemoryManager<byte>
        where T : unmanaged
    {
        public override Span<byte> GetSpan() => MemoryMarshal.AsBytes(values.AsSpan());

        public override unsafe MemoryHandle Pin(int elementIndex = 0)
        {
            var handle = GCHandle.Alloc(values, GCHandleType.Pinned);
            return new MemoryHandle((byte*)handle.AddrOfPinnedObject() + elementIndex, handle);
        }

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}

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
