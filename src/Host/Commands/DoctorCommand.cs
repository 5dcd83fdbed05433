using System.CommandLine;
using System.Text.Json.Nodes;
using LedCluster.Host.Console;
using LedCluster.Host.Diagnosis;
using Spectre.Console;

namespace LedCluster.Host.Commands;

/// <summary><c>led doctor</c>: what is missing on this machine, and how to get it.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var json = SharedOptions.Json();
        var command = new Command(
            "doctor", "Check whether this machine has everything for forecasting and for training, and say how to get what is missing.") { json };
        command.SetAction(arguments =>
        {
            var (basics, studies, training) = (Machine.Basics(), Machine.Studies(), Machine.Training());
            var forecasts = basics.All(f => f.State != FindingState.Missing) && studies.Any(f => f.State == FindingState.Good);
            var trains = training.All(f => f.State != FindingState.Missing);
            Finding[] all = [.. basics, .. studies, .. training];
            new Terminal(arguments.GetValue(json)).Result(
                new JsonObject { ["forecasting"] = forecasts, ["training"] = trains, ["findings"] = new JsonArray([.. all.Select(Describe)]) },
                console =>
                {
                    foreach (var finding in all)
                        Show(console, finding);
                    console.WriteLine();
                    console.MarkupLine(forecasts ? "[green]Forecasting works.[/]" : "[red]Forecasting does not work with the studies' own models.[/]");
                    console.MarkupLine(trains ? "[green]Training works.[/]" : "[yellow]Training does not work; forecasting does not need it.[/]");
                });
            return forecasts ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    /// <summary>Shows a finding to a person.</summary>
    internal static void Show(IAnsiConsole console, Finding finding)
    {
        var mark = finding.State switch
        {
            FindingState.Good => "[green]good[/]   ",
            FindingState.Poor => "[yellow]poor[/]   ",
            FindingState.Wrong => "[red]wrong[/]  ",
            _ => "[red]missing[/]",
        };
        console.MarkupLine($"{mark}  {Markup.Escape(finding.Subject)}: {Markup.Escape(finding.Detail)}");
        if (finding.Remedy.Length > 0)
            console.MarkupLineInterpolated($"         [bold]{finding.Remedy}[/]");
    }

    /// <summary>A finding for scripts.</summary>
    internal static JsonNode Describe(Finding finding) => new JsonObject
    {
        ["subject"] = finding.Subject,
        ["state"] = finding.State.ToString().ToLowerInvariant(),
        ["detail"] = finding.Detail,
        ["remedy"] = finding.Remedy,
    };
}
