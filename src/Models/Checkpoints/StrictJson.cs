using System.Text.Json;

namespace LedCluster.Models.Checkpoints;

/// <summary>How the JSON of models is read: nothing in it is passed over.</summary>
internal static class StrictJson
{
    /// <summary>A key that is not known or is missing, and null where a value must be, are errors; keys are in camel case.</summary>
    public static readonly JsonSerializerOptions Options = new(JsonSerializerOptions.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        AllowOutOfOrderMetadataProperties = true,
        WriteIndented = true,
    };

    /// <summary>Parses a document in which no object has a key twice, all text is Unicode and all numbers are those of float64.</summary>
    /// <exception cref="JsonException">It is anything else; the message says what is wrong and where.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8.Span);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
                    reader.GetString(); // documents keep their texts as bytes, and would fail when they are asked for
                if (reader.TokenType == JsonTokenType.Number && !double.IsFinite(reader.GetDouble()))
                    throw new JsonException($"A number is beyond the range of float64. BytePosition: {reader.TokenStartIndex}.");
            }
        }
        catch (InvalidOperationException error)
        {
            throw new JsonException($"{error.Message} BytePosition: {reader.TokenStartIndex}.", error);
        }
        return JsonDocument.Parse(utf8, new JsonDocumentOptions { AllowDuplicateProperties = false });
    }
}
