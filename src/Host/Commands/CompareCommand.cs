using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using LedCluster.Host.Console;
using LedCluster.Host.Evaluation;
using LedCluster.Host.Forecasts;
using LedCluster.Storage.Runs;
using Spectre.Console;

namespace LedCluster.Host.Commands;

/// <summary><c>led compare</c>: what two runs have in common, and how far their forecasts are apart.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        var (json, one, other) = (SharedOptions.Json(), new Argument<string>("run") { Description = "Run directory of a finished forecast." }, new Argument<string>("other") { Description = "Another one of the same system." });
        var command = new Command("compare", "Compare two finished runs: what they were asked for, what they cost, and how far their fields are apart.") { one, other, json };
        command.SetAction(arguments =>
        {
            var terminal = new Terminal(arguments.GetValue(json));
            ForecastSetup[] runs = [ForecastSetup.Open(arguments.GetRequiredValue(one)), ForecastSetup.Open(arguments.GetRequiredValue(other))];
            JsonNode[] metrics = [.. runs.Select(run => (JsonNode)MetricsFile.Read(run.Directory))];
            var differences = RunDirectory.Differences(runs[0].Spec, runs[1].Spec, ("the first", "the second"));
            var channels = RunDifference.Between(runs[0], runs[1]);
            terminal.Result(
                new JsonObject
                {
                    ["runs"] = new JsonArray([.. runs.Select(run => (JsonNode)run.Directory.Path)]),
                    ["differences"] = new JsonArray([.. differences.Select(line => (JsonNode)line)]),
                    ["cpuSeconds"] = new JsonArray([.. metrics.Select(m => m["forecast"]!["cpuSeconds"]?.DeepClone())]),
                    ["channels"] = new JsonObject(channels.Select(c => KeyValuePair.Create(c.Channel, (JsonNode?)new JsonObject
                    {
                        ["rmsOfMeans"] = c.Mean, ["rmsOfMembers"] = c.Members, ["largestOfMembers"] = c.Largest, ["deviationOfMean"] = c.Spread,
                        ["mnad"] = new JsonArray([.. metrics.Select(m => Mnad(m, c.Channel)?.DeepClone())]),
                    }))),
                },
                console => Show(console, differences, metrics, channels));
            return ExitCode.Done;
        });
        return command;
    }

    private static JsonNode? Mnad(JsonNode metrics, string channel) => metrics["evaluation"]?["channels"]?[channel]?["mnad"];

    private static void Show(IAnsiConsole console, List<string> differences, JsonNode[] metrics, RunDifference[] channels)
    {
        console.MarkupLine(differences.Count == 0 ? "The two were asked for the same." : "They were asked for different things:");
        foreach (var line in differences)
            console.MarkupLineInterpolated($"  {line}");
        console.MarkupLineInterpolated($"CPU: {Number(metrics[0]["forecast"]!["cpuSeconds"])} s and {Number(metrics[1]["forecast"]!["cpuSeconds"])} s");
        var table = new Table().AddColumns("channel", "ensemble means apart (RMS)", "members apart (RMS)", "at most", "deviation of the mean, a yardstick", "MNAD of the first", "of the second");
        foreach (var c in channels)
            table.AddRow(c.Channel, Number(c.Mean), Number(c.Members), Number(c.Largest), Number(c.Spread), Number(Mnad(metrics[0], c.Channel)), Number(Mnad(metrics[1], c.Channel)));
        console.Write(table);
        if (channels.All(c => double.IsNaN(c.Members)))
            console.MarkupLine("Members do not correspond: they began differently, or their rows may be exchanged.");
        else if (channels.All(c => c is { Mean: 0, Largest: 0 }))
            console.MarkupLine("There is no difference in float32, over the members and frames that both have.");
    }

    private static string Number(JsonNode? value) => value is null ? "-" : Number((double)value);

    private static string Number(double value) => double.IsNaN(value) ? "-" : value.ToString("G3", CultureInfo.InvariantCulture);
}
