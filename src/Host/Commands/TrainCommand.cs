using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using LedCluster.Host.Console;
using LedCluster.Host.Studies;
using LedCluster.Models.Training;
using LedCluster.Torch;
using Spectre.Console;

namespace LedCluster.Host.Commands;

/// <summary><c>led train</c>: trains a study's model by one of its recipes.</summary>
internal static class TrainCommand
{
    private const string CheckpointName = "training.checkpoint";
    private const double SecondsBetweenNotes = 10;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
    };

    public static Command Create()
    {
        var (study, seed, json) = (SharedOptions.Study(), SharedOptions.Seed(), SharedOptions.Json());
        seed.Description = "Seed of weights, data and batches; the validation data have the next one.";
        seed.DefaultValueFactory = _ => 1;
        var variant = new Option<string>("--variant") { Description = "Recipe, one of those in the study's training.json.", DefaultValueFactory = _ => "default" };
        var output = new Option<string?>("--out") { Description = "Directory to write the model to; default: runs/<study>-<variant>-model. A training that was stopped there goes on." };
        var settings = new Option<string[]>("--set") { Description = "Change a setting of the recipe: PATH=JSON, for example propagator.hidden=64; may be given several times.", DefaultValueFactory = _ => [] };
        var command = new Command("train", "Train a study's model; needs libtorch (see 'led doctor').") { study, variant, settings, seed, output, json };
        command.SetAction(arguments =>
        {
            var chosen = StudyCatalog.Find(arguments.GetRequiredValue(study));
            var recipe = arguments.GetRequiredValue(variant);
            var changes = arguments.GetRequiredValue(settings);
            var directory = arguments.GetValue(output) ?? Path.Combine("runs", $"{chosen.Name}-{recipe}-model");
            if (NativeLibraryStatus.Probe() is { Found: false } status)
                throw new UserError(status.Note);
            var trainer = Prepared(chosen, recipe, changes, arguments.GetValue(seed));
            Directory.CreateDirectory(directory);
            return Run(trainer, directory, $"led train {chosen.Name} --variant {recipe}{string.Concat(changes.Select(change => $" --set {change}"))} --seed {arguments.GetValue(seed)}", new Terminal(arguments.GetValue(json)));
        });
        return command;
    }

    private static Trainer Prepared(Study study, string variant, string[] changes, ulong seed)
    {
        var options = Recipe(study, variant, changes);
        var reduction = options.ReductionOf is { } model ? study.NamedModel(model) : null;
        return UserError.OnBadData(() => new Trainer(study.Name, variant, study.PhysicalSystem, options, seed, reduction));
    }

    private static int Run(Trainer trainer, string directory, string commandLine, Terminal terminal)
    {
        using var interruption = new Interruption();
        var record = new JsonObject { ["command"] = commandLine, ["date"] = DateTime.UtcNow.ToString("yyyy-MM-dd"), ["version"] = ProgramVersion.Text };
        var (stage, told) = (-1, 0.0);
        var manifest = terminal.Progress("training", 1, set => trainer.Train(Path.Combine(directory, CheckpointName), directory, record, progress =>
        {
            set((progress.StageIndex + (double)progress.Step / progress.Steps) / progress.Stages);
            if (progress.StageIndex == stage && progress.Seconds < told + SecondsBetweenNotes && progress.Step < progress.Steps)
                return;
            terminal.Note($"{progress.Seconds,7:F0} s  {progress.Stage}  {progress.Step}/{progress.Steps}  loss {progress.Loss:G4}");
            (stage, told) = (progress.StageIndex, progress.Seconds);
        }, interruption.Token));
        if (manifest is null)
        {
            terminal.Warn($"Stopped; the training goes on with the same command.");
            return ExitCode.Cancelled;
        }
        var result = manifest.Training.DeepClone().AsObject();
        result["model"] = directory;
        terminal.Result(result, console =>
        {
            var table = new Table().AddColumns("figure", "value");
            foreach (var (name, value) in manifest.Training["figures"]!.AsObject())
                table.AddRow(name, $"{(double)value!:G4}");
            console.Write(table);
            console.MarkupLineInterpolated($"model: {directory}, trained in {(double)manifest.Training["cpuSeconds"]!:F0} s of CPU");
        });
        return ExitCode.Done;
    }

    private static TrainingOptions Recipe(Study study, string name, string[] changes)
    {
        var path = study.RecipesFile;
        if (!study.CanBeTrained)
            throw new UserError($"Study '{study.Name}' has no {Path.GetFileName(path)}, so that it cannot be trained.");
        try
        {
            var recipes = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
            if (recipes[name] is not JsonObject recipe)
                throw new UserError($"--variant is '{name}'; study '{study.Name}' has {string.Join(", ", recipes.Select(r => $"{r.Key} ({r.Value!["about"]})"))}.");
            foreach (var change in changes)
                Change(recipe, change);
            var options = recipe.Deserialize<TrainingOptions>(Json)!;
            return RecipeCheck.Faults(options).FirstOrDefault() is { } fault ? throw new UserError($"The recipe '{name}' cannot be used: {fault}") : options;
        }
        catch (JsonException error)
        {
            throw new UserError($"Cannot read the recipe '{name}' of '{path}'{(changes.Length > 0 ? " with --set" : "")}: {error.Message}");
        }
    }

    /// <summary>Carries out one <c>--set</c>: the objects on the path must be there, the setting itself need not.</summary>
    private static void Change(JsonObject recipe, string change)
    {
        var (path, value) = change.Split('=', 2) is [{ Length: > 0 } left, var right] ? (left.Split('.'), right)
            : throw new UserError($"--set is '{change}', expected PATH=JSON, for example propagator.hidden=64.");
        JsonNode? place = recipe;
        foreach (var step in path.SkipLast(1))
            place = place is JsonObject inner && inner.TryGetPropertyValue(step, out var next) ? next
                : throw new UserError($"--set names '{string.Join('.', path)}', but the recipe has no '{step}' there; it has {string.Join(", ", (place as JsonObject ?? []).Select(p => p.Key))}.");
        if (place is not JsonObject parent)
            throw new UserError($"--set names '{string.Join('.', path)}', but '{path[^2]}' holds no settings.");
        try
        {
            parent[path[^1]] = JsonNode.Parse(value);
        }
        catch (JsonException)
        {
            throw new UserError($"--set gives '{value}' for '{string.Join('.', path)}', which is not JSON. Write text in quotes: '\"{value}\"'.");
        }
    }
}
