using System.Collections.Immutable;
using System.Runtime.InteropServices;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Wire;

namespace LedCluster.Domain.Cohorts;

/// <summary>
/// Binary form of a segment for the wire. Little-endian: the tag <c>LCS1</c>, then as 32-bit integers cohort id, leg index,
/// phase, first frame, frames; then the arrays members, latents, fields and trust (reconstruction and excess of each
/// member), each preceded by its length; then the number of failures and for each member, leg and reason. A segment with further series
/// has the tag <c>LCS2</c>, and at the end the number of series, their names and the array of their values. One with fields in float64 has the tag
/// <c>LCS3</c>, no fields in float32, the number of series (perhaps 0), their names and values, and then the array of fields.
/// </summary>
public static class SegmentCodec
{
    private const string Tag = "LCS1", TagWithSeries = "LCS2", TagWithWideFields = "LCS3", What = "a segment";

    /// <summary>Longest reason of a failure, in bytes; longer ones are cut.</summary>
    public const int LongestReason = 8192;

    /// <summary>Longest name of a series, in bytes.</summary>
    public const int LongestName = 256;

    private const int MostSeries = 1024;

    /// <summary>Encodes a segment.</summary>
    public static byte[] Encode(Segment segment)
    {
        using var writer = new ByteWriter(TagOf(segment), Size(segment));
        Content(writer, segment);
        return writer.ToArray();
    }

    /// <summary>Encodes a segment as a part of a message.</summary>
    public static ByteWriter Write(ByteWriter writer, Segment segment) => Content(writer.Tag(TagOf(segment)), segment);

    /// <summary>Bytes that a segment takes, if its failures need few words.</summary>
    public static long Size(Segment segment) =>
        256 + sizeof(float) * (
            (long)segment.Latents.Length + segment.Fields.Length + 2L * segment.WideFields.Length + segment.Series.Length + 3L * segment.Members.Length);

    /// <summary>Decodes a segment; never allocates much more than the bytes given can hold.</summary>
    /// <exception cref="FormatException">The bytes are not a whole segment of a known form.</exception>
    public static Segment Decode(ReadOnlySpan<byte> bytes)
    {
        var isWide = bytes.StartsWith("LCS3"u8);
        var hasSeries = isWide || bytes.StartsWith("LCS2"u8);
        var reader = new ByteReader(bytes, isWide ? TagWithWideFields : hasSeries ? TagWithSeries : Tag, What);
        var id = new CohortId(reader.Int());
        var (index, phase, first, frames) = (reader.Int(), reader.Int(), reader.Int(), reader.Int());
        var members = ImmutableCollectionsMarshal.AsImmutableArray(reader.Array<int>());
        var (latents, fields, trust) = (reader.Array<float>(), reader.Array<float>(), reader.Array<float>());
        var failures = ImmutableArray.CreateBuilder<MemberFailure>();
        var count = reader.Int();
        if (count < 0)
            throw new FormatException($"The segment of {id} has {count} failures, which is impossible.");
        for (; count > 0; count--)
            failures.Add(new MemberFailure(reader.Int(), reader.Int(), reader.Text(LongestReason)));
        var names = ImmutableArray.CreateBuilder<string>();
        if (hasSeries)
        {
            count = reader.Int();
            if (count < (isWide ? 0 : 1) || count > MostSeries)
                throw new FormatException($"The segment of {id} has {count} series; from {(isWide ? 0 : 1)} to {MostSeries} are possible.");
            for (; count > 0; count--)
                names.Add(reader.Text(LongestName));
        }
        var series = hasSeries ? reader.Array<float>() : [];
        var wide = isWide ? reader.Array<double>() : [];
        reader.End();
        if (index < 0 || phase is < 0 or > (int)Phase.Micro || first < 0 || frames < 1 || first > int.MaxValue - frames)
            throw new FormatException($"The segment of {id} has leg {index}, phase {phase}, first frame {first} and {frames} frames, which is impossible.");
        for (var p = 0; p < members.Length; p++)
            if (members[p] <= (p == 0 ? -1 : members[p - 1]))
                throw new FormatException($"The members of the segment of {id} are not ascending.");
        Whole("latents", latents.Length);
        Whole("fields", fields.Length);
        Whole("fields in float64", wide.Length);
        if (isWide && (wide.Length == 0 || fields.Length > 0))
            throw new FormatException(
                $"The segment of {id} has {wide.Length} fields in float64 and {fields.Length} in float32; the former alone are expected.");
        if (trust.Length != 2 * members.Length)
            throw new FormatException($"The segment of {id} has {trust.Length} numbers of trust for {members.Length} members.");
        if (series.Length != (long)frames * members.Length * names.Count)
            throw new FormatException($"The segment of {id} has {series.Length} values of {names.Count} series of {frames} frames × {members.Length} members.");
        return new Segment(
            id, new Leg(index, (Phase)phase, first, frames), members, latents, fields,
            MemoryMarshal.Cast<float, Trust>(trust).ToArray(), failures.ToImmutable())
        { SeriesNames = names.ToImmutable(), Series = series, WideFields = wide };

        void Whole(string name, int length)
        {
            if (members.Length == 0 ? length > 0 : length % ((long)frames * members.Length) != 0)
                throw new FormatException(
                    $"The {name} of the segment of {id} hold {length} numbers, not a multiple of {frames} frames × {members.Length} members.");
        }
    }

    private static string TagOf(Segment segment) => segment.WideFields.Length > 0 ? TagWithWideFields : segment.SeriesNames.Length == 0 ? Tag : TagWithSeries;

    private static ByteWriter Content(ByteWriter writer, Segment segment)
    {
        writer
            .Int(segment.Cohort.Value).Int(segment.Leg.Index).Int((int)segment.Leg.Phase).Int(segment.Leg.First).Int(segment.Leg.Frames)
            .Array<int>(segment.Members.AsSpan()).Array(segment.Latents).Array(segment.Fields)
            .Array(MemoryMarshal.Cast<Trust, float>(segment.Trust))
            .Int(segment.Failures.Length);
        foreach (var failure in segment.Failures)
            writer.Int(failure.Member).Int(failure.Leg).Text(failure.Reason, LongestReason);
        if (segment.SeriesNames.Length == 0 && segment.WideFields.Length == 0)
            return writer;
        writer.Int(segment.SeriesNames.Length);
        foreach (var name in segment.SeriesNames)
            writer.Text(name, LongestName);
        writer.Array(segment.Series);
        return segment.WideFields.Length == 0 ? writer : writer.Array(segment.WideFields);
    }
}
