using System.CommandLine;
using System.Text.Json.Nodes;
using LedCluster.Host.Console;
using LedCluster.Host.Studies;

namespace LedCluster.Host.Commands;

/// <summary><c>led cite</c>: BibTeX entries of the sources of the results.</summary>
internal static class CiteCommand
{
    public static Command Create()
    {
        var study = new Argument<string?>("study") { Description = "Name of a study; default: all of them.", DefaultValueFactory = _ => null };
        var json = SharedOptions.Json();
        var command = new Command("cite", "Print BibTeX entries for this program and for the sources of a study.") { study, json };
        command.SetAction(arguments =>
        {
            var studies = arguments.GetValue(study) is { } name ? [StudyCatalog.FindOrLoad(name)] : StudyCatalog.All();
            var program = "@software{ledcluster, author = {{The LedCluster authors}}, "
                + "title = {LedCluster: ensembles of multiscale simulations by learned effective dynamics}, "
                + $"version = {{{ProgramVersion.Text}}}}}";
            string[] entries = [.. studies.SelectMany(s => s.Cite).Prepend(program).Distinct()];
            new Terminal(arguments.GetValue(json)).Result(
                new JsonObject { ["bibtex"] = new JsonArray([.. entries.Select(e => (JsonNode)e)]) },
                _ => System.Console.Out.WriteLine(string.Join('\n', entries)));
            return ExitCode.Done;
        });
        return command;
    }
}
