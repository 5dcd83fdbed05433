using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace LedCluster.Models.Checkpoints;

/// <summary>
/// Members of the study's random family that a training has used: a forecast of the same seed draws the same initial conditions, so
/// that it is no test of the model.
/// </summary>
/// <param name="Seed">Seed of the random family.</param>
/// <param name="Members">How many, from the first on.</param>
/// <param name="Use">What for.</param>
public sealed record UsedMembers(ulong Seed, int Members, DataUse Use)
{
    /// <summary>Two trainings' members together: of equal seed and use, the larger number.</summary>
    public static ImmutableArray<UsedMembers> Union(IEnumerable<UsedMembers> first, IEnumerable<UsedMembers> second) =>
        [.. first.Concat(second).GroupBy(u => (u.Use, u.Seed)).Select(group => group.MaxBy(u => u.Members)!).OrderBy(u => (u.Use, u.Seed))];
}

/// <summary>What data are used for in a training.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DataUse>))]
public enum DataUse
{
    /// <summary>The weights follow from them.</summary>
    [JsonStringEnumMemberName("training")]
    Training,

    /// <summary>They decide when the training ends and which weights are kept.</summary>
    [JsonStringEnumMemberName("validation")]
    Validation,
}
