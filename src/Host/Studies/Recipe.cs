using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LedCluster.Models.Devices;
using LedCluster.Models.Training;
using LedCluster.Storage.Files;

namespace LedCluster.Host.Studies;

/// <summary>A study's recipes of training, with settings changed on the way.</summary>
internal static class Recipe
{
    private static readonly JsonSerializerOptions Json = StrictJson.Options();

    /// <summary>Makes a recipe ready to train.</summary>
    /// <param name="study">The study.</param>
    /// <param name="variant">Name of the recipe.</param>
    /// <param name="changes">Settings to change, PATH=JSON each.</param>
    /// <param name="seed">Seed of weights, data and batches.</param>
    /// <param name="device">Where networks are trained; null for the processor.</param>
    /// <param name="given">Trajectories to train on; null to simulate them.</param>
    /// <exception cref="UserError">There is no such recipe, or it cannot be used.</exception>
    public static (Trainer Trainer, TrainingOptions Options) Prepare(
        Study study, string variant, string[] changes, ulong seed, ComputeDevice? device = null, GivenTrajectories? given = null)
    {
        var options = Read(study, variant, changes, given);
        var reduction = options.ReductionOf is { } model ? study.NamedModel(model) : null;
        return (UserError.OnBadData(() => new Trainer(study.Name, variant, study.PhysicalSystem, options, seed, reduction, device, given)), options);
    }

    /// <summary>The command line that does the same.</summary>
    public static string Command(Study study, string variant, string[] changes, ulong seed) =>
        $"led train {study.Name} --variant {variant}{string.Concat(changes.Select(change => $" --set {change}"))} --seed {seed}";

    /// <summary>Reads a recipe.</summary>
    /// <exception cref="UserError">There is no such recipe, or it cannot be used.</exception>
    internal static TrainingOptions Read(Study study, string name, string[] changes, GivenTrajectories? given = null)
    {
        var path = study.RecipesFile;
        if (!study.CanBeTrained)
            throw new UserError($"Study '{study.Name}' has no {Path.GetFileName(path)}, so it cannot be trained.");
        try
        {
            var recipes = StrictJson.ReadObjectFile(path);
            if (recipes[name] is not JsonObject recipe)
            {
                var known = recipes.Select(r => $"{r.Key} ({(r.Value as JsonObject)?["about"]})");
                throw new UserError($"--variant is '{name}'; study '{study.Name}' has {string.Join(", ", known)}.");
            }
            foreach (var change in changes)
                Change(recipe, change);
            var options = StrictJson.Read<TrainingOptions>(JsonSerializer.SerializeToUtf8Bytes(recipe), Json);
            if (given is not null)
                options = options with { Data = Data(options.Data, given) };
            return RecipeCheck.Faults(options).FirstOrDefault() is { } fault ? throw new UserError($"The recipe '{name}' cannot be used: {fault}") : options;
        }
        catch (JsonException error)
        {
            throw new UserError($"Cannot read the recipe '{name}' of '{path}'{(changes.Length > 0 ? " with --set" : "")}: {error.Message}");
        }
    }

    /// <summary>What a recipe says about data, for given trajectories: all of them, the last for validation.</summary>
    private static TrainingData Data(TrainingData data, GivenTrajectories given)
    {
        if (given.Members < 2)
            throw new UserError("--data has one trajectory; give at least two, the last of which is used for validation. "
                + "A long trajectory can be cut into several.");
        var validation = data.ValidationMembers > 0 && data.ValidationMembers < given.Members ? data.ValidationMembers : Math.Max(1, given.Members / 8);
        return data with
        {
            References = [],
            ValidationReferences = [],
            Members = given.Members - validation,
            ValidationMembers = validation,
            Frames = given.Frames - 1,
        };
    }

    /// <summary>Carries out one <c>--set</c>: the objects on the path must be there, the setting itself need not.</summary>
    private static void Change(JsonObject recipe, string change)
    {
        var (path, value) = change.Split('=', 2) is [{ Length: > 0 } left, var right] ? (left.Split('.'), right)
            : throw new UserError($"--set is '{change}', expected PATH=JSON, for example propagator.hidden=64.");
        JsonNode? place = recipe;
        foreach (var step in path.SkipLast(1))
            place = place is JsonObject inner && inner.TryGetPropertyValue(step, out var next) ? next
                : throw new UserError($"--set names '{string.Join('.', path)}', but the recipe has no '{step}' there; "
                    + $"it has {string.Join(", ", (place as JsonObject ?? []).Select(p => p.Key))}.");
        if (place is not JsonObject parent)
            throw new UserError($"--set names '{string.Join('.', path)}', but '{path[^2]}' has no settings.");
        try
        {
            parent[path[^1]] = StrictJson.ReadNode(Encoding.UTF8.GetBytes(value));
        }
        catch (JsonException)
        {
            throw new UserError($"--set gives '{value}' for '{string.Join('.', path)}', which is not JSON. Write text in quotes: '\"{value}\"'.");
        }
    }
}
