namespace LedCluster.Host.Console;

/// <summary>This program as a command that works from any directory, for pages that are read later and elsewhere on the machine.</summary>
internal static class InstalledProgram
{
    private const string Name = "led";

    /// <summary><c>led</c> where that is on the PATH; else the absolute path of the script in the repository, or of the program.</summary>
    public static string Command { get; } = Find(Environment.GetEnvironmentVariable("PATH") ?? "", AppContext.BaseDirectory, Environment.ProcessPath);

    /// <summary>Looks for the command.</summary>
    /// <param name="path">The PATH.</param>
    /// <param name="directory">Directory of the program.</param>
    /// <param name="process">File of the process: the program itself, or <c>dotnet</c>.</param>
    internal static string Find(string path, string directory, string? process)
    {
        if (path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Any(folder => File.Exists(Path.Combine(folder, Name))))
            return Name;
        for (var folder = Path.TrimEndingDirectorySeparator(directory); folder is not null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, Name)) && File.Exists(Path.Combine(folder, "global.json")))
                return Argument(Path.Combine(folder, Name));
        return process is not null && Path.GetFileNameWithoutExtension(process) != "dotnet"
            ? Argument(process) : $"dotnet {Argument(Path.Combine(directory, $"{Name}.dll"))}";
    }

    /// <summary>An argument as a shell reads it back: in quotes where it has to be.</summary>
    public static string Argument(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || "/._-+,=:@%".Contains(c)) ? text : $"'{text.Replace("'", @"'\''")}'";
}
