using LedCluster.Domain.Wire;
using LedCluster.Host.Console;

namespace LedCluster.Host.Studies;

/// <summary>The studies at hand: folders with a <c>study.json</c> under the nearest <c>studies/</c> directory.</summary>
internal static class StudyCatalog
{
    private const string Variable = "LEDCLUSTER_STUDIES";

    /// <summary>All studies, by name.</summary>
    public static IReadOnlyList<Study> All() =>
        [.. System.IO.Directory.EnumerateDirectories(Root())
            .Where(d => File.Exists(Path.Combine(d, "study.json"))).Order(StringComparer.Ordinal).Select(Study.Load)];

    /// <summary>The study of a name, or in a folder.</summary>
    /// <param name="nameOrFolder">A name of the catalogue, or a folder with a <c>study.json</c> anywhere on the disk.</param>
    /// <param name="papers">Names of papers that would do as well, for the message.</param>
    /// <exception cref="UserError">There is none, or it cannot be read.</exception>
    public static Study FindOrLoad(string nameOrFolder, IEnumerable<string>? papers = null)
    {
        var file = Path.Combine(nameOrFolder, "study.json");
        if (File.Exists(file))
            return Study.Load(nameOrFolder);
        return nameOrFolder.Contains(Path.DirectorySeparatorChar)
            ? throw new UserError($"There is no '{file}'. Give a folder that has one ('led new' creates such a folder), or the name of a study.")
            : Find(nameOrFolder, papers);
    }

    /// <summary>The study of a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="papers">Names of papers that would do as well, for the message.</param>
    /// <exception cref="UserError">There is none; the message offers the nearest name.</exception>
    public static Study Find(string name, IEnumerable<string>? papers = null)
    {
        // The folder of that name first, so that the other studies need not be read.
        if (name.Length > 0 && Path.Combine(Root(), name) is var folder && File.Exists(Path.Combine(folder, "study.json"))
            && Study.Load(folder) is var own && own.Name == name)
            return own;
        var studies = All();
        if (studies.FirstOrDefault(s => s.Name == name) is { } study)
            return study;
        string[] others = [.. papers ?? []];
        var hint = others.Length == 0 ? "" : $"; papers over several studies are {string.Join(", ", others)}";
        throw new UserError($"There is no study '{name}'; there are {string.Join(", ", studies.Select(s => s.Name))}{hint}."
            + NearestName.Hint(name, studies.Select(s => s.Name).Concat(others)));
    }

    /// <summary>A study as an argument that names it from any directory: its name where the program finds that by itself, else its folder.</summary>
    public static string Argument(Study study)
    {
        var folder = Path.GetFullPath(study.Directory);
        var isInstalled = Above(AppContext.BaseDirectory) is { } own && Path.GetFullPath(Path.Combine(own, study.Name)) == folder
            && File.Exists(Path.Combine(folder, "study.json"));
        return isInstalled ? study.Name : InstalledProgram.Argument(folder);
    }

    /// <summary>The directory that holds the studies.</summary>
    public static string Root()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
            return System.IO.Directory.Exists(given) ? given : throw new UserError($"{Variable} is '{given}', which is not a directory.");
        return Above(Environment.CurrentDirectory) ?? Above(AppContext.BaseDirectory)
            ?? throw new UserError($"No studies/ directory was found above '{Environment.CurrentDirectory}' or the program. "
                + $"Run inside the repository, or set {Variable}.");
    }

    /// <summary>The nearest directory of studies above another; null when there is none.</summary>
    private static string? Above(string start)
    {
        for (var directory = start; directory is not null; directory = Path.GetDirectoryName(directory))
            if (Path.Combine(directory, "studies") is var candidate && System.IO.Directory.Exists(candidate)
                && System.IO.Directory.EnumerateFiles(candidate, "study.json", SearchOption.AllDirectories).Any())
                return candidate;
        return null;
    }
}
