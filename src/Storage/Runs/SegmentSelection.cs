using LedCluster.Domain.Cohorts;

namespace LedCluster.Storage.Runs;

/// <summary>Parts of a segment.</summary>
internal static class SegmentSelection
{
    /// <summary>The segment with only the given members; its failures stay.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="positions">Positions (not member indices) to keep, ascending.</param>
    public static Segment Keep(this Segment segment, int[] positions) => segment with
    {
        Members = [.. positions.Select(p => segment.Members[p])],
        Latents = Rows(segment.Latents, segment, positions),
        Fields = Rows(segment.Fields, segment, positions),
        WideFields = Rows(segment.WideFields, segment, positions),
        Series = Rows(segment.Series, segment, positions),
        Trust = [.. positions.Select(p => segment.Trust[p])],
    };

    /// <summary>Rows of an array [frames, M, row].</summary>
    private static T[] Rows<T>(T[] values, Segment segment, int[] positions)
    {
        var (frames, members) = (segment.Leg.Frames, segment.Members.Length);
        var row = values.Length / (frames * members);
        var kept = new T[frames * positions.Length * row];
        for (var f = 0; f < frames; f++)
            for (var i = 0; i < positions.Length; i++)
                Array.Copy(values, (f * members + positions[i]) * row, kept, (f * positions.Length + i) * row, row);
        return kept;
    }
}
