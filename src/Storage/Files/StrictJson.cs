using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using LedCluster.Domain.Wire;

namespace LedCluster.Storage.Files;

/// <summary>
/// How JSON that others may have written is read: a key that stands twice, a key that is not known, one that is missing, null
/// where a value must be, text that is not Unicode, a number beyond float64 and anything after the end are errors; nothing is passed over.
/// </summary>
public static class StrictJson
{
    /// <summary>Options for types: camel case, written indented.</summary>
    /// <param name="converters">Converters besides those for enumerations, which are text in camel case and no numbers.</param>
    public static JsonSerializerOptions Options(params ReadOnlySpan<JsonConverter> converters)
    {
        var options = new JsonSerializerOptions(JsonSerializerOptions.Strict)
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            AllowOutOfOrderMetadataProperties = true,
            WriteIndented = true,
            NewLine = "\n",
        };
        foreach (var converter in converters)
            options.Converters.Add(converter);
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        return options;
    }

    /// <summary>Reads a value from UTF-8; no array in it may hold null, which the options do not see to.</summary>
    /// <exception cref="JsonException">It is not such a value; the message says what is wrong and where.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> utf8, JsonSerializerOptions options) => JsonText.Read<T>(Unmarked(utf8), options);

    /// <summary>Reads an object from UTF-8.</summary>
    /// <exception cref="JsonException">It is not an object; the message says what is wrong and where.</exception>
    public static JsonObject ReadObject(ReadOnlyMemory<byte> utf8) => ReadNode(utf8) as JsonObject ?? throw new JsonException("It is not an object.");

    /// <summary>Reads whatever JSON has from UTF-8; null for null.</summary>
    /// <exception cref="JsonException">It is not JSON; the message says what is wrong and where.</exception>
    public static JsonNode? ReadNode(ReadOnlyMemory<byte> utf8)
    {
        using var document = Parse(utf8);
        return document.Deserialize<JsonNode>();
    }

    /// <summary>Parses a document in which no object has a key twice and all text is Unicode.</summary>
    /// <exception cref="JsonException">It is anything else; the message says what is wrong and where.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> utf8) => JsonText.Parse(Unmarked(utf8));

    /// <summary>A dictionary without null among its values, which the options do not see to.</summary>
    /// <exception cref="JsonException">A value is null.</exception>
    public static Dictionary<string, T> Whole<T>(Dictionary<string, T> values) =>
        values.FirstOrDefault(v => v.Value is null).Key is { } key ? throw new JsonException($"The value of '{key}' is null.") : values;

    /// <summary>The mark that some editors put before UTF-8 is let pass.</summary>
    private static ReadOnlyMemory<byte> Unmarked(ReadOnlyMemory<byte> utf8) => utf8.Span.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8;

    /// <summary>Reads a regular file.</summary>
    /// <exception cref="JsonException">It cannot be read as such a value; the message says what is wrong and where.</exception>
    public static T ReadFile<T>(string path, JsonSerializerOptions options) => Read<T>(Bytes(path), options);

    /// <summary>Reads a regular file that holds an object.</summary>
    /// <exception cref="JsonException">It cannot be read as an object; the message says what is wrong and where.</exception>
    public static JsonObject ReadObjectFile(string path) => ReadObject(Bytes(path));

    private static byte[] Bytes(string path)
    {
        try
        {
            return InputFile.ReadRegular(path);
        }
        catch (InvalidDataException error)
        {
            throw new JsonException(error.Message, error);
        }
    }
}
