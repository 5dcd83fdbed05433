using System.Text.Json;
using System.Text.Json.Serialization;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;
using LedCluster.Host.Forecasts;
using LedCluster.Models.Checkpoints;
using LedCluster.Solvers;
using LedCluster.Solvers.External;
using LedCluster.Storage.Files;

namespace LedCluster.Host.Studies;

/// <summary>A study: a system, the defaults of its forecasts and its trained models. One folder under <c>studies/</c>.</summary>
internal sealed record Study
{
    private static readonly JsonSerializerOptions Format = StrictJson.Options();

    /// <summary>Name on the command line.</summary>
    public required string Name { get; init; }

    /// <summary>One line for listings.</summary>
    public required string Title { get; init; }

    /// <summary>Name of the system in <see cref="SystemCatalog"/>; null when <see cref="Solver"/> has its own.</summary>
    public string? System { get; init; }

    /// <summary>The program that is the micro solver; null when <see cref="System"/> names one of this build.</summary>
    public SimulatorOptions? Solver { get; init; }

    /// <summary>Shape and meaning of the fields of a study without a solver, whose model is trained on given trajectories; else null.</summary>
    public TrajectoryLayout? Layout { get; init; }

    /// <summary>Name of the default model, a folder under <c>models/</c>; null as long as the study has none.</summary>
    public string? Model { get; init; }

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

    /// <summary>Parameters of the system that are not left to its defaults: a number, a range such as <c>1..5</c> as text, or a schedule.</summary>
    public Dictionary<string, JsonElement> Parameters { get; init; } = [];

    /// <summary>Default number format of the fields that a run keeps.</summary>
    public KeptPrecision Precision { get; init; }

    /// <summary>BibTeX entries of what the study stands on.</summary>
    public string[] Cite { get; init; } = [];

    /// <summary>The study's folder.</summary>
    public string Directory { get; private init; } = "";

    /// <summary>The system.</summary>
    public ISystem PhysicalSystem => Solver is not null ? ExternalStudy.System(this)
        : Layout is not null ? TrajectorySystem.Of(Name, Layout)
        : SystemCatalog.All[System!];

    /// <summary>Values of <see cref="Parameters"/>.</summary>
    /// <exception cref="UserError">One of them cannot be used.</exception>
    [JsonIgnore]
    public IReadOnlyDictionary<string, ParameterValues> ParameterValues
    {
        get
        {
            var what = $"'{Path.Combine(Directory, "study.json")}' parameters";
            var values = ParameterInput.Settings(PhysicalSystem, what, Parameters.Select(p => $"{p.Key}={p.Value}"));
            return values.FirstOrDefault(p => p.Value.Schedule is { Rows: > 1 }).Key is { } name
                ? throw new UserError($"{what} {name} has a schedule for each member; give one for all, and different ones with --set.") : values;
        }
    }

    /// <summary>Parameters of the members of an ensemble, with <see cref="Parameters"/>.</summary>
    /// <param name="seed">Seed of the ensemble.</param>
    /// <param name="members">Number of members.</param>
    /// <exception cref="UserError">One of <see cref="Parameters"/> cannot be used.</exception>
    public ParameterTable ParametersOf(ulong seed, int members) =>
        ParameterInput.Table(PhysicalSystem, seed, members, ParameterValues, PhysicalSystem.Solver.Layout.TimeStep);

    /// <summary>Inner time step δt of the system's micro solver; null where it is fixed.</summary>
    public double? InnerTimeStep => (PhysicalSystem as IInnerTimeStep)?.InnerTimeStep;

    /// <summary>Names of the study's models, the default one first.</summary>
    public IReadOnlyList<string> Models => global::System.IO.Directory.Exists(ModelsDirectory)
        ? [.. global::System.IO.Directory.EnumerateDirectories(ModelsDirectory)
            .Where(d => File.Exists(Path.Combine(d, ModelFile.ManifestName)))
            .Select(d => Path.GetFileName(d)!)
            .OrderBy(name => name != Model).ThenBy(name => name, StringComparer.Ordinal)]
        : [];

    private string ModelsDirectory => Path.Combine(Directory, "models");

    /// <summary>Models that texts for people list; studies of many trainings have dozens.</summary>
    public const int MostListed = 16;

    /// <summary>The recipes for training a model; a study without them has no model yet, and its micro solver alone can be run.</summary>
    public string RecipesFile => Path.Combine(Directory, "training.json");

    /// <summary>Whether a model of this study can be trained.</summary>
    public bool CanBeTrained => File.Exists(RecipesFile);

    /// <summary>The micro solver with an inner time step.</summary>
    /// <param name="innerTimeStep">δt; null for the solver's own.</param>
    /// <exception cref="UserError">The solver has no such time step.</exception>
    public IMicroSolver SolverAt(double? innerTimeStep)
    {
        if (innerTimeStep is not { } chosen)
            return PhysicalSystem.Solver;
        if (PhysicalSystem is not IInnerTimeStep system)
            throw new UserError($"--dt is {chosen}, but the micro solver of study '{Name}' has a fixed inner time step. Leave --dt out.");
        try
        {
            return system.SolverAt(chosen);
        }
        catch (ArgumentException error)
        {
            throw new UserError($"--dt: {error.Message}");
        }
    }

    /// <summary>Directory of one of the study's models.</summary>
    /// <param name="name">Its name; null for the default model.</param>
    /// <exception cref="UserError">The study has no such model.</exception>
    public string NamedModel(string? name)
    {
        if ((name ?? Model) is not { } wanted)
        {
            throw new UserError($"Study '{Name}' has no model yet, so it cannot be forecast. Run its micro solver with 'led simulate {Name}', "
                + "or give a model with --model.");
        }
        return name is null || Models.Contains(wanted) ? Path.Combine(ModelsDirectory, wanted) : throw new UserError(
            $"Study '{Name}' has no model '{wanted}'; it has {(Models.Count > 0 ? string.Join(", ", Models.Take(MostListed)) : "none")}"
            + (Models.Count > MostListed ? $" and {Models.Count - MostListed} more ('led studies --json' lists them)" : "")
            + $". Give one of these, or the path of a directory with a {ModelFile.ManifestName}.");
    }

    /// <summary>Directory of a model.</summary>
    /// <param name="nameOrDirectory">Name of one of the study's models, or a directory; null for the default model.</param>
    /// <exception cref="UserError">The study has no such model.</exception>
    public string FindModel(string? nameOrDirectory) =>
        nameOrDirectory is not null && !Models.Contains(nameOrDirectory)
            && (Path.GetFileName(nameOrDirectory) != nameOrDirectory || global::System.IO.Directory.Exists(nameOrDirectory))
            ? nameOrDirectory
            : NamedModel(nameOrDirectory);

    /// <summary>Reads a study's folder.</summary>
    /// <exception cref="UserError">The description cannot be read or names an unknown system.</exception>
    public static Study Load(string directory)
    {
        var path = Path.Combine(directory, "study.json");
        try
        {
            var study = StrictJson.ReadFile<Study>(path, Format) with { Directory = directory };
            if (((object?[])[study.System, study.Solver, study.Layout]).Count(part => part is not null) != 1)
            {
                throw new UserError($"'{path}' must have exactly one of these: a system of this build ({string.Join(", ", SystemCatalog.All.Keys)}); "
                    + "a solver, the command of a program; or, to train on given trajectories alone, a layout.");
            }
            if (study.Layout is not null)
                _ = study.PhysicalSystem;
            if (study.Solver?.Faults() is { Count: > 0 } faults)
                throw new UserError(string.Join("\n", faults.Prepend($"The solver of '{path}' cannot be used:")));
            return study.System is null || SystemCatalog.All.ContainsKey(study.System) ? study : throw new UserError(
                $"'{path}' names the system '{study.System}', which this build does not know; known are {string.Join(", ", SystemCatalog.All.Keys)}.");
        }
        catch (Exception error) when (error is JsonException or FormatException)
        {
            throw new UserError($"Cannot read the study '{path}': {error.Message}");
        }
    }
}
