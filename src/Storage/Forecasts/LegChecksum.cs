using System.Collections.Immutable;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LedCluster.Storage.Forecasts;

/// <summary>CRC-32, as zlib computes it, of what one leg of one member leaves in each array of the output.</summary>
/// <param name="Latents">Of its latents [frames, d_z], float32 little-endian.</param>
/// <param name="Fields">Of its fields [frames, C·X], float32 or float64 as the run keeps them, little-endian; 0 when they are not kept.</param>
/// <param name="Trust">
/// Of its two measures of trust, reconstruction and excess, float32 little-endian; in earlier journals, which have no <paramref name="Series"/>,
/// then of its diagnostics.
/// </param>
/// <param name="Series">Of its diagnostics [frames, D], float32 little-endian; null where there are none, and in earlier journals.</param>
public readonly record struct LegChecksum(uint Latents, uint Fields, uint Trust, uint? Series = null)
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
/// member: latents, fields, trust; where there are diagnostics, then a point and base64 of one number per member.
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
            var parts = (reader.GetString() ?? "").Split('.');
            var (three, series) = (Numbers(parts[0]), parts.Length > 1 ? Numbers(parts[1]) : null);
            if (parts.Length > 2 || three.Length % 3 != 0 || series is not null && series.Length != three.Length / 3)
                throw new JsonException($"Checksums of {three.Length} and {series?.Length ?? 0} numbers are not three and one per member.");
            return new LegChecksums([.. Enumerable.Range(0, three.Length / 3).Select(m => new LegChecksum(three[3 * m], three[3 * m + 1], three[3 * m + 2], series?[m]))]);
        }

        private static uint[] Numbers(string text)
        {
            var bytes = new byte[text.Length];
            return Convert.TryFromBase64String(text, bytes, out var count) && count % sizeof(uint) == 0 ? MemoryMarshal.Cast<byte, uint>(bytes.AsSpan(0, count)).ToArray()
                : throw new JsonException("Checksums are no base64 of 32-bit numbers.");
        }

        public override void Write(Utf8JsonWriter writer, LegChecksums value, JsonSerializerOptions options) =>
            writer.WriteStringValue(Text([.. value.Members.SelectMany(m => (uint[])[m.Latents, m.Fields, m.Trust])])
                + (value.Members.Any(m => m.Series is not null) ? $".{Text([.. value.Members.Select(m => m.Series ?? 0)])}" : ""));

        private static string Text(uint[] numbers) => Convert.ToBase64String(MemoryMarshal.AsBytes(numbers.AsSpan()));
    }
}
