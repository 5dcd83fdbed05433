using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using LedCluster.Domain.Workers;

namespace LedCluster.Domain.Wire;

/// <summary>Reads what <see cref="ByteWriter"/> wrote; never allocates more than the bytes given can hold.</summary>
public ref struct ByteReader
{
    /// <summary>Bytes of an array from which on one that was used before is cheaper than a new one.</summary>
    private const int Reused = 1 << 16;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string what;
    private ReadOnlySpan<byte> rest;

    /// <summary>Opens a message.</summary>
    /// <param name="bytes">The message.</param>
    /// <param name="tag">The tag it must start with.</param>
    /// <param name="what">What it is, for error messages.</param>
    /// <exception cref="FormatException">It starts with another tag.</exception>
    public ByteReader(ReadOnlySpan<byte> bytes, string tag, string what)
    {
        if (bytes.Length < tag.Length || Encoding.Latin1.GetString(bytes[..tag.Length]) != tag)
            throw new FormatException($"Expected {what} that starts with the tag {tag}, got {bytes.Length} bytes of another form.");
        this.what = what;
        rest = bytes[tag.Length..];
    }

    /// <summary>The next 32-bit integer.</summary>
    /// <exception cref="FormatException">The bytes are truncated.</exception>
    public int Int()
    {
        if (rest.Length < sizeof(int))
            throw new FormatException($"The bytes of {what} end in the middle of a number: they are truncated.");
        var value = BinaryPrimitives.ReadInt32LittleEndian(rest);
        rest = rest[sizeof(int)..];
        return value;
    }

    /// <summary>The next array.</summary>
    /// <exception cref="FormatException">It announces more numbers than there are bytes.</exception>
    public T[] Array<T>() where T : unmanaged
    {
        var block = MemoryMarshal.Cast<byte, T>(Block(Marshal.SizeOf<T>()));
        var values = MemoryMarshal.AsBytes(block).Length < Reused ? GC.AllocateUninitializedArray<T>(block.Length) : FieldBuffers.Rent<T>(block.Length);
        block.CopyTo(values);
        return values;
    }

    /// <summary>The next array of bytes, where it lies.</summary>
    /// <exception cref="FormatException">It announces more bytes than there are.</exception>
    public ReadOnlySpan<byte> Bytes() => Block(1);

    /// <summary>The next text.</summary>
    /// <exception cref="FormatException">It is longer than allowed or than the bytes, or is not UTF-8.</exception>
    public string Text(int mostBytes)
    {
        var block = Block(1);
        if (block.Length > mostBytes)
            throw new FormatException($"A text of {what} has {block.Length} bytes, at most {mostBytes} are allowed.");
        try
        {
            return Strict.GetString(block);
        }
        catch (DecoderFallbackException error)
        {
            throw new FormatException($"A text of {what} is not UTF-8: {error.Message}", error);
        }
    }

    /// <summary>Asserts that nothing is left.</summary>
    /// <exception cref="FormatException">Something is.</exception>
    public readonly void End()
    {
        if (rest.Length > 0)
            throw new FormatException($"The end of {what} is followed by {rest.Length} unexpected bytes.");
    }

    private ReadOnlySpan<byte> Block(int size)
    {
        var length = Int();
        if (length < 0 || length > rest.Length / size)
            throw new FormatException($"An array of {what} announces {length} elements, but only {rest.Length} bytes are left.");
        var block = rest[..(length * size)];
        rest = rest[(length * size)..];
        return block;
    }
}
