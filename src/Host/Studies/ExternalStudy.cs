using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using LedCluster.Solvers.External;

namespace LedCluster.Host.Studies;

/// <summary>
/// Studies whose solver is another program. A run keeps a copy of the description and of the program's files, in its folder
/// <c>study</c>, so that it can be resumed and goes to other machines as it was started.
/// </summary>
internal static class ExternalStudy
{
    /// <summary>The copy within a run directory.</summary>
    public const string FolderName = "study";

    private const string StudyName = "study.json", DescriptionName = "solver.json";

    private const string NoProgram = "none, ";

    private static readonly ConcurrentDictionary<(string Directory, string Identity), ExternalSystem> Systems = new();

    /// <summary>The system of a study: one for all that use the same files, so that its processes are shared.</summary>
    /// <exception cref="UserError">Files of the program are missing.</exception>
    public static ExternalSystem System(Study study) =>
        Systems.GetOrAdd(
            (Path.GetFullPath(study.Directory), Identity(study)!),
            static (_, study) => new ExternalSystem(study.Solver!, study.Directory, Known(study.Directory)), study);

    /// <summary>SHA-256 of the program that is a study's solver, or of its layout when it has none; null when its solver is one of this build.</summary>
    /// <exception cref="UserError">Files of the program are missing.</exception>
    public static string? Identity(Study study) => study.Solver is { } solver ? UserError.OnBadData(() => solver.Identity(study.Directory))
        : study.Layout is { } layout ? $"{NoProgram}{Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(layout)))}" : null;

    /// <summary>Whether an identity is that of a program; a study that has a layout alone starts none.</summary>
    public static bool NamesProgram(string? identity) => identity?.StartsWith(NoProgram, StringComparison.Ordinal) == false;

    /// <summary>Copies what a run needs of the study.</summary>
    /// <param name="study">The study.</param>
    /// <param name="run">The run directory.</param>
    public static void Copy(Study study, string run)
    {
        var folder = Path.Combine(run, FolderName);
        if (study.System is not null || File.Exists(Path.Combine(folder, StudyName)))
            return;
        Directory.CreateDirectory(folder);
        if (study.Solver is not null)
        {
            CopyFiles(study, folder);
            File.WriteAllBytes(Path.Combine(folder, DescriptionName), System(study).Description.Json());
        }
        File.Copy(Path.Combine(study.Directory, StudyName), Path.Combine(folder, "unfinished"), overwrite: true);
        File.Move(Path.Combine(folder, "unfinished"), Path.Combine(folder, StudyName)); // the last: with it the copy is whole
    }

    /// <summary>Copies the files of a study's program.</summary>
    /// <exception cref="UserError">Files of the program are missing.</exception>
    public static void CopyFiles(Study study, string folder)
    {
        foreach (var file in UserError.OnBadData(() => study.Solver!.FilesIn(study.Directory)))
        {
            var to = Path.Combine(folder, file);
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(Path.Combine(study.Directory, file), to, overwrite: true);
        }
    }

    /// <summary>The study that a run has a copy of; null when its study is one of the catalogue.</summary>
    /// <exception cref="UserError">The copy is not what the run was started with.</exception>
    public static Study? Of(string run, string? identity)
    {
        if (identity is null)
            return null;
        var study = Study.Load(Path.Combine(run, FolderName));
        return Identity(study) == identity ? study
            : throw new UserError($"The solver in '{study.Directory}' is not the one with which the run was started ({identity}). Restore it from a copy.");
    }

    /// <summary>Files of the copy, relative to the run directory.</summary>
    public static IEnumerable<string> Files(string run) => Directory.Exists(Path.Combine(run, FolderName))
        ? Directory.EnumerateFiles(Path.Combine(run, FolderName), "*", SearchOption.AllDirectories)
            .Where(file => !file.Contains("__pycache__", StringComparison.Ordinal))
            .Select(file => Path.GetRelativePath(run, file)).Order(StringComparer.Ordinal)
        : [];

    private static SimulatorDescription? Known(string directory)
    {
        var path = Path.Combine(directory, DescriptionName);
        try
        {
            return File.Exists(path) ? SimulatorDescription.Parse(File.ReadAllBytes(path)) : null;
        }
        catch (FormatException error)
        {
            throw new UserError($"'{path}' cannot be read: {error.Message}. Restore it from a copy.");
        }
    }
}
