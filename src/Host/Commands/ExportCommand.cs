using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json.Nodes;
using LedCluster.Domain.Runs;
using LedCluster.Host.Console;
using LedCluster.Host.Forecasts;
using LedCluster.Storage.Forecasts;
using LedCluster.Storage.Runs;
using Spectre.Console;

namespace LedCluster.Host.Commands;

/// <summary><c>led export</c>: a part of a run's fields as a Zarr store of its own.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var (run, json) = (SharedOptions.Run(), SharedOptions.Json());
        var output = new Option<string>("--out") { Description = "Directory to create, for example part.zarr.", Required = true };
        var members = new Option<string?>("--members") { Description = "Members, for example 0-63,70; default all." };
        var from = new Option<double?>("--from") { Description = "First time; default: 0." };
        var to = new Option<double?>("--to") { Description = "Last time; default: the end." };
        var stride = new Option<int>("--stride") { Description = "Write every Nth frame.", DefaultValueFactory = _ => 1 };
        var channels = new Option<string?>("--channels") { Description = "Names of channels, separated by commas; default: all." };
        var half = new Option<bool>("--float16")
        {
            Description = "Write float16 instead of float32: three digits, fewer below 6e-5; netCDF cannot read it.",
        };
        var compress = new Option<bool>("--compress") { Description = "Compress by zlib." };
        var ignoreSpace = SharedOptions.IgnoreFreeSpace();
        var command = new Command(
            "export", "Write selected members, times and channels of a run to a Zarr store of its own. Fields are decoded if the run kept only latents.")
            { run, output, members, from, to, stride, channels, half, compress, ignoreSpace, json };
        command.SetAction(arguments =>
        {
            var setup = ForecastSetup.Open(arguments.GetRequiredValue(run));
            if (arguments.GetRequiredValue(output) is not { Length: > 0 } name)
                throw new UserError("--out is empty; give the directory to create, for example part.zarr.");
            var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(name));
            if (Path.Exists(target))
                throw new UserError($"--out '{target}' exists already. Give another name, or delete it.");
            if (target.StartsWith(Path.GetFullPath(setup.Directory.Path) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                throw new UserError($"--out '{target}' is inside the run. Give a directory outside.");
            using var store = UserError.OnBadData(() => ForecastStore.Open(setup.Directory.OutputPath));
            var part = new ForecastPart
            {
                Members = Members(arguments.GetValue(members), store.Members),
                Frames = Frames(setup, store.Frames, arguments.GetValue(from), arguments.GetValue(to), arguments.GetValue(stride)),
                Channels = Channels(setup, arguments.GetValue(channels)),
                Half = arguments.GetValue(half),
                Compressed = arguments.GetValue(compress),
                Made = FormattableString.Invariant(
                    $"{DateTime.UtcNow:yyyy-MM-ddTHH:mm:ssZ} on {Environment.MachineName} by LedCluster {ProgramVersion.Text}: "),
            };
            var bytes = part.Bytes(setup.Layout);
            if (!part.Compressed && !arguments.GetValue(ignoreSpace) && RunSpace.Free(target) is { } free && bytes > free)
            {
                throw new UserError($"The output takes {RunSpace.Text(bytes)}, but the disk of '{target}' has {RunSpace.Text(free)} free. "
                    + "Select fewer members, times or channels, or give --float16 or --compress. "
                    + "If the reported free space is wrong, give --ignore-free-space.");
            }
            var terminal = new Terminal(arguments.GetValue(json));
            if (VerifyCommand.Verify(setup, Environment.ProcessorCount, terminal) is { IsSound: false } found)
                throw new DamagedOutputException(setup.Directory.OutputPath, found.Lines());
            if (!store.IsComplete)
                terminal.Note($"'{setup.Directory.Path}' is not complete; values that were not computed are NaN. 'led resume' continues it.");
            if (store.Precision == KeptPrecision.Float64)
                terminal.Note("the run has float64 fields; float32 is written");
            Write(setup, store, part, target, terminal);
            var taken = RunSpace.Held(target);
            terminal.Result(
                new JsonObject
                {
                    ["output"] = target,
                    ["complete"] = store.IsComplete,
                    ["members"] = part.Members.Length,
                    ["frames"] = part.Frames.Length,
                    ["channels"] = part.Channels.Length,
                    ["bytes"] = taken,
                },
                console =>
                {
                    console.MarkupLineInterpolated($"'{target}': {part.Members.Length} members, {part.Frames.Length} frames, {RunSpace.Text(taken)}");
                    console.MarkupLineInterpolated($"[grey]Open it with: xarray.open_zarr(\"{target}\")[/]");
                });
            return ExitCode.Done;
        });
        return command;
    }

    private static void Write(ForecastSetup setup, ForecastStore store, ForecastPart part, string target, Terminal terminal)
    {
        using var interruption = new Interruption();
        try
        {
            NewDirectory.Make(target, unfinished => terminal.Progress($"{part.Members.Length} members", (double)part.Members.Length * part.Frames.Length, set =>
            {
                ForecastExport.Write(store, setup.Decoder, part, unfinished, done => set(done), interruption.Token);
                return true;
            }));
        }
        catch (ArgumentException error) when (error.ParamName == "values")
        {
            throw new UserError($"--float16 cannot be used: {error.Message} Leave it out.");
        }
    }

    private static ImmutableArray<int> Members(string? text, int count)
    {
        if (text is null)
            return [.. Enumerable.Range(0, count)];
        try
        {
            return MemberSet.Parse(text) is { Indices.Length: > 0 } given && given.IsBelow(count) ? given.Indices
                : throw new UserError($"--members is '{text}', but the run has the members 0 to {count - 1}.");
        }
        catch (FormatException error)
        {
            throw new UserError($"--members is '{text}': {error.Message}");
        }
    }

    private static ImmutableArray<int> Frames(ForecastSetup setup, int count, double? from, double? to, int stride)
    {
        var (first, last) = (Frame("--from", from ?? 0), to is null ? count - 1 : Frame("--to", to.Value));
        if (stride < 1)
            throw new UserError($"--stride is {stride}; give 1 or more.");
        return first <= last ? [.. Enumerable.Range(0, (last - first) / stride + 1).Select(f => first + f * stride)]
            : throw new UserError($"--from is {from ?? 0}, after --to {to}.");

        int Frame(string option, double time) => setup.Layout.Frames(time) is { } frame && frame < count ? frame
            : throw new UserError(
                $"{option} is {time}; give a multiple of the time step {setup.Layout.TimeStep} from 0 to {(count - 1) * setup.Layout.TimeStep}.");
    }

    private static ImmutableArray<int> Channels(ForecastSetup setup, string? text)
    {
        var all = setup.Layout.Channels;
        if (text is null)
            return [.. Enumerable.Range(0, all.Length)];
        int Index(string name) => all.Select(channel => channel.Name).ToList().IndexOf(name) is >= 0 and var index ? index : throw new UserError(
            $"--channels names '{name}', but the run has {string.Join(", ", all.Select(channel => channel.Name))}.");
        return [.. text.Split(',', StringSplitOptions.TrimEntries).Select(Index).Distinct().Order()];
    }
}
