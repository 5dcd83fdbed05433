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
        var json = SharedOptions.Json();
        var one = new Argument<string>("run") { Description = "Run directory of a finished forecast." };
        var other = new Argument<string>("other") { Description = "Run directory of another forecast of the same system." };
        var command = new Command("compare", "Compare two finished runs: their settings, their costs, and the difference of their fields.")
        {
            one, other, json,
        };
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
        console.MarkupLine(differences.Count == 0 ? "The two runs have the same settings." : "The settings differ:");
        foreach (var line in differences)
            console.MarkupLineInterpolated($"  {line}");
        console.MarkupLineInterpolated($"CPU: {Number(metrics[0]["forecast"]!["cpuSeconds"])} s and {Number(metrics[1]["forecast"]!["cpuSeconds"])} s");
        var table = new Table().AddColumns(
            "channel", "difference of ensemble means (RMS)", "difference of members (RMS)", "largest", "standard deviation of the mean, for comparison",
            "MNAD of the first", "of the second");
        foreach (var c in channels)
            table.AddRow(
                c.Channel, Number(c.Mean), Number(c.Members), Number(c.Largest), Number(c.Spread),
                Number(Mnad(metrics[0], c.Channel)), Number(Mnad(metrics[1], c.Channel)));
        console.Write(table);
        if (channels.All(c => double.IsNaN(c.Members)))
            console.MarkupLine("The members do not correspond: their initial conditions differ or may be in a different order.");
        else if (channels.All(c => c is { Mean: 0, Largest: 0 }))
            console.MarkupLine("There is no difference in float32, for the members and frames that both runs have.");
    }

    private static string Number(JsonNode? value) => value is null ? "-" : Number((double)value);

    private static string Number(double value) => double.IsNaN(value) ? "-" : value.ToString("G3", CultureInfo.InvariantCulture);
}
