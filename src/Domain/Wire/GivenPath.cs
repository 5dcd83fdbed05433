namespace LedCluster.Domain.Wire;

/// <summary>Paths that others may have written, in requests, descriptions and archives.</summary>
public static class GivenPath
{
    /// <summary>The full path of something inside a folder; null when the path is empty, leads outside or is not a path.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="path">Relative to the folder, or absolute. Links are not followed.</param>
    public static string? Within(string folder, string path)
    {
        if (path.Length == 0 || path.Contains('\0'))
            return null;
        var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + Path.DirectorySeparatorChar;
        var full = Path.GetFullPath(path, root);
        return full.Length > root.Length && full.StartsWith(root, StringComparison.Ordinal) ? full : null;
    }
}
