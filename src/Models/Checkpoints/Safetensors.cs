using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LedCluster.Models.Checkpoints;

/// <summary>
/// The safetensors file format: an 8-byte header length, a JSON header, then raw little-endian arrays. Only float32
/// ("F32") is used here.
/// </summary>
public static class Safetensors
{
    private const int LargestHeader = 100_000_000;

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
    /// <exception cref="InvalidDataException">The file is not safetensors, is truncated, or holds another type than float32.</exception>
    public static Dictionary<string, (long[] Shape, float[] Values)> Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        if (bytes.Length < 8 || BinaryPrimitives.ReadInt64LittleEndian(bytes) is var length && (length <= 0 || length > Math.Min(LargestHeader, bytes.Length - 8)))
            throw Broken("its header is missing or longer than the file: it is not a safetensors file, or it is truncated");
        var data = bytes.AsSpan(8 + (int)BinaryPrimitives.ReadInt64LittleEndian(bytes));
        var tensors = new Dictionary<string, (long[], float[])>();
        try
        {
            using var header = JsonDocument.Parse(bytes.AsMemory(8, bytes.Length - 8 - data.Length));
            foreach (var entry in header.RootElement.EnumerateObject().Where(e => e.Name != "__metadata__"))
                tensors[entry.Name] = Tensor(entry, data);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw Broken($"its header cannot be read ({error.Message})");
        }
        return tensors;

        (long[], float[]) Tensor(JsonProperty entry, ReadOnlySpan<byte> data)
        {
            if (entry.Value.GetProperty("dtype").GetString() is var type && type != "F32")
                throw Broken($"'{entry.Name}' has type {type}, expected F32; convert the weights to float32");
            long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(n => n.GetInt64())];
            long[] range = [.. entry.Value.GetProperty("data_offsets").EnumerateArray().Select(n => n.GetInt64())];
            var count = shape.Aggregate(1L, (product, n) => product * n);
            if (range.Length != 2 || range[0] < 0 || range[1] > data.Length)
                throw Broken($"'{entry.Name}' should end at byte {range[^1]} of {data.Length}: the file is truncated");
            if (range[1] - range[0] != count * sizeof(float))
                throw Broken($"'{entry.Name}' has {range[1] - range[0]} bytes, expected {count * sizeof(float)} for shape [{string.Join(", ", shape)}]");
            return (shape, MemoryMarshal.Cast<byte, float>(data[(int)range[0]..(int)range[1]]).ToArray());
        }

        InvalidDataException Broken(string why) =>
            new($"Cannot read weights from '{path}': {why}. Fetch or train them again.");
    }
}
