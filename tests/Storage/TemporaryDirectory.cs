namespace LedCluster.Storage.Tests;

/// <summary>Damage done to files.</summary>
internal static class Damage
{
    /// <summary>Writes a number over what a file holds.</summary>
    public static void Overwrite(this string path, long position, float value)
    {
        using var file = File.Open(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.Position = position;
        file.Write(BitConverter.GetBytes(value));
    }
}

/// <summary>A directory that is gone after the test.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("ledcluster-storage-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Every file below a directory with its bytes, but for the lock, which nobody else may read.</summary>
    public static SortedDictionary<string, byte[]> Content(string directory)
    {
        var content = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)
            .Where(f => !f.EndsWith("run.lock", StringComparison.Ordinal)))
            content[System.IO.Path.GetRelativePath(directory, file)] = File.ReadAllBytes(file);
        return content;
    }

    public static void AssertSame(string expected, string actual)
    {
        var (a, b) = (Content(expected), Content(actual));
        Assert.Equal(a.Keys, b.Keys);
        foreach (var (name, bytes) in a)
            Assert.True(bytes.AsSpan().SequenceEqual(b[name]), $"{name} differs");
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
