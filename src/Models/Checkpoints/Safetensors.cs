using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using LedCluster.Domain.Wire;

namespace LedCluster.Models.Checkpoints;

/// <summary>
/// The safetensors file format: an 8-byte header length, a JSON header, then raw little-endian arrays. Of its types, float32 ("F32") and
/// float16 ("F16", widened when read) are used here.
/// </summary>
public static class Safetensors
{
    private const int LargestHeader = 100_000_000, LongestName = 60;

    /// <summary>Writes arrays in the order of their names, so that equal arrays give equal files.</summary>
    /// <param name="path">File to write; replaced as a whole or not at all.</param>
    /// <param name="tensors">Arrays with their shapes, row-major.</param>
    /// <param name="half">Names of arrays to round to float16; those with a number beyond its range of ±65,504 stay float32.</param>
    public static void Write(string path, IReadOnlyDictionary<string, (long[] Shape, float[] Values)> tensors, IReadOnlySet<string>? half = null)
    {
        (string Name, long[] Shape, bool IsHalf, byte[] Bytes)[] arrays = [.. tensors.OrderBy(t => t.Key, StringComparer.Ordinal).Select(Stored)];
        var header = new JsonObject();
        long offset = 0;
        foreach (var (name, shape, isHalf, bytes) in arrays)
        {
            var end = offset + bytes.Length;
            header[name] = new JsonObject
            {
                ["dtype"] = isHalf ? "F16" : "F32",
                ["shape"] = new JsonArray([.. shape.Select(n => (JsonNode)n)]),
                ["data_offsets"] = new JsonArray(offset, end),
            };
            offset = end;
        }
        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        var padding = (8 - json.Length % 8) % 8;

        var temporary = path + ".tmp";
        using (var file = File.Create(temporary))
        {
            Span<byte> length = stackalloc byte[sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(length, json.Length + padding);
            file.Write(length);
            file.Write(json);
            file.Write("        "u8[..padding]);
            foreach (var (_, _, _, bytes) in arrays)
                file.Write(bytes);
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);

        (string, long[], bool, byte[]) Stored(KeyValuePair<string, (long[] Shape, float[] Values)> tensor)
        {
            var values = tensor.Value.Values;
            Half[] rounded = half?.Contains(tensor.Key) is true ? Array.ConvertAll(values, value => (Half)value) : [];
            return rounded.Length > 0 && Array.TrueForAll(rounded, Half.IsFinite)
                ? (tensor.Key, tensor.Value.Shape, true, MemoryMarshal.AsBytes(rounded.AsSpan()).ToArray())
                : (tensor.Key, tensor.Value.Shape, false, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
        }
    }

    /// <summary>Reads all arrays of a file.</summary>
    /// <exception cref="InvalidDataException">As below, or it is no regular file.</exception>
    public static Dictionary<string, (long[] Shape, float[] Values)> Read(string path) => Read(ModelFile.Content(path), path);

    /// <summary>Reads all arrays of a file's bytes.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="path">Its name, for messages.</param>
    /// <exception cref="InvalidDataException">
    /// It is not safetensors: names stand twice, a header has other keys, arrays overlap, leave gaps or do not cover the data to
    /// their last byte, or hold another type than float32 and float16. The message says what is wrong and where.
    /// </exception>
    public static Dictionary<string, (long[] Shape, float[] Values)> Read(ReadOnlyMemory<byte> file, string path)
    {
        if (file.Length < sizeof(long)
            || BinaryPrimitives.ReadUInt64LittleEndian(file.Span) is var length && length > (ulong)Math.Min(LargestHeader, file.Length - sizeof(long)))
            throw Broken(path, "its header is missing or longer than the file: it is not a safetensors file, or it is truncated");
        var (json, data) = (file[sizeof(long)..(sizeof(long) + (int)length)], file[(sizeof(long) + (int)length)..]);
        var entries = Entries(json, path);
        var end = 0L;
        foreach (var entry in entries.OrderBy(e => e.Begin).ThenBy(e => e.End))
        {
            if (entry.Begin != end)
                throw Broken(
                    path,
                    $"{entry.Name} begins at byte {entry.Begin:N0} of the data, but the array before it ends at byte {end:N0}: "
                    + "arrays must follow one another");
            end = entry.End;
        }
        if (end != data.Length)
        {
            throw Broken(path, end > data.Length
                ? $"its arrays should end at byte {end:N0} of the data, which have {data.Length:N0}: the file is truncated"
                : $"{data.Length - end:N0} bytes follow the last array");
        }
        return entries.ToDictionary(e => e.Key, e => (e.Shape, Values(data.Span[(int)e.Begin..(int)e.End], e.IsHalf)));
    }

    private static float[] Values(ReadOnlySpan<byte> bytes, bool isHalf) => isHalf
        ? Array.ConvertAll(MemoryMarshal.Cast<byte, Half>(bytes).ToArray(), value => (float)value)
        : MemoryMarshal.Cast<byte, float>(bytes).ToArray();

    private static List<Entry> Entries(ReadOnlyMemory<byte> json, string path)
    {
        var entries = new List<Entry>();
        try
        {
            if (json.IsEmpty || json.Span[0] != (byte)'{')
                throw new JsonException("It does not begin with '{'.");
            using var header = JsonText.Parse(json);
            foreach (var entry in header.RootElement.EnumerateObject())
            {
                if (entry.Name != "__metadata__")
                    entries.Add(Described(entry, path));
                else if (entry.Value.ValueKind != JsonValueKind.Object
                    || entry.Value.EnumerateObject().Any(text => text.Value.ValueKind != JsonValueKind.String))
                    throw Broken(path, "'__metadata__' is not an object of strings");
            }
        }
        catch (JsonException error)
        {
            throw Broken(path, $"its header cannot be read ({error.Message})");
        }
        return entries;
    }

    private static Entry Described(JsonProperty entry, string path)
    {
        var name = $"'{(entry.Name.Length <= LongestName ? entry.Name : entry.Name[..LongestName] + "...")}'";
        if (entry.Value.ValueKind != JsonValueKind.Object
            || !entry.Value.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal).SequenceEqual(["data_offsets", "dtype", "shape"]))
            throw Broken(path, $"{name} is not described by dtype, shape and data_offsets, and nothing else");
        var type = entry.Value.GetProperty("dtype");
        if (type.ValueKind != JsonValueKind.String || type.GetString() is not ("F32" or "F16"))
            throw Broken(
                path,
                $"{name} has the type {(type.GetRawText() is { Length: <= LongestName } text ? text : "of a long name")}, "
                + "expected \"F32\" or \"F16\"; convert the weights to float32");
        if (Lengths(entry.Value.GetProperty("shape")) is not { } shape)
            throw Broken(path, $"{name} has a shape that is not an array of non-negative whole numbers");
        if (Lengths(entry.Value.GetProperty("data_offsets")) is not [var begin, var end] || begin > end)
            throw Broken(path, $"{name} has data_offsets that are not two whole numbers from 0, the smaller first");
        var isHalf = type.GetString() == "F16";
        var bytes = shape.Aggregate((Int128)(isHalf ? 2 : sizeof(float)), (product, n) => product > long.MaxValue ? product : product * n);
        return bytes == end - begin ? new Entry(entry.Name, name, shape, isHalf, begin, end)
            : throw Broken(
                path,
                $"{name} has {end - begin:N0} bytes, expected {bytes:N0} for its shape "
                + $"[{string.Join(", ", shape.Take(8))}{(shape.Length > 8 ? ", ..." : "")}]");
    }

    /// <summary>Whole numbers from 0; null when it is anything else.</summary>
    private static long[]? Lengths(JsonElement array)
    {
        if (array.ValueKind != JsonValueKind.Array)
            return null;
        var lengths = new List<long>();
        foreach (var item in array.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out var length) || length < 0)
                return null;
            lengths.Add(length);
        }
        return [.. lengths];
    }

    private static InvalidDataException Broken(string path, string why) =>
        new($"Cannot read weights from '{path}': {why}. Fetch or train them again.");

    private sealed record Entry(string Key, string Name, long[] Shape, bool IsHalf, long Begin, long End);
}
