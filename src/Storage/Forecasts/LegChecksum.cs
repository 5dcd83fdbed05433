using System.Collections.Immutable;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LedCluster.Storage.Forecasts;

/// <summary>CRC-32, as zlib computes it, of what one leg of one member leaves in each array of the output.</summary>
/// <param name="Latents">Of its latents [frames, d_z], float32 little-endian.</param>
/// <param name="Fields">Of its fields [frames, C·X], float32 or float64 as the run keeps them, little-endian; 0 when they are not kept.</param>
/// <param name="Trust">Of its two measures of trust, reconstruction and excess, float32 little-endian.</param>
public readonly record struct LegChecksum(uint Latents, uint Fields, uint Trust)
{
    /// <summary>CRC-32 of some numbers.</summary>
    public static uint Of<T>(ReadOnlySpan<T> values)
        where T : unmanaged => Crc32.HashToUInt32(MemoryMarshal.AsBytes(values));

    /// <summary>CRC-32 of rows that do not follow each other.</summary>
    /// <param name="values">The rows.</param>
    /// <param name="row">Numbers of a row.</param>
    /// <param name="stride">Numbers from the start of one row to that of the next.</param>
    public static uint Of<T>(ReadOnlySpan<T> values, int row, int stride)
        where T : unmanaged
    {
        var sum = new Crc32();
        for (var at = 0; at < values.Length; at += stride)
            sum.Append(MemoryMarshal.AsBytes(values.Slice(at, row)));
        return sum.GetCurrentHashAsUInt32();
    }
}

/// <summary>
/// Checksums of a leg's members, in the order of the members; in JSON base64 of three 32-bit little-endian numbers per
/// member: latents, fields, trust.
/// </summary>
[JsonConverter(typeof(Converter))]
public sealed record LegChecksums(ImmutableArray<LegChecksum> Members)
{
    /// <inheritdoc />
    public bool Equals(LegChecksums? other) => other is not null && Members.AsSpan().SequenceEqual(other.Members.AsSpan());

    /// <inheritdoc />
    public override int GetHashCode() => Members.Length == 0 ? 0 : HashCode.Combine(Members.Length, Members[0], Members[^1]);

    internal sealed class Converter : JsonConverter<LegChecksums>
    {
        public override LegChecksums Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
        {
            var bytes = reader.GetBytesFromBase64();
            return bytes.Length % 12 == 0 ? new LegChecksums([.. MemoryMarshal.Cast<byte, LegChecksum>(bytes)])
                : throw new JsonException($"Checksums of {bytes.Length} bytes do not divide into 12 per member.");
        }

        public override void Write(Utf8JsonWriter writer, LegChecksums value, JsonSerializerOptions options) =>
            writer.WriteBase64StringValue(MemoryMarshal.AsBytes(value.Members.AsSpan()));
    }
}
