using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using LedCluster.Domain.Wire;

namespace LedCluster.Models.Checkpoints;

/// <summary>
/// The safetensors file format: an 8-byte header length, a JSON header, then raw little-endian arrays. Only float32
/// ("F32") is used here.
/// </summary>
public static class Safetensors
{
    private const int LargestHeader = 100_000_000, LongestName = 60;

    /// <summary>Writes arrays in the order of their names, so that equal arrays give equal files.</summary>
    /// <param name="path">File to write; replaced as a whole or not at all.</param>
    /// <param name="tensors">Arrays with their shapes, row-major.</param>
    public static void Write(string path, IReadOnlyDictionary<string, (long[] Shape, float[] Values)> tensors)
    {
        var header = new JsonObject();
        long offset = 0;
        foreach (var (name, (shape, values)) in tensors.OrderBy(t => t.Key, StringComparer.Ordinal))
        {
            var end = offset + sizeof(float) * (long)values.Length;
            header[name] = new JsonObject
            {
                ["dtype"] = "F32",
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
            foreach (var (_, (_, values)) in tensors.OrderBy(t => t.Key, StringComparer.Ordinal))
                file.Write(MemoryMarshal.AsBytes(values.AsSpan()));
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Reads all arrays of a file.</summary>
    /// <exception cref="InvalidDataException">As below, or it is no regular file.</exception>
    public static Dictionary<string, (long[] Shape, float[] Values)> Read(string path) => Read(ModelFile.Content(path), path);

    /// <summary>Reads all arrays of a file's bytes.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="path">Its name, for messages.</param>
    /// <exception cref="InvalidDataException">
    /// It is not safetensors: names stand twice, a header has other keys, arrays overlap, leave gaps or do not cover the data to
    /// their last byte, or hold another type than float32. The message says what is wrong and where.
    /// </exception>
    public static Dictionary<string, (long[] Shape, float[] Values)> Read(ReadOnlyMemory<byte> file, string path)
    {
        if (file.Length < sizeof(long) || BinaryPrimitives.ReadUInt64LittleEndian(file.Span) is var length && length > (ulong)Math.Min(LargestHeader, file.Length - sizeof(long)))
            throw Broken(path, "its header is missing or longer than the file: it is not a safetensors file, or it is truncated");
        var (json, data) = (file[sizeof(long)..(sizeof(long) + (int)length)], file[(sizeof(long) + (int)length)..]);
        var entries = Entries(json, path);
        var end = 0L;
        foreach (var entry in entries.OrderBy(e => e.Begin).ThenBy(e => e.End))
        {
            if (entry.Begin != end)
                throw Broken(path, $"{entry.Name} begins at byte {entry.Begin:N0} of the data, but the array before it ends at byte {end:N0}: arrays must follow one another");
            end = entry.End;
        }
        if (end != data.Length)
        {
            throw Broken(path, end > data.Length
                ? $"its arrays should end at byte {end:N0} of the data, which have {data.Length:N0}: the file is truncated"
                : $"{data.Length - end:N0} bytes follow the last array");
        }
        return entries.ToDictionary(e => e.Key, e => (e.Shape, MemoryMarshal.Cast<byte, float>(data.Span[(int)e.Begin..(int)e.End]).ToArray()));
    }

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
                else if (entry.Value.ValueKind != JsonValueKind.Object || entry.Value.EnumerateObject().Any(text => text.Value.ValueKind != JsonValueKind.String))
                    throw Broken(path, "'__metadata__' is no object of texts");
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
        if (entry.Value.ValueKind != JsonValueKind.Object || !entry.Value.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal).SequenceEqual(["data_offsets", "dtype", "shape"]))
            throw Broken(path, $"{name} is not described by dtype, shape and data_offsets, and nothing else");
        var type = entry.Value.GetProperty("dtype");
        if (type.ValueKind != JsonValueKind.String || type.GetString() != "F32")
            throw Broken(path, $"{name} has the type {(type.GetRawText() is { Length: <= LongestName } text ? text : "of a long name")}, expected \"F32\"; convert the weights to float32");
        if (Lengths(entry.Value.GetProperty("shape")) is not { } shape)
            throw Broken(path, $"{name} has a shape that is no array of whole numbers from 0");
        if (Lengths(entry.Value.GetProperty("data_offsets")) is not [var begin, var end] || begin > end)
            throw Broken(path, $"{name} has data_offsets that are not two whole numbers from 0, the smaller first");
        var bytes = shape.Aggregate((Int128)sizeof(float), (product, n) => product > long.MaxValue ? product : product * n);
        return bytes == end - begin ? new Entry(entry.Name, name, shape, begin, end)
            : throw Broken(path, $"{name} has {end - begin:N0} bytes, expected {bytes:N0} for its shape [{string.Join(", ", shape.Take(8))}{(shape.Length > 8 ? ", ..." : "")}]");
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

    private sealed record Entry(string Key, string Name, long[] Shape, long Begin, long End);
}
