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
            return new LegChecksums([.. Enumerable.Range(0, three.Length / 3)
                .Select(m => new LegChecksum(three[3 * m], three[3 * m + 1], three[3 * m + 2], series?[m]))]);
        }

        private static uint[] Numbers(string text)
        {
            var bytes = new byte[text.Length];
            return Convert.TryFromBase64String(text, bytes, out var count) && count % sizeof(uint) == 0
                ? MemoryMarshal.Cast<byte, uint>(bytes.AsSpan(0, count)).ToArray()
                : throw new JsonException("Checksums are not base64 of 32-bit numbers.");
        }

        public override void Write(Utf8JsonWriter writer, LegChecksums value, JsonSerializerOptions options) =>
            writer.WriteStringValue(Text([.. value.Members.SelectMany(m => (uint[])[m.Latents, m.Fields, m.Trust])])
                + (value.Members.Any(m => m.Series is not null) ? $".{Text([.. value.Members.Select(m => m.Series ?? 0)])}" : ""));

        private static string Text(uint[] numbers) => Convert.ToBase64String(MemoryMarshal.AsBytes(numbers.AsSpan()));
    }
}

/// <summary>The checksums of all recorded legs of a run. Members may be read and set from several threads.</summary>
/// <param name="members">Number of members.</param>
/// <param name="legs">Number of legs of each member.</param>
public sealed class ChecksumTable(int members, int legs)
{
    private readonly LegChecksum[]?[] table = new LegChecksum[members][];
    private readonly int[] recorded = new int[members];

    /// <summary>Number of members.</summary>
    public int Members => table.Length;

    /// <summary>Number of a member's legs that are recorded: the first ones, as legs arrive in order.</summary>
    public int LegsOf(int member) => recorded[member];

    /// <summary>A recorded leg's checksum; null when the run was recorded without checksums.</summary>
    public LegChecksum? Of(int member, int leg) => table[member]?[leg];

    /// <summary>Adds a member's next leg, or one that is recorded again.</summary>
    /// <param name="member">Index of the member.</param>
    /// <param name="leg">Index of the leg.</param>
    /// <param name="checksum">Its checksum; null when there is none, which holds for all of the member's legs then.</param>
    public void Add(int member, int leg, LegChecksum? checksum)
    {
        recorded[member] = Math.Max(recorded[member], leg + 1);
        if (checksum is not { } sum)
            table[member] = null;
        else if (leg == 0 || table[member] is not null)
            (table[member] ??= new LegChecksum[legs])[leg] = sum;
    }

    /// <summary>Forgets a member: it starts anew.</summary>
    public void Forget(int member) => (table[member], recorded[member]) = (null, 0);
}
