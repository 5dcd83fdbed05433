using System.Text.Json;
using System.Text.RegularExpressions;

namespace LedCluster.Storage.Files;

/// <summary>What is wrong with JSON, in words for whoever wrote it: those of the serializer name types of the program.</summary>
internal static partial class JsonFault
{
    /// <summary>The fault in words; the serializer's own where they name no types.</summary>
    public static string Text(JsonException error)
    {
        if (Conversion().Match(error.Message) is { Success: true } value)
            return $"{Place(error) ?? "It"} must be {Expected(Meant(value.Groups["type"].Value, error.Path ?? "$"))}.";
        if (Unknown().Match(error.Message) is { Success: true } unknown)
            return $"'{unknown.Groups["name"].Value}' is not known{(Parent(error) is { } parent ? $" in {parent}" : "")}.";
        if (Missing().Match(error.Message) is { Success: true } missing)
            return $"{missing.Groups["names"].Value} {(missing.Groups["names"].Value.Contains(',') ? "are" : "is")} missing{(Place(error) is { } place ? $" in {place}" : "")}.";
        return error.Message;
    }

    private static string? Place(JsonException error) => error.Path is null or "$" ? null : $"'{error.Path.TrimStart('$').TrimStart('.')}'";

    private static string? Parent(JsonException error) => error.Path?.LastIndexOf('.') is > 1 and var end ? $"'{error.Path[2..end]}'" : null;

    /// <summary>The type of a value: the serializer names that of the record where the value is an argument of its constructor.</summary>
    private static string Meant(string type, string path)
    {
        var name = path[(path.LastIndexOf('.') + 1)..].Replace("_", "", StringComparison.Ordinal);
        return $"{Find(type)?.GetProperties().FirstOrDefault(property => property.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.PropertyType}" is { Length: > 0 } own ? own : type;
    }

    private static string Expected(string type)
    {
        var plain = Nullable().Match(type) is { Success: true } inner ? inner.Groups["type"].Value : type;
        return plain switch
        {
            "System.Boolean" => "true or false",
            "System.String" => "a text",
            "System.Double" or "System.Single" => "a number",
            "System.Int32" or "System.Int64" => "a whole number",
            "System.UInt64" or "System.UInt32" => "a whole number from 0",
            _ when plain.EndsWith("[]", StringComparison.Ordinal) || plain.Contains("ImmutableArray", StringComparison.Ordinal) => "a list",
            _ when Names(plain) is { } names => string.Join(" or ", names.Select(name => $"\"{JsonNamingPolicy.CamelCase.ConvertName(name)}\"")),
            _ => "an object",
        };
    }

    private static string[]? Names(string type) => Find(type) is { IsEnum: true } known ? Enum.GetNames(known) : null;

    private static Type? Find(string type) => AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetType(type)).FirstOrDefault(found => found is not null);

    [GeneratedRegex(@"^The JSON value could not be converted to (?<type>\S+?)\.( Path:| |$)")]
    private static partial Regex Conversion();

    [GeneratedRegex(@"^The JSON property '(?<name>.*?)' could not be mapped to any \.NET member")]
    private static partial Regex Unknown();

    [GeneratedRegex(@"was missing required properties including: (?<names>'.*')")]
    private static partial Regex Missing();

    [GeneratedRegex(@"^System\.Nullable`1\[(?<type>.*)\]$")]
    private static partial Regex Nullable();
}
