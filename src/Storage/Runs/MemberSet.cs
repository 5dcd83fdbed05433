using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using LedCluster.Domain.Runs;

namespace LedCluster.Storage.Runs;

/// <summary>Member indices, ascending, written as ranges: <c>0-63,70</c>.</summary>
/// <param name="Indices">The indices.</param>
[JsonConverter(typeof(Converter))]
public sealed record MemberSet(ImmutableArray<int> Indices)
{
    /// <summary>Whether a member is among them.</summary>
    public bool Contains(int member) => Indices.BinarySearch(member) >= 0;

    /// <summary>Whether all of them are members of a run that has so many.</summary>
    public bool IsBelow(int members) => Indices.IsEmpty || Indices[^1] < members;

    /// <summary>Reads ranges.</summary>
    /// <exception cref="FormatException">The text is not a list of ranges, ascending and of members that a run can have.</exception>
    public static MemberSet Parse(string text)
    {
        var indices = ImmutableArray.CreateBuilder<int>();
        foreach (var range in text.Length == 0 ? [] : text.Split(','))
        {
            var ends = range.Split('-');
            if (ends.Length > 2 || Index(ends[0]) is not { } first || Index(ends[^1]) is not { } last || last < first)
                throw new FormatException($"'{range}' is not a member or a range of members from 0 to {RunSpec.MostMembers - 1}; write for example 0-63,70.");
            if (indices.Count > 0 && first <= indices[^1])
                throw new FormatException($"'{range}' follows member {indices[^1]}, but members must ascend; write for example 0-63,70.");
            for (var i = first; i <= last; i++)
                indices.Add(i);
        }
        return new MemberSet(indices.ToImmutable());

        static int? Index(string text) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < RunSpec.MostMembers ? index : null;
    }

    /// <inheritdoc />
    public bool Equals(MemberSet? other) => other is not null && Indices.AsSpan().SequenceEqual(other.Indices.AsSpan());

    /// <inheritdoc />
    public override int GetHashCode() => Indices.Length == 0 ? 0 : HashCode.Combine(Indices.Length, Indices[0], Indices[^1]);

    /// <inheritdoc />
    public override string ToString()
    {
        var text = new StringBuilder();
        for (int i = 0, end; i < Indices.Length; i = end)
        {
            for (end = i + 1; end < Indices.Length && Indices[end] == Indices[end - 1] + 1;)
                end++;
            text.Append(i == 0 ? "" : ",").Append(Indices[i]);
            if (end - i > 1)
                text.Append('-').Append(Indices[end - 1]);
        }
        return text.ToString();
    }

    internal sealed class Converter : JsonConverter<MemberSet>
    {
        public override MemberSet Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
        {
            try
            {
                return Parse(reader.GetString() ?? "");
            }
            catch (FormatException e)
            {
                throw new JsonException(e.Message, e);
            }
        }

        public override void Write(Utf8JsonWriter writer, MemberSet value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());
    }
}
