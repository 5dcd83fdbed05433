using System.CommandLine;
using System.Text.Json.Nodes;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Fields;
using LedCluster.Host.Console;
using LedCluster.Host.Studies;
using LedCluster.Models.Checkpoints;
using LedCluster.Solvers.External;
using Spectre.Console;

namespace LedCluster.Host.Commands;

/// <summary><c>led studies</c>: the studies that can be forecast.</summary>
internal static class StudiesCommand
{
    public static Command Create()
    {
        var json = SharedOptions.Json();
        var command = new Command("studies", "List the studies with their defaults and their trained models.") { json };
        command.SetAction(arguments =>
        {
            var studies = StudyCatalog.All();
            new Terminal(arguments.GetValue(json)).Result(
                new JsonObject { ["studies"] = new JsonArray([.. studies.Select(Describe)]) }, console => Show(console, studies));
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Layout of a study; null, and why, when its solver is a program that cannot be started here.</summary>
    private static (FieldLayout? Layout, string? Fault) Layout(Study study)
    {
        try
        {
            return (study.PhysicalSystem.Solver.Layout, null);
        }
        catch (Exception error) when (error is SimulatorException or UserError)
        {
            return (null, error.Message);
        }
    }

    private static JsonNode Describe(Study study)
    {
        var (layout, fault) = Layout(study);
        return new JsonObject
        {
            ["name"] = study.Name,
            ["title"] = study.Title,
            ["system"] = study.System,
            ["channels"] = layout is null ? null : new JsonArray([.. layout.Channels.Select(c => (JsonNode)c.Name)]),
            ["points"] = layout?.Points,
            ["parameters"] = layout is null ? null : new JsonArray([.. study.PhysicalSystem.Parameters.Select(p => Describe(study, p))]),
            ["timeStep"] = layout?.TimeStep,
            ["warmTime"] = study.WarmTime,
            ["macroTime"] = study.MacroTime,
            ["microTime"] = study.MicroTime,
            ["finalTime"] = study.FinalTime,
            ["solverFault"] = fault,
            ["lift"] = study.Lift.ToString().ToLowerInvariant(),
            ["model"] = study.Model,
            ["models"] = new JsonArray([.. study.Models.Select(name => Describe(study, name))]),
        };
    }

    private static void Show(IAnsiConsole console, IReadOnlyList<Study> studies)
    {
        var table = new Table().AddColumns("study", "what it is", "T_f", "T_warm", "T_m", "T_mu", "model");
        foreach (var s in studies)
            table.AddRow(
                Markup.Escape(s.Name), Markup.Escape(s.Title), $"{s.FinalTime}", $"{s.WarmTime}", $"{s.MacroTime}", $"{s.MicroTime}",
                s.Model ?? Markup.Escape(s.CanBeTrained ? $"none; led train {s.Name}" : "no model yet; led simulate only"));
        console.Write(table);
        var models = new Table().AddColumns("study", "model", "reduction", "latents", "propagator", "weights");
        foreach (var s in studies)
        {
            foreach (var (name, manifest) in s.Models.Take(Study.MostListed).Select(name => (name, Manifest(s, name))))
                models.AddRow(
                    Markup.Escape(s.Name), Markup.Escape(name), Markup.Escape(manifest?.Reduction.Summary ?? "cannot be read"),
                    $"{manifest?.Reduction.LatentSize}", Markup.Escape(manifest?.Propagator.Summary ?? ""), manifest?.WeightsSha256[..12] ?? "");
            if (s.Models.Count > Study.MostListed)
                models.AddRow(Markup.Escape(s.Name), $"and {s.Models.Count - Study.MostListed} more, with --json", "", "", "", "");
        }
        console.Write(models);
        var parameters = new Table().AddColumns("study", "parameter", "value", "range", "unit", "meaning");
        foreach (var (s, p) in studies.SelectMany(s => s.PhysicalSystem.Parameters.Select(p => (s, p))))
            parameters.AddRow(
                Markup.Escape(s.Name), Markup.Escape(p.Name), s.ParameterValues.GetValueOrDefault(p.Name)?.Text ?? (p.IsDrawn ? "drawn" : $"{p.Default:R}"),
                $"{p.Minimum:R}..{p.Maximum:R}", Markup.Escape(p.Unit), Markup.Escape(p.Meaning));
        if (parameters.Rows.Count > 0)
            console.Write(parameters);
        console.MarkupLineInterpolated($"forecast one:  led forecast {studies.Select(s => s.Name).FirstOrDefault()} --members 1000");
    }

    private static JsonNode Describe(Study study, Parameter parameter) => new JsonObject
    {
        ["name"] = parameter.Name,
        ["value"] = study.ParameterValues.GetValueOrDefault(parameter.Name)?.Text
            ?? (parameter.IsDrawn ? null : FormattableString.Invariant($"{parameter.Default:R}")),
        ["drawn"] = parameter.IsDrawn,
        ["minimum"] = parameter.Minimum,
        ["maximum"] = parameter.Maximum,
        ["unit"] = parameter.Unit,
        ["meaning"] = parameter.Meaning,
    };

    private static JsonNode Describe(Study study, string name)
    {
        var manifest = Manifest(study, name);
        return new JsonObject
        {
            ["name"] = name,
            ["directory"] = study.NamedModel(name),
            ["reduction"] = manifest?.Reduction.Summary,
            ["latentSize"] = manifest?.Reduction.LatentSize,
            ["propagator"] = manifest?.Propagator.Summary,
            ["weightsSha256"] = manifest?.WeightsSha256,
        };
    }

    /// <summary>A model's manifest; null when it cannot be read.</summary>
    private static ModelManifest? Manifest(Study study, string name)
    {
        try
        {
            return ModelFile.Manifest(study.NamedModel(name));
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
