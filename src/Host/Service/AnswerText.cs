using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Host.Commands;
using LedCluster.Host.Console;
using LedCluster.Host.Evaluation;
using LedCluster.Host.Explanations;
using LedCluster.Host.Forecasts;
using Spectre.Console;

namespace LedCluster.Host.Service;

/// <summary>Answers as a person reads them.</summary>
internal static class AnswerText
{
    /// <summary>A run in one line, and a remark on it if there is one.</summary>
    public static void Run(IAnsiConsole console, JsonObject run)
    {
        var members = (int)run["members"]!["total"]!;
        var time = (double)run["finalTime"]!;
        console.MarkupLineInterpolated(
            $"{(string)run["run"]!}: [bold]{(string)run["state"]!}[/], {members} members of {(string)run["study"]!} to t = {time:G6}");
        if (run["remark"] is { } remark)
            console.MarkupLineInterpolated($"[grey]{(string)remark!}[/]");
    }

    /// <summary>How many files a run has.</summary>
    public static void Files(IAnsiConsole console, JsonObject answer)
    {
        foreach (var file in answer["files"]!.AsArray())
            console.WriteLine($"{(long)file!["bytes"]!,14} {(string)file["path"]!}");
    }

    /// <summary>That a run is gone.</summary>
    public static void Deleted(IAnsiConsole console, JsonObject answer) =>
        console.MarkupLineInterpolated($"{(string)answer["run"]!} is deleted: {RunSpace.Text((long)answer["bytes"]!)}");

    /// <summary>Runs as a table.</summary>
    public static void Runs(IAnsiConsole console, JsonObject answer)
    {
        var table = new Table().AddColumns("run", "study", "members", "T_f", "state", "priority", "done", "frames/s", "left");
        foreach (var run in answer["runs"]!.AsArray())
            table.AddRow(
                Cell(run!["run"]), Cell(run["study"]), $"{(int)run["members"]!["total"]!}", $"{(double)run["finalTime"]!:G6}",
                Cell(run["state"]), $"{run["priority"]}", Share(run),
                run["memberFramesPerSecond"] is { } rate ? $"{(double)rate:F0}" : "",
                run["secondsLeft"] is { } left ? Terminal.Time((double)left) : "");
        console.Write(table);
    }

    private static string Share(JsonNode run) =>
        run["percent"] is { } percent ? string.Create(CultureInfo.InvariantCulture, $"{Math.Floor((double)percent)} %") : "";

    /// <summary>Where a run stands.</summary>
    public static void Status(IAnsiConsole console, JsonObject status)
    {
        var (members, frames) = (status["members"]!, status["memberFrames"]!);
        var (state, seconds, rate) = ((string)status["state"]!, (double)status["wallSeconds"]!, (double)status["memberFramesPerSecond"]!);
        var left = state == "running" && status["secondsLeft"] is { } given && (double)given > 0 ? $", about {Terminal.Time((double)given)} left" : "";
        console.MarkupLineInterpolated($"{(string)status["run"]!}: [bold]{state}[/], {(string)status["study"]!} to t = {(double)status["finalTime"]!:G6}");
        console.MarkupLineInterpolated(
            $"[bold]{(int)members["done"]!}[/] of {(int)members["total"]!} members done, {(int)members["failed"]!} failed, in {seconds:F1} s");
        console.MarkupLineInterpolated(
            $"{Share(status)}: {(long)frames["done"]!} of {(long)frames["total"]!} member-frames, {rate:F0} per second{left}");
        var table = new Table().AddColumns("phase", "members there now", "legs done", "frames done");
        foreach (var (phase, counts) in status["phases"]!.AsObject())
            table.AddRow(Markup.Escape(phase), $"{(int)counts!["members"]!}", $"{(long)counts["memberLegs"]!}", $"{(long)counts["memberFrames"]!}");
        console.Write(table);
        console.MarkupLineInterpolated($"{string.Join(", ", status["seconds"]!.AsObject().Select(s => $"{s.Key} {(double)s.Value!["cpu"]!:F2} s"))} of CPU");
        foreach (var failure in status["failures"]!.AsArray().Take(5))
            console.MarkupLineInterpolated($"[yellow]member {(int)failure!["member"]!} failed: {(string)failure["reason"]!}[/]");
        foreach (var warning in RunWarning.Read(status["warnings"]))
            console.MarkupLineInterpolated($"[yellow]warning: {warning.Text}[/]");
        if (status["waits"] is { } waits)
            console.MarkupLineInterpolated($"[yellow]{(string)waits!}[/]");
        if (status["error"] is { } error)
            console.MarkupLineInterpolated($"[red]{(string)error!}[/]");
    }

    /// <summary>A member's story, as <c>led explain</c> shows it.</summary>
    public static void Member(IAnsiConsole console, JsonObject answer) => ExplainCommand.Show(console, new MemberStory(
        (int)answer["member"]!,
        Enum.Parse<MemberState>((string)answer["state"]!, ignoreCase: true),
        (int)answer["frame"]!,
        (double)answer["time"]!,
        (string)answer["why"]!,
        [.. answer["legs"]!.AsArray().Select(leg => Leg(leg!))],
        [.. answer["remarks"]!.AsArray().Select(remark => (string)remark!)]));

    /// <summary>Nodes as a table.</summary>
    public static void Nodes(IAnsiConsole console, JsonObject answer) => Nodes(console, [.. answer["nodes"]!.AsArray().Select(node => node!)]);

    /// <summary>One node.</summary>
    public static void Node(IAnsiConsole console, JsonObject node) => Nodes(console, [(JsonNode)node]);

    private static void Nodes(IAnsiConsole console, ImmutableArray<JsonNode> nodes)
    {
        var table = new Table().AddColumns("node", "roles", "device", "workers", "state", "heartbeat (UTC)", "in flight", "legs done");
        foreach (var node in nodes)
        {
            var roles = string.Join(", ", node["roles"]!.AsArray().Select(r => (string)r!));
            table.AddRow(
                Cell(node["node"]), Markup.Escape(roles), Cell(node["device"]), $"{(int)node["workers"]!}", Cell(node["state"]),
                $"{((DateTimeOffset)node["lastHeartbeat"]!).UtcDateTime:HH:mm:ss}", Counts(node["inFlight"]!), Counts(node["legsDone"]!));
        }
        console.Write(table);
    }

    private static string Counts(JsonNode counts) => Markup.Escape(string.Join(", ", counts.AsObject().Select(c => $"{c.Key} {(long)c.Value!}")));

    private static LegStory Leg(JsonNode leg) => new(
        new Leg((int)leg["leg"]!, Enum.Parse<Phase>((string)leg["phase"]!, ignoreCase: true), (int)leg["first"]!, (int)leg["frames"]!),
        (DateTimeOffset?)leg["recorded"],
        (int?)leg["cohort"],
        new Trust((float?)leg["reconstruction"] ?? float.NaN, (float?)leg["excess"] ?? float.NaN))
    {
        Diagnostics = leg["diagnostics"] is JsonObject values
            ? values.ToDictionary(v => v.Key, v => (float?)v.Value ?? float.NaN) : ImmutableDictionary<string, float>.Empty,
    };

    private static string Cell(JsonNode? text) => Markup.Escape((string)text!);
}
