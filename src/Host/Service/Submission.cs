using System.Text.Json;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Wire;
using LedCluster.Domain.Workers;
using LedCluster.Host.Forecasts;
using LedCluster.Host.Studies;
using LedCluster.Storage.Files;
using LedCluster.Storage.Npy;

namespace LedCluster.Host.Service;

/// <summary>What <c>submit</c> asks for, as <c>led forecast</c> would have it.</summary>
internal static class Submission
{
    /// <summary>The verb's arguments.</summary>
    public static VerbArgument[] Arguments { get; } =
    [
        new("study", ArgumentKind.Text, "Name of the study.") { Required = true },
        new("members", ArgumentKind.Integer, "Number of initial conditions, 1 to 1,000,000; with given ones, use only the first of them; default 100."),
        new(
            "ic", ArgumentKind.Text,
            "Initial conditions: a .npy file [members, channels, points] in the service's folder for them; default: the study's random family."),
        new("ic-array", ArgumentKind.Fields, "Initial conditions themselves, [members][channels][points], at most 32 MiB of JSON."),
        new("seed", ArgumentKind.Integer, $"Seed of the random initial conditions, from 0; default {ForecastRequest.DefaultSeed}."),
        new(
            "set", ArgumentKind.Text,
            "Parameters of the system, separated by commas: NAME=VALUE for all members or NAME=FROM..TO, spread evenly over the members; "
            + "default: the study's."),
        new("parameters", ArgumentKind.Text, "Parameter values for each member: a .csv or .npy file in the service's folder for initial conditions."),
        new("mode", ArgumentKind.Text, "multiscale (default): alternate between propagator and micro solver; latent: propagator alone after the warm-up.")
        {
            Choices = [ForecastRequest.Multiscale, ForecastRequest.Latent],
        },
        new("t-final", ArgumentKind.Number, "T_f, the last time; default: the study's."),
        new("t-warm", ArgumentKind.Number, "T_warm, computed by the micro solver; default: the study's."),
        new("t-macro", ArgumentKind.Number, "T_m, length of a macro leg; 0 for the micro solver alone; default: the study's."),
        new("t-micro", ArgumentKind.Number, "T_mu, length of a micro leg; 0 for Latent-LED; default: the study's."),
        new(
            "dt", ArgumentKind.Number,
            "Inner time step of the micro solver, if it can be chosen; must divide the study's time step; default: the solver's."),
        new("lift", ArgumentKind.Text, "How the micro solver restarts from a decoded field; default: the study's.") { Choices = Names<LiftRule>() },
        new("model", ArgumentKind.Text, "Name of one of the study's models; default: the study's default model."),
        new("save", ArgumentKind.Text, "Output for each member: fields (and latents; default), or latent (latents alone).") { Choices = Names<SaveRule>() },
        new("precision", ArgumentKind.Text, "Number format of kept fields; default: the study's, else float32.") { Choices = Names<KeptPrecision>() },
    ];

    /// <summary>The request in a call.</summary>
    /// <param name="call">The call.</param>
    /// <param name="folder">The only folder that initial conditions may be read from; null permits none.</param>
    /// <param name="faults">Receives what is wrong besides what the request itself will find.</param>
    /// <exception cref="UserError">The study is unknown.</exception>
    public static ForecastRequest Request(VerbCall call, string? folder, List<string> faults)
    {
        faults.AddRange(call.Faults);
        if (call.Text("study") is "")
            call.Check();
        var study = Find(call.Text("study"), faults);
        var (path, array) = (call.Text("ic"), call.Fields("ic-array"));
        if (path != "" && array.ValueKind != JsonValueKind.Undefined)
            faults.Add("ic and icArray are both given; give one of them.");
        if (call.Integer("seed") < 0)
            faults.Add($"seed is {call.Integer("seed")}; give a whole number from 0.");
        var seed = call.Integer("seed") is null or < 0 ? ForecastRequest.DefaultSeed : call.Seed("seed")!.Value;
        var model = call.Text("model") is { Length: > 0 } name && Known(study, name, faults) ? name : null;
        return new ForecastRequest(study)
        {
            Members = call.Integer("members"),
            Source = array.ValueKind != JsonValueKind.Undefined ? count => Inline(study.PhysicalSystem, array, count, seed)
                : path != "" ? count => InitialConditions.FromFile(study.PhysicalSystem, Permitted("ic", path, folder), count, seed) : null,
            Seed = seed,
            Settings = Constant(call.Text("set"), faults).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            ParametersFile = call.Text("parameters") is { Length: > 0 } values ? PermittedOrFault("parameters", values, folder, faults) : null,
            Mode = call.Text("mode"),
            FinalTime = call.Number("t-final"),
            WarmTime = call.Number("t-warm"),
            MacroTime = call.Number("t-macro"),
            MicroTime = call.Number("t-micro"),
            InnerTimeStep = call.Number("dt"),
            Model = model,
            Lift = call.Choice<LiftRule>("lift"),
            Save = call.Choice<SaveRule>("save") ?? SaveRule.Fields,
            Precision = call.Choice<KeptPrecision>("precision"),
        };
    }

    private static Study Find(string name, List<string> faults)
    {
        try
        {
            return StudyCatalog.Find(name);
        }
        catch (UserError error)
        {
            throw new UserError(string.Join("\n", [error.Message, .. faults])); // without a study nothing else can be judged
        }
    }

    /// <summary>Whether a study has a model of a name: a request names models, it does not choose directories of this machine.</summary>
    private static bool Known(Study study, string name, List<string> faults)
    {
        try
        {
            study.NamedModel(name);
            return true;
        }
        catch (UserError error)
        {
            faults.Add(error.Message);
            return false;
        }
    }

    /// <summary>Settings without schedules, which are files or have commas of their own.</summary>
    private static string Constant(string text, List<string> faults)
    {
        if (text.IndexOfAny(['@', '{']) < 0)
            return text;
        faults.Add($"set is '{text}', but a schedule cannot be submitted. Run it with led forecast, or put it under parameters in the study.json of a study "
            + "on the service's machine.");
        return "";
    }

    /// <summary>The full path of a regular file, links followed, if it lies in the permitted folder: a pipe could keep the request waiting for ever.</summary>
    private static string Permitted(string name, string path, string? folder)
    {
        if (folder is null)
        {
            throw new UserError($"{name} is '{path}', but this service reads no files. Start it with --ic-folder DIR"
                + $"{(name == "ic" ? ", or send the values as icArray" : "")}.");
        }
        var full = GivenPath.Within(folder, path);
        var target = File.Exists(full) ? new FileInfo(full).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? full : full;
        if (full is null || GivenPath.Within(folder, target!) is null)
            throw new UserError($"{name} is '{path}', which is outside the folder for initial conditions. Give a path inside it.");
        return InputFile.RegularFault(full) is { } fault ? throw new UserError($"{name} names '{path}', which {fault}.") : full;
    }

    private static string? PermittedOrFault(string name, string path, string? folder, List<string> faults)
    {
        try
        {
            return Permitted(name, path, folder);
        }
        catch (UserError error)
        {
            faults.Add(error.Message);
            return null;
        }
    }

    /// <summary>Numbers given in the request itself.</summary>
    private static InitialConditions Inline(ISystem system, JsonElement array, int? members, ulong seed)
    {
        const string Name = "icArray";
        long[] shape = [array.GetArrayLength(), Length(array), Length(First(array))];
        var data = new List<double>();
        foreach (var member in array.EnumerateArray())
        {
            CheckLength(member, shape[1]);
            foreach (var channel in member.EnumerateArray())
            {
                CheckLength(channel, shape[2]);
                foreach (var value in channel.EnumerateArray())
                    data.Add(value.ValueKind == JsonValueKind.Number ? value.GetDouble() : throw Misshapen());
            }
        }
        return InitialConditions.FromArray(system, Name, new NpyArray(shape, [.. data], null), members, seed);

        static JsonElement First(JsonElement outer) => Length(outer) > 0 ? outer[0] : default;
        static int Length(JsonElement outer) =>
            outer.ValueKind == JsonValueKind.Array && outer.GetArrayLength() > 0 && outer[0].ValueKind == JsonValueKind.Array ? outer[0].GetArrayLength() : 0;
        static void CheckLength(JsonElement inner, long expected)
        {
            if (inner.ValueKind != JsonValueKind.Array || inner.GetArrayLength() != expected)
                throw Misshapen();
        }
        static UserError Misshapen() => new($"{Name} is not a rectangular array of numbers; give [members][channels][points].");
    }

    private static string[] Names<T>() where T : struct, Enum => [.. Enum.GetNames<T>().Select(name => name.ToLowerInvariant())];
}
