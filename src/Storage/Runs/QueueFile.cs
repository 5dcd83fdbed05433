using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using LedCluster.Storage.Durability;
using LedCluster.Storage.Files;

namespace LedCluster.Storage.Runs;

/// <summary>
/// The runs that a service has promised to carry out, in order: <c>queue.json</c> in the directory of its runs. Held by one
/// process at a time.
/// </summary>
public sealed class QueueFile : IDisposable
{
    private static readonly JsonSerializerOptions Json = new(StrictJson.Options()) { WriteIndented = false };

    private readonly string path;
    private readonly RunLock held;

    private QueueFile(string path, RunLock held, ImmutableArray<QueueEntry> entries) => (this.path, this.held, Entries) = (path, held, entries);

    /// <summary>The runs that were promised when the file was opened, in order.</summary>
    public ImmutableArray<QueueEntry> Entries { get; }

    /// <summary>Opens the queue of a directory, making an empty one when there is none.</summary>
    /// <exception cref="IOException">Another process holds it.</exception>
    /// <exception cref="InvalidDataException">It cannot be read.</exception>
    public static QueueFile Open(string directory)
    {
        var path = PathIn(directory);
        var held = RunLock.Take(Path.Combine(directory, "queue.lock"));
        try
        {
            return new QueueFile(path, held, File.Exists(path) ? StrictJson.ReadFile<ImmutableArray<QueueEntry>>(path, Json) : []);
        }
        catch (JsonException error)
        {
            held.Dispose();
            throw new InvalidDataException(
                $"'{path}' cannot be read: {error.Message} Delete it to start with an empty queue; its runs are kept and can be resumed.", error);
        }
    }

    /// <summary>Whether the queue of a directory promises a run, whoever holds it.</summary>
    /// <exception cref="InvalidDataException">It cannot be read.</exception>
    public static bool Promises(string directory, string run)
    {
        var path = PathIn(directory);
        try
        {
            return File.Exists(path) && StrictJson.ReadFile<ImmutableArray<QueueEntry>>(path, Json).Any(entry => entry.Run == run);
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"'{path}' cannot be read: {error.Message} Delete it, if no 'led serve' uses it.", error);
        }
    }

    private static string PathIn(string directory) => Path.Combine(directory, "queue.json");

    /// <summary>Replaces what is promised, durably.</summary>
    /// <exception cref="IOException">The disk is full or failed; the old promises stand.</exception>
    public void Save(IEnumerable<QueueEntry> entries) =>
        Disk.WriteAtomically(path, JsonSerializer.SerializeToUtf8Bytes(entries, Json));

    /// <inheritdoc />
    public void Dispose() => held.Dispose();
}

/// <summary>A run that a service has promised to carry out.</summary>
/// <param name="Run">Its name: that of its directory.</param>
/// <param name="RetryFailed">Whether members that failed get another chance.</param>
/// <param name="Priority">Those of a higher one come first.</param>
public sealed record QueueEntry(string Run, bool RetryFailed, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int Priority = 0);
