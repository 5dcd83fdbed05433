using System.CommandLine;
using System.Text.Json.Nodes;
using LedCluster.Host.Console;
using LedCluster.Host.Forecasts;
using LedCluster.Host.Service;
using Spectre.Console;

namespace LedCluster.Host.Commands;

/// <summary><c>led remote URL VERB</c>: asks a service; one command per verb of the palette. Without a verb, a shell.</summary>
internal static class RemoteCommand
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    public static Command Create()
    {
        var url = new Argument<string>("url") { Description = "Address of a 'led serve', for example http://127.0.0.1:5080." };
        var (token, json) = (SharedOptions.TokenFile(), SharedOptions.Json());
        (token.Recursive, json.Recursive) = (true, true);
        var command = new Command(
            "remote", "Send a request to a 'led serve': submit, list, status, watch, fetch, explain, cancel, resume, files, delete, nodes, drain. "
            + "Without one of these, start a shell that takes them.") { url, token, json };
        foreach (var verb in Palette.All)
            command.Add(Command(verb, url, token, json));
        command.Add(Watch(url, token, json));
        command.Add(Fetch(url, token, json));
        command.SetAction(parsed =>
        {
            string[] tokenFile = parsed.GetValue(token) is { } file ? ["--token-file", file] : [];
            string[] common = [.. tokenFile, .. parsed.GetValue(json) ? (string[])["--json"] : []];
            return new RemoteShell(Address(parsed.GetRequiredValue(url)), common, AccessToken.Secret(parsed.GetValue(token))).Run();
        });
        return command;
    }

    /// <summary>Follows a run to its end.</summary>
    private static Command Watch(Argument<string> url, Option<string?> token, Option<bool> json)
    {
        var run = new Argument<string>("run") { Description = "Name of the run." };
        var command = new Command(
            "watch", "Follow a run until it has stopped, then print its status. The exit code is that of a forecast. "
            + "Ctrl-C stops watching, not the run.") { run };
        command.Aliases.Add("wait");
        command.SetAction(parsed =>
        {
            using var interruption = new Interruption();
            using var client = new RemoteClient(Address(parsed.GetRequiredValue(url)), AccessToken.Secret(parsed.GetValue(token)));
            var terminal = new Terminal(parsed.GetValue(json));
            var verb = Palette.All.Single(v => v.Name == "status");
            JsonObject Status() => client.Call(verb, new JsonObject { ["run"] = parsed.GetRequiredValue(run) });
            var status = Status();
            if (IsUnderWay(status))
            {
                status = terminal.Progress($"{(string)status["run"]!}", (double)status["memberFrames"]!["total"]!, (set, waits) =>
                {
                    while (IsUnderWay(status) && !interruption.Token.WaitHandle.WaitOne(LookAgain))
                    {
                        status = Status();
                        set((double)status["memberFrames"]!["done"]!);
                        waits((string?)status["waits"]);
                    }
                    return status;
                }, last => IsUnderWay(last) ? "still going on" : (string)last["state"]! == "finished" ? null : "stopped");
            }
            terminal.Result(status, console => verb.Show(console, status));
            return status["error"] is not null ? ExitCode.Failed
                : (string)status["state"]! != "finished" ? ExitCode.Cancelled
                : (int)status["members"]!["failed"]! > 0 ? ExitCode.SomeMembersFailed : ExitCode.Done;
        });
        return command;
    }

    /// <summary>Downloads a run.</summary>
    private static Command Fetch(Argument<string> url, Option<string?> token, Option<bool> json)
    {
        var run = new Argument<string>("run") { Description = "Name of the run." };
        var place = new Option<string?>("--run") { Description = "Directory to create; default runs/RUN." };
        var command = new Command("fetch", "Download a run that has stopped, with all its files, for evaluate, explain and verify.") { run, place };
        command.SetAction(parsed =>
        {
            using var interruption = new Interruption();
            using var client = new RemoteClient(Address(parsed.GetRequiredValue(url)), AccessToken.Secret(parsed.GetValue(token)));
            var (name, terminal) = (parsed.GetRequiredValue(run), new Terminal(parsed.GetValue(json)));
            var directory = parsed.GetValue(place) is { Length: > 0 } given ? given : Path.Combine("runs", name);
            var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
            JsonObject List() => client.Call(Palette.All.Single(v => v.Name == "files"), new JsonObject { ["run"] = name });
            var listed = List();
            if (IsUnderWay(listed))
                throw new UserError($"Run '{name}' is {(string)listed["state"]!}. Wait for its end: led remote {parsed.GetValue(url)} wait {name}");
            if (Path.Exists(target))
                throw new UserError($"'{target}' exists already. Give another directory with --run, or delete it.");
            (string Path, long Bytes, bool Executable)[] files =
                [.. listed["files"]!.AsArray().Select(file => ((string)file!["path"]!, (long)file["bytes"]!, (bool)file["executable"]!))];
            bool IsInside(string path) =>
                Path.GetFullPath(Path.Combine(target, path)).StartsWith(target + Path.DirectorySeparatorChar, StringComparison.Ordinal);
            if (files.FirstOrDefault(file => !IsInside(file.Path)).Path is { } outside)
                throw new UserError($"The service lists the file '{outside}', which is outside the run. Nothing was downloaded.");
            NewDirectory.Make(target, unfinished =>
            {
                terminal.Progress($"fetching {name}", files.Sum(file => (double)file.Bytes), set =>
                {
                    var done = 0L;
                    foreach (var (path, bytes, executable) in files)
                    {
                        var place = Path.Combine(unfinished, path);
                        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
                        using (var part = File.Create(place))
                        {
                            client.Download(name, path, part, interruption.Token);
                            if (part.Length != bytes)
                                throw new IOException($"'{path}' has {part.Length:N0} bytes, but the service listed {bytes:N0}: "
                                    + "the run has changed in the meantime. Fetch it again.");
                        }
                        if (executable && !OperatingSystem.IsWindows())
                            File.SetUnixFileMode(place, File.GetUnixFileMode(place) | UnixFileMode.UserExecute);
                        set(done += bytes);
                    }
                    return done;
                });
                if (!JsonNode.DeepEquals(List(), listed))
                    throw new IOException($"Run '{name}' has changed during the download. Fetch it again.");
            });
            terminal.Result(new JsonObject { ["run"] = target, ["files"] = files.Length, ["bytes"] = files.Sum(file => file.Bytes) }, console =>
            {
                var size = RunSpace.Text(files.Sum(file => file.Bytes));
                console.MarkupLineInterpolated($"{files.Length} files, {size}, in '{target}'. [grey]Check them with: led verify {target}[/]");
            });
            return ExitCode.Done;
        });
        return command;
    }

    private static bool IsUnderWay(JsonObject status) => (string)status["state"]! is "queued" or "running" or "stopping";

    private static Command Command(Verb verb, Argument<string> url, Option<string?> token, Option<bool> json)
    {
        var command = new Command(verb.Name, verb.About);
        List<(VerbArgument Argument, Func<ParseResult, JsonNode?> Value)> values = [];
        foreach (var argument in verb.Arguments)
            values.Add((argument, Add(command, argument)));
        command.SetAction(parsed =>
        {
            var arguments = new JsonObject();
            foreach (var (argument, value) in values)
                if (value(parsed) is { } given)
                    arguments[argument.JsonName] = given;
            using var client = new RemoteClient(Address(parsed.GetRequiredValue(url)), AccessToken.Secret(parsed.GetValue(token)));
            var answer = client.Call(verb, arguments);
            new Terminal(parsed.GetValue(json)).Result(answer, console => verb.Show(console, answer));
            return ExitCode.Done;
        });
        return command;
    }

    private static Func<ParseResult, JsonNode?> Add(Command command, VerbArgument argument) => argument.Kind switch
    {
        ArgumentKind.Text => Add<string?>(command, argument, text => text),
        ArgumentKind.Integer => Add<decimal?>(command, argument, number => number),
        ArgumentKind.Number => Add<double?>(command, argument, number => number),
        ArgumentKind.Flag => Add<bool?>(command, argument, flag => flag),
        _ => Add<string?>(command, argument, path => path is null ? null : Fields(path)),
    };

    private static Func<ParseResult, JsonNode?> Add<T>(Command command, VerbArgument argument, Func<T?, JsonNode?> convert)
    {
        if (argument.InRoute || argument.Required)
        {
            var positional = new Argument<T>(argument.Name) { Description = argument.About };
            command.Add(positional);
            return parsed => convert(parsed.GetValue(positional));
        }
        var local = argument.Kind == ArgumentKind.Fields ? "A local .npy file, a pipe, or - for standard input, which is sent. " : "";
        var option = new Option<T>($"--{argument.Name}") { Description = local + argument.About };
        if (argument.Choices is [_, ..])
            Choices.Only(option, argument.Choices);
        command.Add(option);
        return parsed => convert(parsed.GetValue(option));
    }

    /// <summary>A local array [M, C, X] as nested JSON arrays.</summary>
    private static JsonArray Fields(string path)
    {
        var (shape, data, conversion) = InitialConditions.ReadArray("--ic-array", path);
        if (shape.Length != 3)
            throw new UserError($"--ic-array '{path}' has shape [{string.Join(", ", shape)}], expected [members, channels, points].");
        if (conversion is not null)
            new Terminal(json: true).Note(conversion);
        var rows = data.Length == 0 ? [] : data.Chunk((int)shape[2]).Select(row => (JsonNode)new JsonArray([.. row.Select(x => Finite(path, x))]));
        return new JsonArray([.. rows.Chunk((int)shape[1]).Select(member => (JsonNode)new JsonArray(member))]);
    }

    private static JsonNode Finite(string path, double value) => double.IsFinite(value) ? value : throw new UserError(
        $"--ic-array '{path}' contains {value}, which is not a physical state. Remove or correct the member.");

    private static Uri Address(string text) => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri?.Scheme is "http" or "https"
        ? uri : throw new UserError(
        $"The address is '{text}'; give one such as http://127.0.0.1:5080.");
}
