using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using LedCluster.Domain.Randomness;
using LedCluster.Host.Studies;
using LedCluster.Storage.Files;

namespace LedCluster.Host.Tuning;

/// <summary>A search over hyper-parameters of a recipe; one entry of <c>tuning.json</c> in the study's folder.</summary>
internal sealed record SearchPlan
{
    private static readonly JsonSerializerOptions Format = StrictJson.Options();

    /// <summary>One line that says what is searched for.</summary>
    public required string About { get; init; }

    /// <summary>The recipe that is varied.</summary>
    public required string Variant { get; init; }

    /// <summary>Values to try, none of them null, by the path of the setting within the recipe, for example <c>propagator.hidden</c>.</summary>
    public required Dictionary<string, JsonNode[]> Vary { get; init; }

    /// <summary>Initial conditions of the validation forecasts.</summary>
    public required int Members { get; init; }

    /// <summary>Seed of their random family; neither the trainings nor <c>reproduce.json</c> use it.</summary>
    public required ulong Seed { get; init; }

    /// <summary>T_warm of the validation forecasts.</summary>
    public required double WarmTime { get; init; }

    /// <summary>Time after the warm-up over which they are judged.</summary>
    public required double Horizon { get; init; }

    /// <summary>By what the trials are ranked.</summary>
    public TrialRanking Rank { get; init; }

    /// <summary>Number of combinations.</summary>
    [JsonIgnore]
    public long Combinations => Vary.Values.Aggregate(1L, (product, values) => product * values.Length);

    /// <summary>Reads a search of a study.</summary>
    /// <param name="study">The study.</param>
    /// <param name="name">Name of the search; null for the only one.</param>
    /// <exception cref="UserError">There is no such search, or the file cannot be read.</exception>
    public static (string Name, SearchPlan Plan) Load(Study study, string? name)
    {
        var path = Path.Combine(study.Directory, "tuning.json");
        if (!File.Exists(path))
            throw new UserError($"Study '{study.Name}' has no tuning.json, so there is nothing to tune.");
        Dictionary<string, SearchPlan> plans;
        try
        {
            plans = StrictJson.Whole(StrictJson.ReadFile<Dictionary<string, SearchPlan>>(path, Format));
            foreach (var (search, candidate) in plans)
            {
                var combinations = StrictJson.Whole(candidate.Vary).Values.Aggregate(1.0, (product, values) => product * values.Length);
                if (candidate.Vary.Count == 0 || combinations is < 1 or > 1e15)
                    throw new JsonException($"The search '{search}' varies nothing, has a setting without values, or has too many combinations.");
            }
        }
        catch (JsonException error)
        {
            throw new UserError($"Cannot read the searches '{path}': {error.Message}");
        }
        var known = string.Join(", ", plans.Select(p => $"{p.Key} ({p.Value.About})"));
        if (name is null && plans.Count != 1)
            throw new UserError($"Study '{study.Name}' has several searches; choose one with --search: {known}.");
        return plans.TryGetValue(name ?? plans.Keys.Single(), out var plan) ? (name ?? plans.Keys.Single(), plan)
            : throw new UserError($"--search is '{name}'; study '{study.Name}' has {known}.");
    }

    /// <summary>All combinations, the last setting varying fastest.</summary>
    public IEnumerable<Trial> Grid()
    {
        for (var index = 0L; index < Combinations; index++)
            yield return At(index);
    }

    /// <summary>Different combinations, drawn at random.</summary>
    /// <param name="count">How many; all of them if there are no more.</param>
    /// <param name="seed">Seed of the draw.</param>
    public IEnumerable<Trial> Random(int count, ulong seed)
    {
        var drawn = new HashSet<long>();
        var random = new Philox(seed, 0, 0, 0);
        while (drawn.Count < Math.Min(count, Combinations))
            drawn.Add((long)(random.NextUniform() * Combinations));
        return drawn.Select(At);
    }

    private Trial At(long index)
    {
        var settings = new List<(string, string)>();
        foreach (var (path, values) in Vary.Reverse())
        {
            settings.Insert(0, (path, values[index % values.Length].ToJsonString()));
            index /= values.Length;
        }
        return new Trial([.. settings]);
    }
}

/// <summary>One combination of settings.</summary>
/// <param name="Settings">Path within the recipe, and value as JSON.</param>
internal sealed record Trial((string Path, string Value)[] Settings)
{
    /// <summary>The combination as a name for its directory: the same whenever it is drawn again.</summary>
    public string Name => string.Join("_", Settings.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Path.Split('.')[^1]}={Clean(s.Value)}")));

    /// <summary>The settings as options of <c>led train</c>.</summary>
    public IEnumerable<string> Options => Settings.SelectMany(s => (string[])["--set", $"{s.Path}={s.Value}"]);

    private static string Clean(string value) => string.Concat(value.Where(c => char.IsLetterOrDigit(c) || c is '.' or '-' or ',')).Replace(',', '-');
}

/// <summary>By what the trials of a search are ranked; smaller is better.</summary>
internal enum TrialRanking
{
    /// <summary>Mean normalised absolute difference of the forecasts.</summary>
    Mnad,

    /// <summary>
    /// L1 distance between the forecasts' and the truth's density of derivatives, over that of the truth from itself: for chaotic
    /// systems, on which every forecast's error ends up the same. Periodic domains only.
    /// </summary>
    Climate,
}
