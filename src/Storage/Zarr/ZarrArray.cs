using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace LedCluster.Storage.Zarr;

/// <summary>
/// An array of a Zarr v2 store: uncompressed chunks in C order, read and written region by region in place, in any order.
/// Chunk files of floats begin as NaN, so that what was never written reads as NaN at any time and to any reader.
/// Reads may run beside each other.
/// </summary>
/// <typeparam name="T"><see cref="float"/>, <see cref="double"/>, <see cref="int"/>, <see cref="sbyte"/> or <see cref="byte"/>.</typeparam>
public sealed class ZarrArray<T>
    where T : unmanaged
{
    private static readonly T Missing =
        typeof(T) == typeof(float) ? (T)(object)float.NaN : typeof(T) == typeof(double) ? (T)(object)double.NaN : default;

    /// <summary>What a new chunk file repeats all over: NaN; empty for integers, whose files begin as zeros.</summary>
    private static readonly T[] Fill = FillValue is null ? [] : [.. Enumerable.Repeat(Missing, (64 << 10) / Size)];

    private readonly string directory;
    private readonly ChunkFiles files;
    private readonly ChunkGrid grid;
    private readonly Dictionary<long, string> paths = [];

    internal ZarrArray(string directory, ChunkFiles files, ChunkGrid grid) =>
        (this.directory, this.files, this.grid) = (directory, files, grid);

    /// <summary>Length of each axis, slowest first.</summary>
    public IReadOnlyList<long> Shape => grid.Shape;

    /// <summary>Length of a chunk along each axis.</summary>
    public IReadOnlyList<long> Chunks => grid.Chunks;

    /// <summary>Number format as numpy writes it.</summary>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is none of the five supported formats.</exception>
    internal static string TypeName =>
        typeof(T) == typeof(float) ? "<f4"
        : typeof(T) == typeof(double) ? "<f8"
        : typeof(T) == typeof(int) ? "<i4"
        : typeof(T) == typeof(sbyte) ? "|i1"
        : typeof(T) == typeof(byte) ? "|u1"
        : throw new NotSupportedException($"Zarr arrays of {typeof(T).Name} are not written here; use float, double, int, sbyte or byte.");

    /// <summary>
    /// What absent chunks read as: NaN for floats. Null for integers, which are always written whole: xarray would turn
    /// an integer fill value into missing numbers.
    /// </summary>
    internal static JsonNode? FillValue => typeof(T) == typeof(float) || typeof(T) == typeof(double) ? "NaN" : null;

    /// <summary>Writes a region in place; writing it again changes nothing.</summary>
    /// <param name="start">First index along each axis.</param>
    /// <param name="count">Length along each axis.</param>
    /// <param name="data">The elements in C order.</param>
    /// <exception cref="ArgumentException">The region leaves the array or does not match the data.</exception>
    /// <exception cref="IOException">The disk is full or failed; the message names the file and the bytes.</exception>
    public void Write(long[] start, long[] count, ReadOnlySpan<T> data)
    {
        CheckLength(count, data.Length);
        var fill = MemoryMarshal.AsBytes(Fill.AsSpan());
        foreach (var (chunk, offset, length) in grid.Runs(start, count))
        {
            var bytes = MemoryMarshal.AsBytes(data[..(int)length]);
            files.Write(PathOf(chunk), grid.ChunkCount * Size, fill, bytes, offset * Size);
            data = data[(int)length..];
        }
    }

    /// <summary>Writes the whole array.</summary>
    public void WriteAll(ReadOnlySpan<T> data) => Write(new long[grid.Shape.Length], grid.Shape, data);

    /// <summary>Reads a region; what was never written reads as NaN, or 0 for integers.</summary>
    /// <param name="start">First index along each axis.</param>
    /// <param name="count">Length along each axis.</param>
    /// <param name="data">Receives the elements in C order.</param>
    /// <exception cref="ArgumentException">The region leaves the array or does not match the data.</exception>
    public void Read(long[] start, long[] count, Span<T> data)
    {
        CheckLength(count, data.Length);
        foreach (var (chunk, offset, length) in grid.Runs(start, count))
        {
            var run = data[..(int)length];
            if (!files.TryRead(PathOf(chunk), MemoryMarshal.AsBytes(run), offset * Size))
                run.Fill(Missing);
            data = data[(int)length..];
        }
    }

    /// <summary>Reads the whole array.</summary>
    /// <exception cref="InvalidDataException">A chunk of integers is missing, which are always written whole.</exception>
    public T[] ReadAll()
    {
        for (var chunk = 0L; FillValue is null && chunk < grid.Files; chunk++)
            if (!files.TryRead(PathOf(chunk), new byte[1], grid.ChunkCount * Size - 1)) // before memory is taken that nothing on disk stands for
                throw new InvalidDataException($"'{PathOf(chunk)}' is missing. Restore it from a copy, or run again.");
        var data = new T[grid.Count];
        Read(new long[grid.Shape.Length], grid.Shape, data);
        return data;
    }

    /// <summary>
    /// Sets a region to NaN (0 for integers) wherever a chunk exists. Chunks that do not exist read as NaN already and
    /// stay away.
    /// </summary>
    public void Blank(long[] start, long[] count)
    {
        var blank = Array.Empty<T>();
        foreach (var (chunk, offset, length) in grid.Runs(start, count))
        {
            if (!files.TryRead(PathOf(chunk), [], 0))
                continue;
            if (blank.Length == 0)
            {
                blank = new T[Math.Min(length, 1 << 18)];
                blank.AsSpan().Fill(Missing);
            }
            for (var done = 0L; done < length; done += blank.Length)
            {
                var part = blank.AsSpan(0, (int)Math.Min(blank.Length, length - done));
                files.Write(PathOf(chunk), grid.ChunkCount * Size, MemoryMarshal.AsBytes(Fill.AsSpan()), MemoryMarshal.AsBytes(part), (offset + done) * Size);
            }
        }
    }

    /// <summary>CRC-32 of all chunk files, one after the other; an absent one counts as empty.</summary>
    public uint Checksum()
    {
        var (sum, part) = (new Crc32(), new byte[1 << 20]);
        for (var chunk = 0L; chunk < grid.Files; chunk++)
            for (var (at, left) = (0L, grid.ChunkCount * Size); left > 0; left -= part.Length)
            {
                var bytes = part.AsSpan(0, (int)Math.Min(part.Length, left));
                if (!files.TryRead(PathOf(chunk), bytes, at))
                    break;
                sum.Append(bytes);
                at += bytes.Length;
            }
        return sum.GetCurrentHashAsUInt32();
    }

    private static int Size => Marshal.SizeOf<T>();

    private string PathOf(long chunk)
    {
        lock (paths)
        {
            return paths.TryGetValue(chunk, out var path) ? path : paths[chunk] = Path.Combine(directory, grid.Name(chunk));
        }
    }

    private void CheckLength(long[] count, int given)
    {
        var expected = count.Aggregate(1L, (a, b) => a * b);
        if (expected != given)
            throw new ArgumentException($"{given:N0} elements were given for a region of ({string.Join(", ", count)}), which has {expected:N0}.");
    }
}
