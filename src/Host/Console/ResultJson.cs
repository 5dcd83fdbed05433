using System.Text.Json;
using System.Text.Json.Nodes;

namespace LedCluster.Host.Console;

/// <summary>
/// Results as JSON, wherever they are written: a number that is not finite is <c>null</c>, which every reader of JSON takes,
/// and <c>null</c> is read as NaN.
/// </summary>
internal static class ResultJson
{
    /// <summary>The text of a result.</summary>
    public static string Text(JsonObject result, JsonSerializerOptions? options = null) => Finite(result)!.ToJsonString(options);

    /// <summary>A number of a result; NaN when it is null, missing or none.</summary>
    public static double Number(JsonNode? value) => value?.GetValueKind() == JsonValueKind.Number ? (double)value : double.NaN;

    private static JsonNode? Finite(JsonNode? node) => node switch
    {
        JsonObject parts => new JsonObject(parts.Select(part => KeyValuePair.Create(part.Key, Finite(part.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Finite)]),
        JsonValue value when value.TryGetValue(out double number) && !double.IsFinite(number) => null,
        JsonValue value when value.TryGetValue(out float number) && !float.IsFinite(number) => null,
        _ => node?.DeepClone(),
    };
}
