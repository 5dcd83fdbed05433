using System.Collections.Immutable;
using System.Text.Json.Nodes;
using LedCluster.Models.Checkpoints;

namespace LedCluster.Host.Forecasts;

/// <summary>Whether members drawn from the study's random family are ones that a model's training has used.</summary>
/// <param name="Seed">Seed of the members.</param>
/// <param name="Members">How many there are.</param>
/// <param name="Used">Members that the training has used; null when that is not known.</param>
internal sealed record SeedCheck(ulong Seed, int Members, ImmutableArray<UsedMembers>? Used)
{
    /// <summary>The members of a run; null when they are not from the random family.</summary>
    public static SeedCheck? Of(ForecastSetup setup) => setup.Spec.InitialConditions == InitialConditions.RandomFamily
        ? new(setup.Spec.Seed, setup.Spec.Members, setup.Manifest.RandomMembers) : null;

    /// <summary>What they have in common with the training, in a sentence; null for nothing.</summary>
    public string? Fault => Shared is not [_, ..] shared ? null
        : string.Join(" and ", shared.Select(Uses)) + ". They do not test the model. Choose another seed.";

    /// <summary>A warning for a reader of the results; null when members and training have nothing in common.</summary>
    public string? Warning => Used is null
        ? $"The model does not record which members its training used, so seed {Seed} may test it on its training data."
        : Fault;

    /// <summary>The seeds for scripts; those of the training are null when they are not known.</summary>
    public JsonObject Json => new()
    {
        ["run"] = Seed,
        ["training"] = Seeds(DataUse.Training),
        ["validation"] = Seeds(DataUse.Validation),
        ["membersInTraining"] = Used is null ? null : Shared.Select(u => Math.Min(u.Members, Members)).DefaultIfEmpty().Max(),
    };

    private ImmutableArray<UsedMembers> Shared => Used is { } used ? [.. used.Where(u => u.Seed == Seed)] : [];

    private JsonArray? Seeds(DataUse use) => Used is { } used ? [.. used.Where(u => u.Use == use).Select(u => (JsonNode)u.Seed)] : null;

    private string Uses(UsedMembers u) =>
        $"{Math.Min(u.Members, Members):N0} of the {Members:N0} members were used in the model's {Text(u.Use)} (seed {Seed})";

    private static string Text(DataUse use) => use.ToString().ToLowerInvariant();
}
