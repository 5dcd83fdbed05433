using System.Text.Json.Serialization;

namespace LedCluster.Models.Inference;

/// <summary>What a convolution sees beyond the ends of the domain.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<GridPadding>))]
public enum GridPadding : byte
{
    /// <summary>Zeros; interpolation continues the ends by constants. For any domain.</summary>
    [JsonStringEnumMemberName("zero")]
    Zero = 0,

    /// <summary>The other end. For periodic domains alone.</summary>
    [JsonStringEnumMemberName("periodic")]
    Periodic = 1,
}
