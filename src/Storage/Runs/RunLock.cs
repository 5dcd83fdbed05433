namespace LedCluster.Storage.Runs;

/// <summary>The right to record in a run directory; held by one process at a time and freed by the system when it dies.</summary>
public sealed class RunLock : IDisposable
{
    private readonly FileStream file;

    private RunLock(FileStream file) => this.file = file;

    /// <summary>Takes a lock.</summary>
    /// <param name="path">The lock file; it stays behind when the lock is freed, which does no harm.</param>
    /// <exception cref="IOException">It is taken.</exception>
    public static RunLock Take(string path)
    {
        try
        {
            return new RunLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException))
        {
            throw new IOException(
                $"Another process is recording in '{Path.GetDirectoryName(path)}' ({e.Message}). Wait for it or cancel it, or choose another directory.", e);
        }
    }

    /// <summary>Frees the lock.</summary>
    public void Dispose() => file.Dispose();
}
