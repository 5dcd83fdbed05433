using System.CommandLine;
using System.Text.Json.Nodes;
using LedCluster.Host.Console;
using LedCluster.Host.Studies;
using LedCluster.Models.Checkpoints;
using Spectre.Console;

namespace LedCluster.Host.Commands;

/// <summary><c>led studies</c>: what can be forecast here.</summary>
internal static class StudiesCommand
{
    public static Command Create()
    {
        var json = SharedOptions.Json();
        var command = new Command("studies", "List the studies with their defaults and whether a trained model is there.") { json };
        command.SetAction(arguments =>
        {
            var studies = StudyCatalog.All();
            new Terminal(arguments.GetValue(json)).Result(
                new JsonObject { ["studies"] = new JsonArray([.. studies.Select(Describe)]) }, console => Show(console, studies));
            return ExitCode.Done;
        });
        return command;
    }

    private static JsonNode Describe(Study study)
    {
        var layout = study.PhysicalSystem.Solver.Layout;
        return new JsonObject
        {
            ["name"] = study.Name,
            ["title"] = study.Title,
            ["system"] = study.System,
            ["channels"] = new JsonArray([.. layout.Channels.Select(c => (JsonNode)c.Name)]),
            ["points"] = layout.Points,
            ["timeStep"] = layout.TimeStep,
            ["warmTime"] = study.WarmTime,
            ["macroTime"] = study.MacroTime,
            ["microTime"] = study.MicroTime,
            ["finalTime"] = study.FinalTime,
            ["lift"] = study.Lift.ToString().ToLowerInvariant(),
            ["modelDirectory"] = study.ModelDirectory,
            ["modelSha256"] = ModelHash(study),
        };
    }

    private static void Show(IAnsiConsole console, IReadOnlyList<Study> studies)
    {
        var table = new Table().AddColumns("study", "what it is", "T_f", "T_warm", "T_m", "T_mu", "model");
        foreach (var s in studies)
            table.AddRow(
                Markup.Escape(s.Name), Markup.Escape(s.Title), $"{s.FinalTime}", $"{s.WarmTime}", $"{s.MacroTime}", $"{s.MicroTime}",
                ModelHash(s) is { } hash ? hash[..12] : Markup.Escape(s.CanBeTrained ? $"none; led train {s.Name}" : "no model yet; led simulate only"));
        console.Write(table);
        console.MarkupLineInterpolated($"forecast one:  led forecast {studies.Select(s => s.Name).FirstOrDefault()} --members 1000");
    }

    /// <summary>Hash of the default model's weights; null when there is none that can be read.</summary>
    private static string? ModelHash(Study study)
    {
        try
        {
            return ModelFile.Manifest(study.ModelDirectory).WeightsSha256;
        }
        catch (Exception error) when (error is FileNotFoundException or InvalidDataException)
        {
            return null;
        }
    }
}
