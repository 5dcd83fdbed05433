using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LedCluster.Storage.Runs;

/// <summary>Member indices, ascending, written as ranges: <c>0-63,70</c>.</summary>
/// <param name="Indices">The indices.</param>
[JsonConverter(typeof(Converter))]
public sealed record MemberSet(ImmutableArray<int> Indices)
{
    /// <summary>Whether a member is among them.</summary>
    public bool Contains(int member) => Indices.BinarySearch(member) >= 0;

    /// <summary>Reads ranges.</summary>
    /// <exception cref="FormatException">The text is not a list of ranges.</exception>
    public static MemberSet Parse(string text)
    {
        var indices = ImmutableArray.CreateBuilder<int>();
        foreach (var range in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = range.Split('-');
            if (ends.Length > 2 || !int.TryParse(ends[0], out var first) || !int.TryParse(ends[^1], out var last) || last < first)
                throw new FormatException($"'{range}' is not a member or a range of members; write for example 0-63,70.");
            for (var i = first; i <= last; i++)
                indices.Add(i);
        }
        return new MemberSet(indices.ToImmutable());
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
