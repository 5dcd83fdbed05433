using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;

namespace LedCluster.Domain.Npy;

/// <summary>Number format of the elements of a .npy file that is read: floats of 16, 32 and 64 bits, and integers.</summary>
/// <param name="Kind">As numpy has it: <c>f</c> float, <c>i</c> integer with a sign, <c>u</c> without.</param>
/// <param name="Size">Bytes of an element: 1, 2, 4 or 8; floats from 2.</param>
/// <param name="IsBigEndian">Whether the most significant byte comes first.</param>
public readonly record struct NpyElement(char Kind, int Size, bool IsBigEndian)
{
    /// <summary>As numpy calls it, for example <c>int64</c>.</summary>
    public string Name => $"{Kind switch { 'f' => "float", 'i' => "int", _ => "uint" }}{8 * Size}";

    /// <summary>Reads numpy's short form, for example <c>&lt;f8</c> or <c>|u1</c>.</summary>
    public static bool TryParse(string descr, out NpyElement element)
    {
        element = default;
        if (descr is not [('<' or '>' or '|') and var order, ('f' or 'i' or 'u') and var kind, ('1' or '2' or '4' or '8') and var size])
            return false;
        element = new NpyElement(kind, size - '0', order == '>');
        return (kind != 'f' || size != '1') && (order != '|' || size == '1');
    }

    /// <inheritdoc />
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(Size == 1 ? '|' : IsBigEndian ? '>' : '<')}{Kind}{Size}");

    /// <summary>Converts elements to double precision, each to the nearest number.</summary>
    /// <param name="bytes">The elements; their bytes are left in another order.</param>
    /// <param name="values">Receives the numbers.</param>
    /// <returns>Number of elements that are not exact as doubles: some integers beyond 2^53.</returns>
    public long Convert(Span<byte> bytes, Span<double> values)
    {
        if (IsBigEndian == BitConverter.IsLittleEndian)
            Reverse(bytes);
        return (Kind, Size) switch
        {
            ('f', 2) => Widen<Half>(bytes, values),
            ('f', 4) => Widen<float>(bytes, values),
            ('f', _) => Widen<double>(bytes, values),
            ('i', 1) => Widen<sbyte>(bytes, values),
            ('i', 2) => Widen<short>(bytes, values),
            ('i', 4) => Widen<int>(bytes, values),
            ('i', _) => Widen<long>(bytes, values) + Rounded<long>(bytes, values),
            (_, 1) => Widen<byte>(bytes, values),
            (_, 2) => Widen<ushort>(bytes, values),
            (_, 4) => Widen<uint>(bytes, values),
            _ => Widen<ulong>(bytes, values) + Rounded<ulong>(bytes, values),
        };
    }

    private void Reverse(Span<byte> bytes)
    {
        if (Size == 2)
            BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, ushort>(bytes), MemoryMarshal.Cast<byte, ushort>(bytes));
        else if (Size == 4)
            BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, uint>(bytes), MemoryMarshal.Cast<byte, uint>(bytes));
        else if (Size == 8)
            BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, ulong>(bytes), MemoryMarshal.Cast<byte, ulong>(bytes));
    }

    private static long Widen<T>(ReadOnlySpan<byte> bytes, Span<double> values)
        where T : unmanaged, INumberBase<T>
    {
        var elements = MemoryMarshal.Cast<byte, T>(bytes);
        for (var i = 0; i < elements.Length; i++)
            values[i] = double.CreateTruncating(elements[i]);
        return 0;
    }

    private static long Rounded<T>(ReadOnlySpan<byte> bytes, ReadOnlySpan<double> values)
        where T : unmanaged, IBinaryInteger<T>
    {
        var elements = MemoryMarshal.Cast<byte, T>(bytes);
        var rounded = 0L;
        for (var i = 0; i < elements.Length; i++)
            if (Math.Abs(values[i]) >= 1L << 53 && Int128.CreateTruncating(elements[i]) != (Int128)values[i])
                rounded++;
        return rounded;
    }
}
