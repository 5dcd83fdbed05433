using System.CommandLine;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LedCluster.Host.Console;
using Spectre.Console;

namespace LedCluster.Host.Commands;

/// <summary><c>led new</c>: a folder with a study of one's own that runs.</summary>
internal static partial class NewCommand
{
    private const string Prefix = "template/";

    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "Folder to create; its last part is the study's name: lower-case letters, digits and -." };
        var from = new Option<string>("--from")
        {
            Description = "Template: python, a simulator in Python that runs without changes, or c, the same in C, which make builds.",
            DefaultValueFactory = _ => "python",
        };
        Choices.Only(from, "python", "c");
        var json = SharedOptions.Json();
        var command = new Command("new", "Create a folder with a study whose micro solver is a program of your own.") { name, from, json };
        command.SetAction(arguments =>
        {
            var folder = Path.TrimEndingDirectorySeparator(arguments.GetRequiredValue(name));
            var study = Path.GetFileName(Path.GetFullPath(folder));
            if (!StudyName().IsMatch(study))
                throw new UserError($"The study's name would be '{study}'; a name is a lower-case letter followed by lower-case letters, digits and -.");
            if (File.Exists(folder) || Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
                throw new UserError($"'{folder}' exists already. Give another name, or remove it.");
            var language = arguments.GetRequiredValue(from);
            var files = Write(folder, study, Prefix + "any/").Concat(Write(folder, study, Prefix + language + "/")).Order(StringComparer.Ordinal).ToArray();
            var created = new JsonObject { ["folder"] = folder, ["files"] = new JsonArray([.. files.Select(f => (JsonNode)f)]) };
            new Terminal(arguments.GetValue(json)).Result(created, console =>
            {
                console.MarkupLineInterpolated($"{folder}: {string.Join(", ", files)}");
                console.MarkupLineInterpolated($"check:   {(language == "c" ? $"make -C {folder} && " : "")}led check {folder}");
            });
            return ExitCode.Done;
        });
        return command;
    }

    private static List<string> Write(string folder, string study, string prefix)
    {
        var (assembly, files) = (Assembly.GetExecutingAssembly(), new List<string>());
        Directory.CreateDirectory(folder);
        foreach (var resource in assembly.GetManifestResourceNames().Where(r => r.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            var text = reader.ReadToEnd();
            var file = resource[prefix.Length..];
            File.WriteAllText(Path.Combine(folder, file), Placeholder().Replace(text, file.EndsWith(".md", StringComparison.Ordinal) ? folder : study));
            files.Add(file);
        }
        return files;
    }

    [GeneratedRegex("^[a-z][a-z0-9-]*$")]
    private static partial Regex StudyName();

    [GeneratedRegex(@"\bNAME\b")]
    private static partial Regex Placeholder();
}
