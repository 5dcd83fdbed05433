using System.CommandLine;
using System.Text.Json.Nodes;
using LedCluster.Host.Console;
using LedCluster.Host.Forecasts;
using LedCluster.Host.Service;
using LedCluster.Storage.Runs;
using Spectre.Console;

namespace LedCluster.Host.Commands;

/// <summary><c>led runs</c>: the runs of a directory, and what becomes of those that nobody needs any more.</summary>
internal static class RunsCommand
{
    private const string Name = "runs";

    /// <summary>A run, as a line of the list.</summary>
    private sealed record Row(
        string Path, string Study, RunState State, int Members, int Done, int Failed, double FinalTime, double Percent, long Bytes, DateTime Changed);

    public static Command Create()
    {
        var json = SharedOptions.Json();
        var place = new Option<string>("--in") { Description = "Directory of the runs.", DefaultValueFactory = _ => "runs" };
        var command = new Command(Name, "List the runs of a directory; the one changed last is at the end.") { place, json, Remove() };
        command.SetAction(arguments =>
        {
            var directory = arguments.GetRequiredValue(place);
            if (!Directory.Exists(directory))
                throw new UserError($"There is no directory '{directory}'. Give the directory of the runs with --in.");
            if (RunDirectory.IsOne(directory))
                throw new UserError($"'{directory}' contains no runs.{Remedy(command, directory)}");
            Row[] rows = [.. Directory.EnumerateDirectories(directory).Where(RunDirectory.IsOne).Select(Describe).OrderBy(r => r.Changed)];
            new Terminal(arguments.GetValue(json)).Result(new JsonObject { ["runs"] = new JsonArray([.. rows.Select(Json)]) }, console =>
            {
                var table = new Table().AddColumns("run", "study", "state", "members", "t", "done", "size", "changed");
                foreach (var row in rows)
                {
                    var members = row.State == RunState.Unreadable ? "?" : $"{row.Members}{(row.Failed > 0 ? $" ({row.Failed} failed)" : "")}";
                    table.AddRow(
                        Markup.Escape(row.Path), Markup.Escape(row.Study), $"{row.State}".ToLowerInvariant(), members,
                        Known(row.FinalTime, $"{row.FinalTime}"), Known(row.Percent, $"{Math.Floor(row.Percent)} %"),
                        RunSpace.Text(row.Bytes), Age(DateTime.UtcNow - row.Changed));
                }
                if (rows.Length > 0)
                    console.Write(table);
                if (rows.Length == 0)
                    console.MarkupLineInterpolated($"'{directory}' contains no runs; give the directory of the runs with --in.");
                else
                    console.MarkupLineInterpolated($"{rows.Length} {(rows.Length == 1 ? "run" : "runs")}, {RunSpace.Text(rows.Sum(r => r.Bytes))}");
            });
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>How to list the runs of a directory, as a sentence after a blank; empty for other commands.</summary>
    /// <param name="command">The command that was given the directory.</param>
    /// <param name="directory">The directory: of runs, or a run itself.</param>
    public static string Remedy(Command command, string directory) => command.Name != Name ? ""
        : RunDirectory.IsOne(directory)
            ? " It is a run itself. To list it with the other runs of its directory: led runs --in "
                + InstalledProgram.Argument(Path.GetDirectoryName(Path.GetFullPath(Path.TrimEndingDirectorySeparator(directory)))!)
        : $" To list the runs in it: led runs --in {InstalledProgram.Argument(directory)}";

    private static Command Remove()
    {
        var names = new Argument<string[]>("run") { Description = "Run directories.", Arity = ArgumentArity.OneOrMore };
        var command = new Command("rm", "Delete runs with all their files. Active runs are not deleted.") { names };
        command.SetAction(arguments =>
        {
            var terminal = new Terminal(json: false);
            string[] given = [.. arguments.GetRequiredValue(names).Select(name => Path.TrimEndingDirectorySeparator(Path.GetFullPath(name))).Distinct()];
            // All are looked at, and kept from others, before the first is deleted.
            List<RunDeletion> deletions = [];
            try
            {
                foreach (var path in given)
                {
                    if (new DirectoryInfo(path).LinkTarget is { } target)
                        throw new UserError($"'{path}' is a link to '{target}'. Give the run itself; nothing was deleted.");
                    if (!RunDirectory.IsOne(path))
                        throw new UserError($"'{path}' is not a run directory: it has no spec.json. Nothing was deleted.");
                    var hold = RunHold.None;
                    deletions.Add(UserError.OnBadData(() => RunDeletion.Begin(path, out hold)) ?? throw new UserError(hold == RunHold.Queued
                        ? $"'{path}' is in the queue of a 'led serve'. Cancel it there first: led remote URL cancel {Path.GetFileName(path)}. "
                            + "If no service will continue it, delete the queue.json beside it. Nothing was deleted."
                        : $"'{path}' is active. Stop it first; nothing was deleted."));
                }
                foreach (var (path, deletion) in given.Zip(deletions))
                    terminal.Note($"deleted '{path}': {RunSpace.Text(deletion.Delete())}");
            }
            finally
            {
                deletions.ForEach(deletion => deletion.Dispose());
            }
            return ExitCode.Done;
        });
        return command;
    }

    private static Row Describe(string path)
    {
        var (bytes, changed) = (RunSpace.Held(path), new DirectoryInfo(path).EnumerateFiles().Max(f => f.LastWriteTimeUtc));
        try
        {
            var directory = RunDirectory.Open(path);
            var status = new RunStatus(directory).Read();
            return new Row(
                path, directory.Spec.Study, RunStatus.StateOf(directory), directory.Spec.Members, (int)status["members"]!["done"]!,
                (int)status["members"]!["failed"]!, directory.Spec.FinalTime, (double)status["percent"]!, bytes, changed);
        }
        catch (Exception error) when (error is InvalidDataException or UserError)
        {
            return new Row(path, "?", RunState.Unreadable, 0, 0, 0, double.NaN, double.NaN, bytes, changed);
        }
    }

    private static JsonNode Json(Row row) => new JsonObject
    {
        ["run"] = row.Path,
        ["study"] = row.Study,
        ["state"] = $"{row.State}".ToLowerInvariant(),
        ["members"] = new JsonObject { ["total"] = row.Members, ["done"] = row.Done, ["failed"] = row.Failed },
        ["finalTime"] = row.FinalTime,
        ["percent"] = row.Percent,
        ["bytes"] = row.Bytes,
        ["changed"] = row.Changed,
    };

    private static string Known(double value, FormattableString text) => double.IsNaN(value) ? "?" : FormattableString.Invariant(text);

    private static string Age(TimeSpan age) => age switch
    {
        { TotalDays: >= 2 } => $"{(int)age.TotalDays} days ago",
        { TotalHours: >= 2 } => $"{(int)age.TotalHours} h ago",
        { TotalMinutes: >= 2 } => $"{(int)age.TotalMinutes} min ago",
        _ => "now",
    };
}
