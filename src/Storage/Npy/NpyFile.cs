using System.Runtime.InteropServices;

namespace LedCluster.Storage.Npy;

/// <summary>Reads arrays that numpy saved: .npy of format 1.0 or 2.0, float32 or float64, little-endian, C order.</summary>
public static class NpyFile
{
    /// <summary>Reads shape and number format only.</summary>
    /// <exception cref="InvalidDataException">The file is not such an array, or is shorter than its shape demands.</exception>
    public static NpyHeader ReadHeader(string path)
    {
        using var file = File.OpenRead(path);
        return Checked(NpyHeader.Read(file, path), file.Length, path);
    }

    /// <summary>Reads a whole array as double precision.</summary>
    /// <returns>Length of each axis, slowest first, and the elements in C order.</returns>
    /// <exception cref="InvalidDataException">The file is not such an array, or is shorter than its shape demands.</exception>
    public static (long[] Shape, double[] Data) ReadDoubles(string path)
    {
        using var file = File.OpenRead(path);
        var header = Checked(NpyHeader.Read(file, path), file.Length, path);
        if (header.Count > Array.MaxLength)
        {
            throw new InvalidDataException(
                $"'{path}' holds {header.Count:N0} numbers; at most {Array.MaxLength:N0} can be read at once. Split the file.");
        }
        var data = new double[header.Count];
        file.Position = header.DataStart;
        if (header.Type == NpyType.Float64)
        {
            file.ReadExactly(MemoryMarshal.AsBytes(data.AsSpan()));
            return (header.Shape, data);
        }
        var part = new float[Math.Min(data.Length, 1 << 16)];
        for (var done = 0; done < data.Length; done += part.Length)
        {
            var count = Math.Min(part.Length, data.Length - done);
            file.ReadExactly(MemoryMarshal.AsBytes(part.AsSpan(0, count)));
            for (var i = 0; i < count; i++)
                data[done + i] = part[i];
        }
        return (header.Shape, data);
    }

    private static NpyHeader Checked(NpyHeader header, long length, string path)
    {
        var expected = header.Count * (int)header.Type;
        var found = length - header.DataStart;
        return found >= expected ? header : throw new InvalidDataException(
            $"'{path}' is truncated: shape ({string.Join(", ", header.Shape)}) of {header.Type} needs {expected:N0} bytes, " +
            $"{found:N0} are there. Copy or save the file again.");
    }
}
