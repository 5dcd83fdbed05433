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
}
