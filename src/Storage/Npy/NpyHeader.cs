using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;

namespace LedCluster.Storage.Npy;

/// <summary>
/// The header of a .npy file: number format and shape (format 1.0 and 2.0 of NEP 1, C order).
/// </summary>
/// <param name="Type">Number format.</param>
/// <param name="Shape">Length of each axis, slowest first; empty for a scalar.</param>
/// <param name="DataStart">Byte at which the data begin.</param>
public sealed partial record NpyHeader(NpyType Type, long[] Shape, long DataStart)
{
    private const int Alignment = 64;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Number of elements: the product of the shape.</summary>
    public long Count => Shape.Aggregate(1L, (a, b) => checked(a * b));

    /// <summary>Bytes of a header (format 1.0, padded to a multiple of 64 as numpy does).</summary>
    /// <exception cref="ArgumentOutOfRangeException">An axis is negative.</exception>
    public static byte[] Encode(NpyType type, ReadOnlySpan<long> shape)
    {
        foreach (var length in shape)
            ArgumentOutOfRangeException.ThrowIfNegative(length, nameof(shape));
        var axes = string.Join(", ", shape.ToArray()) + (shape.Length == 1 ? "," : "");
        var text = $"{{'descr': '<f{(int)type}', 'fortran_order': False, 'shape': ({axes}), }}";
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

    /// <summary>Reads the header at the start of a stream.</summary>
    /// <param name="stream">Positioned at the start of the file.</param>
    /// <param name="path">Name for error messages.</param>
    /// <exception cref="InvalidDataException">Not a .npy file, or one of another format, number type or order.</exception>
    public static NpyHeader Read(Stream stream, string path)
    {
        Span<byte> start = stackalloc byte[12];
        var got = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        if (got < 10 || !start[..6].SequenceEqual(Magic))
        {
            throw new InvalidDataException(
                $"'{path}' is not a .npy file: it does not begin with \\x93NUMPY. Write it with numpy.save(path, array).");
        }
        var (version, lengthBytes) = (start[6], start[6] == 1 ? 2 : 4);
        if (version is not (1 or 2))
        {
            throw new InvalidDataException(
                $"'{path}' has .npy format version {version}.{start[7]}; versions 1.0 and 2.0 are read. " +
                "Save a plain float array with numpy.save(path, array).");
        }
        var length = lengthBytes == 2
            ? BinaryPrimitives.ReadUInt16LittleEndian(start[8..])
            : got == 12 ? BinaryPrimitives.ReadUInt32LittleEndian(start[8..]) : uint.MaxValue;
        var dataStart = 8L + lengthBytes + length;
        if (dataStart > stream.Length)
            throw new InvalidDataException($"'{path}' is truncated: it ends inside its header. Copy or save the file again.");
        var text = new byte[length];
        stream.Position = 8 + lengthBytes;
        stream.ReadExactly(text);
        return Parse(Encoding.Latin1.GetString(text), dataStart, path);
    }

    private static NpyHeader Parse(string text, long dataStart, string path)
    {
        var (descr, order, shape) = (Descr().Match(text), Order().Match(text), Axes().Match(text));
        if (!order.Success || !shape.Success)
            throw new InvalidDataException($"'{path}' has a .npy header that cannot be read: {text.Trim()}. Save it again with numpy.save.");
        var type = (descr.Success ? descr.Groups[1].Value : "") switch
        {
            "<f4" => NpyType.Float32,
            "<f8" => NpyType.Float64,
            var other => throw new InvalidDataException(
                $"'{path}' has dtype {(other.Length > 0 ? $"'{other}'" : "of a structured kind")}; '<f4' (float32) or '<f8' (float64) is " +
                "expected. Convert it with numpy.save(path, array.astype('<f8'))."),
        };
        if (order.Groups[1].Value == "True")
        {
            throw new InvalidDataException(
                $"'{path}' is stored in Fortran order; C order is expected. Convert it with numpy.save(path, numpy.ascontiguousarray(array)).");
        }
        var axes = shape.Groups[1].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        try
        {
            var header = new NpyHeader(type, [.. axes.Select(long.Parse)], dataStart);
            _ = checked(header.Count * (int)type);
            return header;
        }
        catch (Exception error) when (error is FormatException or OverflowException)
        {
            throw new InvalidDataException($"'{path}' has the shape ({shape.Groups[1].Value}), which no array can have. Save it again with numpy.save.");
        }
    }

    [GeneratedRegex(@"'descr'\s*:\s*'([^']*)'")]
    private static partial Regex Descr();

    [GeneratedRegex(@"'fortran_order'\s*:\s*(True|False)")]
    private static partial Regex Order();

    [GeneratedRegex(@"'shape'\s*:\s*\(([\d\s,]*)\)")]
    private static partial Regex Axes();
}
