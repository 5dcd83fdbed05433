using System.CommandLine;
using System.Text.Json.Nodes;
using LedCluster.Host.Console;
using LedCluster.Host.Studies;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Devices;
using LedCluster.Models.Training;
using Spectre.Console;

namespace LedCluster.Host.Commands;

/// <summary><c>led train</c>: trains a study's model by one of its recipes.</summary>
internal static class TrainCommand
{
    private const string CheckpointName = "training.checkpoint";
    private const double SecondsBetweenNotes = 10;

    public static Command Create()
    {
        var (study, seed, json) = (SharedOptions.Study(), SharedOptions.Seed(), SharedOptions.Json());
        seed.Description = "Seed of weights, data and batches; the validation data use the next seed.";
        seed.DefaultValueFactory = _ => 1;
        var variant = new Option<string>("--variant")
        {
            Description = "One of the recipes in the study's training.json.",
            DefaultValueFactory = _ => "default",
        };
        var output = new Option<string?>("--out")
        {
            Description = "Directory for the model; default: runs/<study>-<variant>-model. A training that was stopped there is resumed.",
        };
        var device = new Option<string>("--device")
        {
            Description = "Where networks are trained: cpu, or cuda:0, cuda:1, ...",
            DefaultValueFactory = _ => ComputeDevice.Processor.Name,
        };
        var settings = new Option<string[]>("--set")
        {
            Description = "Change a setting of the recipe: PATH=JSON, for example propagator.hidden=64; can be given several times.",
            DefaultValueFactory = _ => [],
        };
        var data = new Option<string?>("--data")
        {
            Description = "Train on these trajectories instead of simulating them: FILE.npy [members, frames, channels, points...], or DIR.zarr with "
                + "variables (member, time, ...); the last members are used for validation.",
        };
        var parameters = new Option<string?>("--parameters")
        {
            Description = "With --data: the system's parameters of each trajectory, FILE.csv with a line of names and a line for each trajectory, "
                + "or FILE.npy [members, parameters]; default: the variables of DIR.zarr that have their names.",
        };
        var command = new Command(
            "train", "Train a study's model. Networks need libtorch ('led setup torch' downloads it); PCA, diffusion maps, reservoirs and SINDy do not.")
        {
            study, variant, settings, data, parameters, seed, device, output, json,
        };
        command.SetAction(arguments =>
        {
            var chosen = StudyCatalog.FindOrLoad(arguments.GetRequiredValue(study));
            var recipe = arguments.GetRequiredValue(variant);
            var changes = arguments.GetRequiredValue(settings);
            var directory = arguments.GetValue(output) ?? Path.Combine("runs", $"{chosen.Name}-{recipe}-model");
            var place = ComputeDevice.Parse(arguments.GetRequiredValue(device)) is { IsKernel: false } known ? known
                : throw new UserError($"--device is '{arguments.GetValue(device)}'; give cpu, or cuda:0, cuda:1, ...");
            var file = arguments.GetValue(data);
            var beside = arguments.GetValue(parameters);
            if (file is null && beside is not null)
                throw new UserError($"--parameters is '{beside}', but without --data the trajectories are simulated, with the parameters under "
                    + "data.parameters of the recipe. Change them there, or with --set 'data.parameters={\"NAME\":\"1..5\"}'.");
            var given = file is null ? null : TrajectoryFile.Read(chosen.PhysicalSystem, file, beside);
            var (trainer, options) = Recipe.Prepare(chosen, recipe, changes, arguments.GetValue(seed), place, given);
            var libtorch = RecipeCheck.NeedsNetworks(options) ? Open(place) : null;
            var commandLine = Recipe.Command(chosen, recipe, changes, arguments.GetValue(seed))
                + (file is null ? "" : $" --data {file}") + (beside is null ? "" : $" --parameters {beside}");
            var terminal = new Terminal(arguments.GetValue(json));
            foreach (var warning in Differences(chosen, commandLine, MachineRecord.Here(place, libtorch)))
                terminal.Warn(warning);
            Directory.CreateDirectory(directory);
            return Run(trainer, directory, commandLine, given, terminal);
        });
        return command;
    }

    /// <summary>Differences between this machine and those that trained the study's models with the same command.</summary>
    private static IEnumerable<string> Differences(Study study, string commandLine, MachineRecord here)
    {
        foreach (var name in study.Models)
        {
            var training = ModelFile.Manifest(study.NamedModel(name)).Training;
            if ((string?)training["command"] != commandLine)
                continue;
            if (MachineRecord.Read(training) is not { } there)
                yield return $"The study's model '{name}' was trained with this command before machines were recorded: this training will give an equivalent "
                    + "model, but not the same bits.";
            else if (there.Differences(here).ToArray() is { Length: > 0 } differences)
                yield return $"The study's model '{name}' was trained with this command on another kind of machine: here, {string.Join("; ", differences)}. "
                    + "This training will give an equivalent model, but not the same bits.";
        }
    }

    /// <summary>Makes libtorch ready.</summary>
    /// <exception cref="UserError">It is missing; the message says how to get it.</exception>
    public static LibtorchStatus Open(ComputeDevice place)
    {
        try
        {
            return place.Open();
        }
        catch (DllNotFoundException error)
        {
            throw new UserError(error.Message);
        }
    }

    private static int Run(Trainer trainer, string directory, string commandLine, GivenTrajectories? given, Terminal terminal)
    {
        using var interruption = new Interruption();
        var record = new JsonObject { ["command"] = commandLine, ["date"] = DateTime.UtcNow.ToString("yyyy-MM-dd"), ["version"] = ProgramVersion.Text };
        if (given is not null)
            record["data"] = new JsonObject { ["members"] = given.Members, ["frames"] = given.Frames, ["sha256"] = given.Identity };
        var (stage, told) = (-1, 0.0);
        var manifest = terminal.Progress("training", 1, (set, _) => trainer.Train(Path.Combine(directory, CheckpointName), directory, record, progress =>
        {
            set((progress.StageIndex + (double)progress.Step / progress.Steps) / progress.Stages);
            if (progress.StageIndex == stage && progress.Seconds < told + SecondsBetweenNotes && progress.Step < progress.Steps)
                return;
            terminal.Note($"{progress.Seconds,7:F0} s  {progress.Stage}  {progress.Step}/{progress.Steps}  loss {progress.Loss:G4}");
            (stage, told) = (progress.StageIndex, progress.Seconds);
        }, interruption.Token), trained => trained is null ? "stopped" : null);
        if (manifest is null)
        {
            terminal.Warn("Stopped. The same command continues the training.");
            return ExitCode.Cancelled;
        }
        var result = manifest.Training.DeepClone().AsObject();
        result["model"] = directory;
        terminal.Result(result, console =>
        {
            var table = new Table().AddColumns("figure", "value");
            foreach (var (name, value) in manifest.Training["figures"]!.AsObject())
                table.AddRow(name, $"{ResultJson.Number(value):G4}");
            console.Write(table);
            console.MarkupLineInterpolated($"model: {directory}, trained in {(double)manifest.Training["cpuSeconds"]!:F0} s of CPU");
        });
        return ExitCode.Done;
    }
}
