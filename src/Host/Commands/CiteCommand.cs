using System.CommandLine;
using LedCluster.Host.Studies;

namespace LedCluster.Host.Commands;

/// <summary><c>led cite</c>: BibTeX of what the results stand on.</summary>
internal static class CiteCommand
{
    public static Command Create()
    {
        var study = new Argument<string?>("study") { Description = "Name of a study; default: all of them.", DefaultValueFactory = _ => null };
        var command = new Command("cite", "Print BibTeX entries for this program and for what a study stands on.") { study };
        command.SetAction(arguments =>
        {
            var studies = arguments.GetValue(study) is { } name ? [StudyCatalog.Find(name)] : StudyCatalog.All();
            var program = $"@software{{ledcluster, author = {{{{The LedCluster authors}}}}, title = {{LedCluster: ensembles of multiscale simulations by learned effective dynamics}}, version = {{{ProgramVersion.Text}}}}}";
            foreach (var entry in studies.SelectMany(s => s.Cite).Prepend(program).Distinct())
                System.Console.Out.WriteLine(entry);
            return ExitCode.Done;
        });
        return command;
    }
}
