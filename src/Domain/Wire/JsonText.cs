using System.Text.Json;

namespace LedCluster.Domain.Wire;

/// <summary>Parses JSON that others may have written: what a reader could pass over is an error.</summary>
public static class JsonText
{
    /// <summary>Parses a document in which no object has a key twice, all text is Unicode and all numbers are those of float64.</summary>
    /// <param name="utf8">The document.</param>
    /// <param name="nullItems">Whether an array may hold null.</param>
    /// <exception cref="JsonException">It is anything else; the message says what is wrong and where.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> utf8, bool nullItems = true)
    {
        var reader = new Utf8JsonReader(utf8.Span);
        var isItem = false;
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
                    reader.GetString(); // documents keep their texts as bytes, and would fail when they are asked for
                if (reader.TokenType == JsonTokenType.Number && !double.IsFinite(reader.GetDouble()))
                    throw new JsonException($"A number is beyond the range of float64. BytePosition: {reader.TokenStartIndex}.");
                if (reader.TokenType == JsonTokenType.Null && isItem && !nullItems)
                    throw new JsonException($"An item of an array is null. BytePosition: {reader.TokenStartIndex}.");
                isItem = reader.TokenType != JsonTokenType.PropertyName;
            }
        }
        catch (InvalidOperationException error)
        {
            throw new JsonException($"{error.Message} BytePosition: {reader.TokenStartIndex}.", error);
        }
        return JsonDocument.Parse(utf8, new JsonDocumentOptions { AllowDuplicateProperties = false });
    }
}
