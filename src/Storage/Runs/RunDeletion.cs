namespace LedCluster.Storage.Runs;

/// <summary>Why a run cannot be deleted.</summary>
public enum RunHold : byte
{
    /// <summary>It can.</summary>
    None,

    /// <summary>The queue beside it promises to carry it out.</summary>
    Queued,

    /// <summary>A process records in it.</summary>
    Recording,
}

/// <summary>
/// Deletes a run with all that it holds. From its beginning on nobody else can record in the run or queue it, so that several runs can be
/// looked at before the first is deleted.
/// </summary>
public sealed class RunDeletion : IDisposable
{
    private readonly string path;
    private readonly RunLock held;

    private RunDeletion(string path, RunLock held) => (this.path, this.held) = (path, held);

    /// <summary>Takes hold of a run that is neither queued nor carried out; null when it is.</summary>
    /// <param name="path">Its directory, whose spec need not be readable.</param>
    /// <param name="hold">What is in the way.</param>
    /// <exception cref="InvalidDataException">The queue beside it cannot be read.</exception>
    public static RunDeletion? Begin(string path, out RunHold hold)
    {
        RunLock held;
        hold = RunHold.Queued;
        if (IsPromised(path)) // asked without its lock too, for which the queue's holder may be about to ask
            return null;
        try
        {
            held = RunDirectory.Lock(path);
        }
        catch (IOException)
        {
            hold = RunHold.Recording;
            return null;
        }
        try
        {
            if (IsPromised(path)) // whoever queues a run holds its lock meanwhile
            {
                held.Dispose();
                return null;
            }
        }
        catch
        {
            held.Dispose();
            throw;
        }
        hold = RunHold.None;
        return new RunDeletion(path, held);
    }

    /// <summary>Deletes it; under another name, and first what makes it a run, so that half a run is never listed.</summary>
    /// <returns>The bytes that it held.</returns>
    /// <exception cref="IOException">It could not be deleted.</exception>
    public long Delete()
    {
        var bytes = RunDirectory.BytesIn(path);
        var gone = Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.{Path.GetRandomFileName()}.deleted");
        Directory.Move(path, gone);
        File.Delete(RunDirectory.SpecIn(gone));
        Directory.Delete(gone, recursive: true);
        return bytes;
    }

    /// <summary>Lets go of it.</summary>
    public void Dispose() => held.Dispose();

    private static bool IsPromised(string path) => QueueFile.Promises(Path.GetDirectoryName(path)!, Path.GetFileName(path));
}
