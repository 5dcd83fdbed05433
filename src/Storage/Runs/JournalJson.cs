using System.Text.Json;
using System.Text.Json.Serialization;
using LedCluster.Domain.Cycle;

namespace LedCluster.Storage.Runs;

/// <summary>How journal events become lines of JSON, and are read again: a key that is not known or stands twice is an error.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(PhaseName)],
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(JournalEvent))]
internal sealed partial class JournalJson : JsonSerializerContext
{
    /// <summary>A phase is one of the names, and no number.</summary>
    internal sealed class PhaseName() : JsonStringEnumConverter<Phase>(namingPolicy: null, allowIntegerValues: false);
}
