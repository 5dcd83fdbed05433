using LedCluster.Domain.Npy;
using LedCluster.Storage.Files;

namespace LedCluster.Storage.Npy;

/// <summary>
/// Reads arrays that numpy saved: .npy of format 1.0, 2.0 or 3.0, floats and integers of either byte order, in C or Fortran
/// order. Nothing may follow the elements.
/// </summary>
public static class NpyFile
{
    private const int BytesAtOnce = 1 << 16;

    /// <summary>Reads a whole array as double precision.</summary>
    /// <param name="path">A file, a pipe, or <c>-</c> for standard input, as <see cref="InputFile.Open"/> takes it.</param>
    /// <exception cref="InvalidDataException">There is no such file, or it does not hold exactly one such array; the message says why.</exception>
    public static NpyArray ReadDoubles(string path)
    {
        using var stream = InputFile.Open(path);
        return Read(stream, path);
    }

    /// <summary>Reads a whole array as double precision from a stream, to its end.</summary>
    /// <param name="stream">Stands at the start of the file; may be one that cannot seek.</param>
    /// <param name="path">Name for error messages.</param>
    /// <exception cref="InvalidDataException">It does not hold exactly one such array; the message says why.</exception>
    public static NpyArray Read(Stream stream, string path)
    {
        var header = NpyHeader.Read(stream, path);
        if (header.Count > Array.MaxLength)
        {
            throw new InvalidDataException(
                $"'{path}' holds {header.Count:N0} numbers; at most {Array.MaxLength:N0} can be read at once. Split the file.");
        }
        if (stream.CanSeek)
            CheckLength(header, stream.Length - stream.Position, path);
        var (data, rounded) = Elements(stream, header, path);
        if (stream.ReadByte() >= 0)
            throw TooLong(header, path, "more");
        return new NpyArray(header.Shape, header.FortranOrder ? FromFortran(header.Shape, data) : data, Conversion(header, path, rounded));
    }

    /// <summary>What of a file had to be converted, as a sentence; null when nothing had to be.</summary>
    private static string? Conversion(NpyHeader header, string path, long rounded)
    {
        var (element, reordered) = (header.Element, header.FortranOrder && header.Shape.Length > 1);
        if (element is { Kind: 'f', Size: > 2, IsBigEndian: false } && !reordered && header.Format < 3)
            return null;
        return $"'{path}' holds {(element is { IsBigEndian: true, Size: > 1 } ? "big-endian " : "")}{element.Name}{(reordered ? " in Fortran order" : "")}"
            + $"{(header.Format < 3 ? "" : $" in .npy format {header.Format}.0")}: read as float64{(reordered ? " in C order" : "")}, "
            + (rounded == 0 ? "all values exactly." : $"{rounded:N0} of {header.Count:N0} values, which are beyond 2^53, rounded to the nearest.");
    }

    private static void CheckLength(NpyHeader header, long found, string path)
    {
        if (found < header.DataBytes)
            throw Truncated(header, path, found);
        if (found > header.DataBytes)
            throw TooLong(header, path, $"{found - header.DataBytes:N0} bytes more");
    }

    private static InvalidDataException Truncated(NpyHeader header, string path, long found) => new(
        $"'{path}' is truncated: shape ({string.Join(", ", header.Shape)}) of {header.Element.Name} needs {header.DataBytes:N0} bytes, " +
        $"{found:N0} are there. Copy or save the file again.");

    private static InvalidDataException TooLong(NpyHeader header, string path, string more) => new(
        $"'{path}' holds {more} than shape ({string.Join(", ", header.Shape)}) of {header.Element.Name} needs. Save each array in a file of its own.");

    /// <summary>The elements in the order of the file; memory is taken as they arrive, not as the header announces.</summary>
    private static (double[] Data, long Rounded) Elements(Stream stream, NpyHeader header, string path)
    {
        var (count, size) = ((int)header.Count, header.Element.Size);
        var data = new double[stream.CanSeek ? count : Math.Min(count, BytesAtOnce)];
        var buffer = new byte[Math.Min(BytesAtOnce, header.DataBytes)];
        var rounded = 0L;
        for (var done = 0; done < count;)
        {
            if (done == data.Length)
                Array.Resize(ref data, (int)Math.Min(count, 2L * data.Length));
            var part = buffer.AsSpan(0, Math.Min(buffer.Length, (data.Length - done) * size));
            var got = stream.ReadAtLeast(part, part.Length, throwOnEndOfStream: false);
            if (got < part.Length)
                throw Truncated(header, path, (long)done * size + got);
            rounded += header.Element.Convert(part, data.AsSpan(done));
            done += part.Length / size;
        }
        return (data, rounded);
    }

    /// <summary>The same array in C order.</summary>
    private static double[] FromFortran(long[] shape, double[] data)
    {
        if (shape.Length < 2 || data.Length == 0)
            return data;
        var steps = new long[shape.Length]; // by how much the place in C order grows with each index
        for (var (axis, step) = (shape.Length - 1, 1L); axis >= 0; step *= shape[axis--])
            steps[axis] = step;
        var (ordered, index, place) = (new double[data.Length], new long[shape.Length], 0L);
        foreach (var value in data)
        {
            ordered[place] = value;
            for (var axis = 0; axis < shape.Length; axis++)
            {
                place += steps[axis];
                if (++index[axis] < shape[axis])
                    break;
                place -= steps[axis] * shape[axis];
                index[axis] = 0;
            }
        }
        return ordered;
    }
}

/// <summary>An array that was read from a .npy file, in double precision.</summary>
/// <param name="Shape">Length of each axis, slowest first.</param>
/// <param name="Data">The elements in C order.</param>
/// <param name="Conversion">
/// What of the file is not as it is here, and whether that changed any value, in one sentence; null for plain float32 and float64.
/// </param>
public sealed record NpyArray(long[] Shape, double[] Data, string? Conversion);
