using System.CommandLine;
using System.Text.Json.Nodes;
using LedCluster.Domain.Systems;
using LedCluster.Host.Console;
using LedCluster.Host.Diagnosis;
using LedCluster.Host.Studies;
using LedCluster.Solvers.External;
using Spectre.Console;

namespace LedCluster.Host.Commands;

/// <summary><c>led check</c>: whether a study's micro solver meets the requirements of a run, and its cost.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var (study, json) = (SharedOptions.Study(), SharedOptions.Json());
        var command = new Command(
            "check", "Test a study's micro solver: its states, the same bits alone, with other members and after a restart, and its cost.") { study, json };
        command.SetAction(arguments =>
        {
            var findings = Check(StudyCatalog.FindOrLoad(arguments.GetRequiredValue(study)));
            var good = findings.All(f => f.State != FindingState.Wrong);
            new Terminal(arguments.GetValue(json)).Result(
                new JsonObject { ["good"] = good, ["findings"] = new JsonArray([.. findings.Select(DoctorCommand.Describe)]) },
                console =>
                {
                    foreach (var finding in findings)
                        DoctorCommand.Show(console, finding);
                    console.MarkupLine(good ? "[green]The micro solver can be used.[/]" : "[red]The micro solver must be fixed first.[/]");
                });
            return good ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    /// <summary>A program is tried in a folder with its own files alone, as runs have it.</summary>
    private static IReadOnlyList<Finding> Check(Study study)
    {
        if (study.Solver is null)
            return new SolverCheck(study, () => study.PhysicalSystem).Run();
        var place = Directory.CreateTempSubdirectory("ledcluster-check-").FullName;
        List<ExternalSystem> made = [];
        try
        {
            ExternalStudy.CopyFiles(study, place);
            return new SolverCheck(study, Make).Run();
        }
        finally
        {
            made.ForEach(system => system.Dispose());
            Directory.Delete(place, recursive: true);
        }

        ISystem Make()
        {
            made.Add(new ExternalSystem(study.Solver, place));
            return made[^1];
        }
    }
}
