using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace LedCluster.Models.Checkpoints;

/// <summary>What stands beside a file of weights: everything that is needed to use them, and how they came about.</summary>
public sealed record ModelManifest
{
    private static readonly JsonSerializerOptions Canonical = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault };

    /// <summary>Name of the study that the model belongs to.</summary>
    public required string Study { get; init; }

    /// <summary>Points X per channel of a field.</summary>
    public required int Points { get; init; }

    /// <summary>Shape of the reduction.</summary>
    public required ReductionArchitecture Reduction { get; init; }

    /// <summary>Shape of the propagator.</summary>
    public required PropagatorArchitecture Propagator { get; init; }

    /// <summary>Smallest value of each channel in training, in the channel's unit; scales to 0.</summary>
    public required ImmutableArray<double> ChannelMinimum { get; init; }

    /// <summary>Largest value of each channel in training, in the channel's unit; scales to 1.</summary>
    public required ImmutableArray<double> ChannelMaximum { get; init; }

    /// <summary>Latent value that the propagator sees as 0, [d_z].</summary>
    public required ImmutableArray<float> LatentLow { get; init; }

    /// <summary>Latent value that the propagator sees as 1, [d_z].</summary>
    public required ImmutableArray<float> LatentHigh { get; init; }

    /// <summary>Smallest value of each latent over the training data, [d_z].</summary>
    public required ImmutableArray<float> LatentMinimum { get; init; }

    /// <summary>Largest value of each latent over the training data, [d_z].</summary>
    public required ImmutableArray<float> LatentMaximum { get; init; }

    /// <summary>SHA-256 of the weights file, lower-case hexadecimal.</summary>
    public required string WeightsSha256 { get; init; }

    /// <summary>Record of the training: command, seed, data, losses, seconds.</summary>
    public required JsonObject Training { get; init; }

    /// <summary>
    /// Members of the study's random family that the training, or that of a reduction taken over, has used; empty when it used
    /// none, null when that is not known.
    /// </summary>
    public ImmutableArray<UsedMembers>? RandomMembers { get; init; }

    /// <summary>CPU seconds of the training; NaN when its record does not tell.</summary>
    [JsonIgnore]
    public double TrainingSeconds => Training["cpuSeconds"] is JsonValue value && value.TryGetValue(out double seconds) ? seconds : double.NaN;

    /// <summary>Numbers C·X per field.</summary>
    [JsonIgnore]
    public int FieldSize => ChannelMinimum.IsDefault ? 0 : ChannelMinimum.Length * Points;

    /// <summary>
    /// SHA-256 of everything that a forecast depends on: weights, architecture, scaling and ranges, not the record of the training.
    /// It is computed from what the manifest says, not from its text, and without what has its default value: another
    /// layout of the file, or an option that was added later, leaves a model what it is.
    /// </summary>
    [JsonIgnore]
    public string Identity => Convert.ToHexStringLower(
        SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this with { Training = [], RandomMembers = null }, Canonical)));
}

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
