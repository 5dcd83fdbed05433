using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;

namespace LedCluster.Domain.Wire;

/// <summary>What is wrong with JSON, in the terms of its author: the library's own messages name types and options of the program.</summary>
internal static partial class JsonFault
{
    /// <summary>Why a text is no JSON, with line and column, both from 1.</summary>
    /// <param name="error">What the reader says.</param>
    /// <param name="utf8">The text.</param>
    public static string Syntax(JsonException error, ReadOnlySpan<byte> utf8)
    {
        var at = 0;
        for (var line = error.LineNumber ?? 0; line > 0; line--)
            at += utf8[at..].IndexOf((byte)'\n') + 1;
        return At(utf8, at + (int)(error.BytePositionInLine ?? 0), Words(error.Message));
    }

    /// <summary>A fault at a byte of a text, with line and column, both from 1.</summary>
    public static string At(ReadOnlySpan<byte> utf8, long position, string what)
    {
        var before = utf8[..(int)Math.Min(position, utf8.Length)];
        return $"Line {before.Count((byte)'\n') + 1}, column {Encoding.UTF8.GetCharCount(before[(before.LastIndexOf((byte)'\n') + 1)..]) + 1}: {what}";
    }

    /// <summary>Why JSON is not the value that is to be read.</summary>
    /// <param name="error">What the serializer says.</param>
    /// <param name="type">Type of the value.</param>
    /// <param name="options">How it is read.</param>
    public static string Value(Exception error, Type type, JsonSerializerOptions options)
    {
        var path = (error as JsonException)?.Path ?? (PathIn().Match(error.Message) is { Success: true } told ? told.Groups["path"].Value : "$");
        if (error.Message.StartsWith("The JSON value could not be converted", StringComparison.Ordinal))
            return $"{Place(path) ?? "It"} must be {Expected(Find(type, path, options))}.";
        if (Unknown().Match(error.Message) is { Success: true } unknown)
        {
            var (name, known) = (unknown.Groups["name"].Value, Keys(Find(type, Parent(path), options), unknown.Groups["type"].Value, options));
            var where = Place(Parent(path)) is { } parent ? $" in {parent}" : "";
            return $"'{name}' is not known{where}."
                + (known.Length > 0 ? $" Known there, the nearest first: {string.Join(", ", NearestName.Sorted(name, known))}." : "");
        }
        if (Missing().Match(error.Message) is { Success: true } missing)
        {
            var names = missing.Groups["names"].Value;
            return $"{names} {(names.Contains(',') ? "are" : "is")} missing{(Place(path) is { } place ? $" in {place}" : "")}.";
        }
        if (Null().Match(error.Message) is { Success: true } no)
        {
            var name = no.Groups["name"].Value;
            var where = Place(Parent(path)) is { } parent ? $" in {parent}" : "";
            return $"'{options.PropertyNamingPolicy?.ConvertName(name) ?? name}' must not be null{where}.";
        }
        if ((error.Message.Contains("type discriminator", StringComparison.Ordinal) ? Find(type, path, options)?.PolymorphismOptions : null) is { } kinds)
        {
            string[] known = [.. kinds.DerivedTypes.Select(derived => $"{derived.TypeDiscriminator}")];
            return Discriminator().Match(error.Message) is { Success: true } given
                ? $"The {kinds.TypeDiscriminatorPropertyName} of {Place(path) ?? "it"} is '{given.Groups["id"].Value}'. "
                    + $"Known are, the nearest first: {string.Join(", ", NearestName.Sorted(given.Groups["id"].Value, known))}."
                : $"The {kinds.TypeDiscriminatorPropertyName} of {Place(path) ?? "it"} is missing. Known are {string.Join(", ", known)}.";
        }
        return error.Message;
    }

    private static string Words(string message) =>
        message[..(message.IndexOf(" LineNumber:", StringComparison.Ordinal) is >= 0 and var end ? end : message.Length)] switch
    {
        var m when m.Contains("trailing comma", StringComparison.Ordinal) =>
            $"a comma stands before the end of the {(m.Contains("array", StringComparison.Ordinal) ? "list" : "object")}. Leave it out.",
        var m when m.Contains("any JSON tokens", StringComparison.Ordinal) => "the text is empty, which is not valid JSON.",
        var m when m.Contains("maximum configured depth", StringComparison.Ordinal) => "lists and objects stand within each other more than 64 deep.",
        var m when m.Contains("depth to be zero", StringComparison.Ordinal) => "the text ends before all lists and objects are closed.",
        var m when m.Contains("without a matching open", StringComparison.Ordinal) => $"{m[..3]} closes what was not opened so.",
        var m when m.StartsWith("'/'", StringComparison.Ordinal) => "'/' begins no value; JSON has no comments.",
        var m when m.StartsWith("'N' is an invalid start", StringComparison.Ordinal) => "'N' begins no value; JSON has no NaN, write null or a number.",
        var m when m.StartsWith("'0x0A'", StringComparison.Ordinal) => "a line ends within a text; write \\n for it.",
        var m => m.StartsWith('\'') ? m : char.ToLowerInvariant(m[0]) + m[1..],
    };

    private static string? Place(string path) => path is "$" ? null : $"'{path.TrimStart('$').TrimStart('.')}'";

    private static string Parent(string path) => path[..Math.Max(1, path.LastIndexOfAny(['.', '[']))];

    /// <summary>What is to be read at a path such as <c>$.figures['2'].models[0]</c>; null where that is not known.</summary>
    private static JsonTypeInfo? Find(Type type, string path, JsonSerializerOptions options)
    {
        var at = options.GetTypeInfo(type);
        foreach (Match step in Step().Matches(path))
        {
            var next = at.Kind == JsonTypeInfoKind.Object
                ? All(at, options).SelectMany(info => info.Properties).FirstOrDefault(p => p.Name == step.Groups["name"].Value)?.PropertyType
                : at.ElementType;
            if (next is null)
                return null;
            at = options.GetTypeInfo(Nullable.GetUnderlyingType(next) ?? next);
        }
        return at;
    }

    /// <summary>A type with those that it stands for.</summary>
    private static IEnumerable<JsonTypeInfo> All(JsonTypeInfo info, JsonSerializerOptions options) =>
        (info.PolymorphismOptions?.DerivedTypes ?? []).Select(derived => options.GetTypeInfo(derived.DerivedType)).Prepend(info);

    private static string[] Keys(JsonTypeInfo? at, string type, JsonSerializerOptions options) => at is null ? []
        : [.. (All(at, options).FirstOrDefault(info => info.Type.ToString() == type) ?? at).Properties
            .Where(property => property.Set is not null || property.AssociatedParameter is not null).Select(property => property.Name)];

    private static string Expected(JsonTypeInfo? at) => at?.Type switch
    {
        null => "another value",
        var type when type == typeof(bool) => "true or false",
        var type when type == typeof(string) => "a text",
        var type when type == typeof(double) || type == typeof(float) || type == typeof(decimal) => "a number",
        var type when type == typeof(int) || type == typeof(long) || type == typeof(short) => "a whole number",
        var type when type == typeof(ulong) || type == typeof(uint) || type == typeof(byte) || type == typeof(ushort) => "a whole number from 0",
        { IsEnum: true } type => string.Join(" or ", Enum.GetNames(type).Select(name => $"\"{JsonNamingPolicy.CamelCase.ConvertName(name)}\"")),
        _ => at.Kind == JsonTypeInfoKind.Enumerable ? "a list" : "an object",
    };

    [GeneratedRegex(@"^The JSON property '(?<name>.*?)' could not be mapped to any \.NET member contained in type '(?<type>.*?)'")]
    private static partial Regex Unknown();

    [GeneratedRegex(@"was missing required properties including: (?<names>'.*')")]
    private static partial Regex Missing();

    [GeneratedRegex(@"'(?<name>[^']*)' on type .* doesn't allow (setting )?null")]
    private static partial Regex Null();

    [GeneratedRegex(@"discriminator id '(?<id>.*?)'")]
    private static partial Regex Discriminator();

    [GeneratedRegex(@" Path: (?<path>\$.*?) \| LineNumber")]
    private static partial Regex PathIn();

    [GeneratedRegex(@"\.(?<name>[^.\[]+)|\['(?<name>[^']*)'\]|\[\d+\]")]
    private static partial Regex Step();
}
