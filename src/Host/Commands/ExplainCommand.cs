using System.CommandLine;
using System.Text.Json.Nodes;
using LedCluster.Host.Console;
using LedCluster.Host.Explanations;
using Spectre.Console;

namespace LedCluster.Host.Commands;

/// <summary><c>led explain</c>: all legs of a member, and the reason for its state.</summary>
internal static class ExplainCommand
{
    public static Command Create()
    {
        var (run, json) = (SharedOptions.Run(), SharedOptions.Json());
        var member = new Argument<int>("member") { Description = "Index of the member, from 0." };
        var command = new Command("explain", "Show the state of a member of a run and the reason: every leg, when it was computed, and its errors.")
        {
            run, member, json,
        };
        command.SetAction(arguments =>
        {
            var path = arguments.GetRequiredValue(run);
            var story = MemberStory.Of(path, arguments.GetValue(member));
            new Terminal(arguments.GetValue(json)).Result(Machine(path, story), console => Show(console, story));
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>The story as JSON.</summary>
    public static JsonObject Machine(string path, MemberStory story) => new()
    {
        ["run"] = path,
        ["member"] = story.Member,
        ["state"] = story.State.ToString().ToLowerInvariant(),
        ["frame"] = story.Frame,
        ["time"] = story.Time,
        ["why"] = story.Why,
        ["legs"] = new JsonArray([.. story.Legs.Select(l => (JsonNode)new JsonObject
        {
            ["leg"] = l.Leg.Index,
            ["phase"] = l.Leg.Phase.ToString().ToLowerInvariant(),
            ["first"] = l.Leg.First,
            ["frames"] = l.Leg.Frames,
            ["recorded"] = l.Recorded,
            ["cohort"] = l.Cohort,
            ["reconstruction"] = l.Trust.Reconstruction,
            ["excess"] = l.Trust.Excess,
            ["diagnostics"] = new JsonObject(l.Diagnostics.Select(d => KeyValuePair.Create(d.Key, (JsonNode?)d.Value))),
        })]),
        ["remarks"] = new JsonArray([.. story.Remarks.Select(r => (JsonNode)r)]),
    };

    /// <summary>The story as a person reads it.</summary>
    public static void Show(IAnsiConsole console, MemberStory story)
    {
        var place = story.Frame < 0 ? "at its initial condition" : $"at frame {story.Frame}, t = {story.Time:G6}";
        console.MarkupLineInterpolated($"member {story.Member}: [bold]{story.State.ToString().ToLowerInvariant()}[/], {place}");
        console.MarkupLineInterpolated($"{story.Why}");
        string[] diagnostics = [.. story.Legs.SelectMany(l => l.Diagnostics.Keys).Distinct()];
        var table = new Table().AddColumns(["leg", "phase", "frames", "recorded (UTC)", "cohort", "error", "excess", .. diagnostics.Select(Markup.Escape)]);
        foreach (var l in story.Legs)
        {
            var recorded = l.Recorded is { } at ? $"{at.UtcDateTime:HH:mm:ss}" : "to come";
            table.AddRow(
                [$"{l.Leg.Index}", l.Leg.Phase.ToString().ToLowerInvariant(), $"{l.Leg.First} to {l.Leg.Last}", recorded, $"{l.Cohort}",
                Text(l.Trust.Reconstruction), Text(l.Trust.Excess), .. diagnostics.Select(name => Text(l.Diagnostics.GetValueOrDefault(name, float.NaN)))]);
        }
        console.Write(table);
        console.MarkupLine("[grey]error: of the reconstruction, in units of the training range[/]");
        console.MarkupLine("[grey]excess: distance of the latents from the training range, as a fraction of it[/]");
        if (diagnostics.Length > 0)
            console.MarkupLineInterpolated($"[grey]{string.Join(", ", diagnostics)}: at the last frame of the leg[/]");
        foreach (var remark in story.Remarks)
            console.MarkupLineInterpolated($"[grey]{remark}[/]");
    }

    private static string Text(float value) => float.IsFinite(value) ? $"{value:G3}" : "";
}
