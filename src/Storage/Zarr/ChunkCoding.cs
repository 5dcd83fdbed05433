using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace LedCluster.Storage.Zarr;

/// <summary>How the numbers of a chunk become bytes, by means that every reader of Zarr v2 has (numcodecs: shuffle, zlib).</summary>
/// <param name="half">Whether numbers are float16, rather than float32.</param>
/// <param name="compressed">Whether bytes are shuffled and compressed by zlib.</param>
public sealed class ChunkCoding(bool half, bool compressed)
{
    private int Size => half ? 2 : sizeof(float);

    /// <summary>Number format as numpy writes it.</summary>
    public string TypeName => half ? "<f2" : "<f4";

    /// <summary>The compressor in the metadata of an array; null for none.</summary>
    public JsonNode? Compressor => compressed ? new JsonObject { ["id"] = "zlib", ["level"] = 1 } : null;

    /// <summary>The filters in the metadata of an array; null for none.</summary>
    public JsonNode? Filters => compressed ? new JsonArray(new JsonObject { ["id"] = "shuffle", ["elementsize"] = Size }) : null;

    /// <summary>Codes a chunk.</summary>
    /// <param name="values">Its numbers.</param>
    /// <exception cref="ArgumentException">A number is beyond float16.</exception>
    public byte[] Encode(ReadOnlySpan<float> values)
    {
        var bytes = half ? Halves(values) : MemoryMarshal.AsBytes(values).ToArray();
        if (!compressed)
            return bytes;
        using var coded = new MemoryStream();
        using (var zlib = new ZLibStream(coded, CompressionLevel.Fastest))
            zlib.Write(Shuffled(bytes, Size));
        return coded.ToArray();
    }

    private static byte[] Halves(ReadOnlySpan<float> values)
    {
        var bytes = new byte[values.Length * 2];
        for (var i = 0; i < values.Length; i++)
        {
            var value = (Half)values[i];
            if (Half.IsInfinity(value))
                throw new ArgumentException($"{values[i]} is beyond float16, which ends at {(float)Half.MaxValue}.", nameof(values));
            BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(2 * i), value);
        }
        return bytes;
    }

    /// <summary>The first byte of all numbers, then the second of all, and so on: neighbours are then alike.</summary>
    private static byte[] Shuffled(byte[] bytes, int size)
    {
        var (shuffled, count) = (new byte[bytes.Length], bytes.Length / size);
        for (var b = 0; b < size; b++)
            for (var i = 0; i < count; i++)
                shuffled[b * count + i] = bytes[i * size + b];
        return shuffled;
    }
}
