using System.Buffers.Binary;
using System.Text;

namespace LedCluster.Domain.Npy;

/// <summary>The header of a .npy file (NEP 1, formats 1.0, 2.0 and 3.0): number format, order and shape.</summary>
/// <param name="Element">Number format.</param>
/// <param name="FortranOrder">Whether the first axis varies fastest in the file, rather than the last.</param>
/// <param name="Shape">Length of each axis; empty for a scalar.</param>
/// <param name="Format">Major version of the format.</param>
public sealed record NpyHeader(NpyElement Element, bool FortranOrder, long[] Shape, int Format)
{
    private const int Alignment = 64, LongestText = 1 << 16;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Number of elements: the product of the shape.</summary>
    public long Count => Product(Shape);

    /// <summary>Bytes of the elements.</summary>
    public long DataBytes => Count * Element.Size;

    /// <summary>Bytes of a header (format 1.0, padded to a multiple of 64 as numpy does).</summary>
    /// <exception cref="ArgumentOutOfRangeException">An axis is negative.</exception>
    public static byte[] Encode(NpyType type, ReadOnlySpan<long> shape) => Encode($"<f{(int)type}", shape);

    /// <inheritdoc cref="Encode(NpyType, ReadOnlySpan{long})" />
    /// <param name="descr">NumPy's short form of the number format, for example <c>|u1</c>.</param>
    /// <param name="shape">Length of each axis.</param>
    public static byte[] Encode(string descr, ReadOnlySpan<long> shape)
    {
        foreach (var length in shape)
            ArgumentOutOfRangeException.ThrowIfNegative(length, nameof(shape));
        var axes = string.Join(", ", shape.ToArray()) + (shape.Length == 1 ? "," : "");
        var text = $"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({axes}), }}";
        var total = (Magic.Length + 4 + text.Length + 1 + Alignment - 1) / Alignment * Alignment;
        var bytes = new byte[total];
        Magic.CopyTo(bytes);
        bytes[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), (ushort)(total - 10));
        bytes.AsSpan(10).Fill((byte)' ');
        Encoding.ASCII.GetBytes(text, bytes.AsSpan(10));
        bytes[^1] = (byte)'\n';
        return bytes;
    }

    /// <summary>Reads the header at the start of a stream, which then stands where the elements begin.</summary>
    /// <param name="stream">Stands at the start of the file.</param>
    /// <param name="path">Name for error messages.</param>
    /// <exception cref="InvalidDataException">Not a .npy file, or one whose elements or header cannot be read; the message says why.</exception>
    public static NpyHeader Read(Stream stream, string path)
    {
        Span<byte> start = stackalloc byte[8];
        if (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length || !start[..6].SequenceEqual(Magic))
        {
            throw new InvalidDataException(
                $"'{path}' is not a .npy file: it does not begin with \\x93NUMPY. Write it with numpy.save(path, array).");
        }
        if (start[6] is < 1 or > 3 || start[7] != 0)
        {
            throw new InvalidDataException(
                $"'{path}' has .npy format version {start[6]}.{start[7]}; versions 1.0, 2.0 and 3.0 are read. " +
                "Save a plain float array with numpy.save(path, array).");
        }
        Span<byte> size = stackalloc byte[4];
        size.Clear();
        Fill(stream, size[..(start[6] == 1 ? 2 : 4)], path);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(size);
        if (length > LongestText)
            throw new InvalidDataException(
                $"'{path}' announces a .npy header of {length:N0} bytes; at most {LongestText:N0} are read. Save it again with numpy.save.");
        var text = new byte[length];
        Fill(stream, text, path);
        var (element, fortran, shape) = new NpyDictionary((start[6] == 3 ? Encoding.UTF8 : Encoding.Latin1).GetString(text), path).Read();
        try
        {
            _ = checked(Product(shape) * element.Size);
        }
        catch (OverflowException)
        {
            throw new InvalidDataException($"'{path}' has the shape ({string.Join(", ", shape)}), which no array can have. Save it again with numpy.save.");
        }
        return new NpyHeader(element, fortran, shape, start[6]);
    }

    private static void Fill(Stream stream, Span<byte> bytes, string path)
    {
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
            throw new InvalidDataException($"'{path}' is truncated: it ends inside its header. Copy or save the file again.");
    }

    private static long Product(long[] shape) => shape.Contains(0) ? 0 : shape.Aggregate(1L, (a, b) => checked(a * b));
}

/// <summary>Number formats of .npy files that are written here; both little-endian.</summary>
public enum NpyType : byte
{
    /// <summary>IEEE 754 single precision, numpy's <c>&lt;f4</c>.</summary>
    Float32 = 4,

    /// <summary>IEEE 754 double precision, numpy's <c>&lt;f8</c>.</summary>
    Float64 = 8,
}
