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
                    throw new JsonException(JsonFault.At(utf8.Span, reader.TokenStartIndex, "a number is beyond the range of float64."));
                if (reader.TokenType == JsonTokenType.Null && isItem && !nullItems)
                    throw new JsonException(JsonFault.At(utf8.Span, reader.TokenStartIndex, "an item of a list is null."));
                isItem = reader.TokenType != JsonTokenType.PropertyName;
            }
        }
        catch (InvalidOperationException error)
        {
            throw new JsonException(JsonFault.At(utf8.Span, reader.TokenStartIndex, "a text is not Unicode, in UTF-8 or by \\u."), error);
        }
        catch (JsonException error) when (error.LineNumber is not null) // none of the above
        {
            throw new JsonException(JsonFault.Syntax(error, utf8.Span), error);
        }
        try
        {
            return JsonDocument.Parse(utf8, new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException error)
        {
            throw new JsonException(error.Message.Replace(" encountered during deserialization", "", StringComparison.Ordinal), error);
        }
    }

    /// <summary>Reads a value.</summary>
    /// <param name="utf8">The document.</param>
    /// <param name="options">How its types are read.</param>
    /// <param name="nullItems">Whether an array may hold null, which the options do not see to.</param>
    /// <exception cref="JsonException">It is not such a value; the message says what is wrong and where.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> utf8, JsonSerializerOptions options, bool nullItems = false)
    {
        using var document = Parse(utf8, nullItems);
        try
        {
            return document.Deserialize<T>(options) ?? throw new JsonException("It is null.");
        }
        catch (Exception error) when (
            error is JsonException or NotSupportedException or InvalidOperationException or ArgumentException or FormatException or OverflowException)
        {
            throw new JsonException(JsonFault.Value(error, typeof(T), options), error);
        }
    }
}
