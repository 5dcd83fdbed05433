using System.Text.Json;
using System.Text.Json.Serialization;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;
using LedCluster.Solvers;

namespace LedCluster.Host.Studies;

/// <summary>A study: a system, the defaults of its forecasts and where its trained model lies. One folder under <c>studies/</c>.</summary>
internal sealed record Study
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>Name on the command line.</summary>
    public required string Name { get; init; }

    /// <summary>One line for listings.</summary>
    public required string Title { get; init; }

    /// <summary>Name of the system in <see cref="SystemCatalog"/>.</summary>
    public required string System { get; init; }

    /// <summary>Directory of the default model, relative to the study's folder.</summary>
    public required string Model { get; init; }

    /// <summary>Default T_warm, in the system's time unit.</summary>
    public required double WarmTime { get; init; }

    /// <summary>Default T_m.</summary>
    public required double MacroTime { get; init; }

    /// <summary>Default T_μ.</summary>
    public required double MicroTime { get; init; }

    /// <summary>Default T_f.</summary>
    public required double FinalTime { get; init; }

    /// <summary>Default rule for restarting the micro solver.</summary>
    public required LiftRule Lift { get; init; }

    /// <summary>BibTeX entries of what the study stands on.</summary>
    public required string[] Cite { get; init; }

    /// <summary>The study's folder.</summary>
    public string Directory { get; private init; } = "";

    /// <summary>The system.</summary>
    public ISystem PhysicalSystem => SystemCatalog.All[System];

    /// <summary>Directory of the default model.</summary>
    public string ModelDirectory => Path.Combine(Directory, Model);

    /// <summary>The recipes for training a model; a study without them has no model yet, and its micro solver alone can be run.</summary>
    public string RecipesFile => Path.Combine(Directory, "training.json");

    /// <summary>Whether a model of this study can be trained.</summary>
    public bool CanBeTrained => File.Exists(RecipesFile);

    /// <summary>Reads a study's folder.</summary>
    /// <exception cref="UserError">The description cannot be read or names an unknown system.</exception>
    public static Study Load(string directory)
    {
        var path = Path.Combine(directory, "study.json");
        try
        {
            var study = JsonSerializer.Deserialize<Study>(File.ReadAllText(path), Format)! with { Directory = directory };
            return SystemCatalog.All.ContainsKey(study.System) ? study : throw new UserError(
                $"'{path}' names the system '{study.System}', which this build does not know; known are {string.Join(", ", SystemCatalog.All.Keys)}.");
        }
        catch (JsonException error)
        {
            throw new UserError($"Cannot read the study '{path}': {error.Message}");
        }
    }
}
