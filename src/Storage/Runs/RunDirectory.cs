using System.Text.Json;
using System.Text.Json.Nodes;
using LedCluster.Domain.Runs;
using LedCluster.Storage.Durability;
using LedCluster.Storage.Files;

namespace LedCluster.Storage.Runs;

/// <summary>The directory of a run and the names in it: everything needed to resume and to explain the run.</summary>
public sealed class RunDirectory
{
    private const string LockName = "run.lock";

    private static readonly JsonSerializerOptions Json = StrictJson.Options();

    private RunDirectory(string path, RunSpec spec) => (Path, Spec) = (path, spec);

    /// <summary>The directory.</summary>
    public string Path { get; }

    /// <summary>What the run computes.</summary>
    public RunSpec Spec { get; }

    /// <summary>The spec, <c>spec.json</c>.</summary>
    public string SpecPath => SpecIn(Path);

    /// <summary>The journal, <c>journal.ndjson</c>.</summary>
    public string JournalPath => System.IO.Path.Combine(Path, "journal.ndjson");

    /// <summary>The checkpoints, <c>checkpoints.bin</c>.</summary>
    public string CheckpointsPath => System.IO.Path.Combine(Path, "checkpoints.bin");

    /// <summary>The forecast, <c>output.zarr</c>.</summary>
    public string OutputPath => System.IO.Path.Combine(Path, "output.zarr");

    /// <summary>The measures of the run, <c>metrics.json</c>.</summary>
    public string MetricsPath => System.IO.Path.Combine(Path, "metrics.json");

    /// <summary>The report, <c>report.html</c>.</summary>
    public string ReportPath => System.IO.Path.Combine(Path, "report.html");

    /// <summary>The lock of the recording process, <c>run.lock</c>.</summary>
    public string LockPath => System.IO.Path.Combine(Path, LockName);

    /// <summary>Its identity and epoch on a cluster, <c>epoch.json</c>.</summary>
    public string EpochPath => System.IO.Path.Combine(Path, "epoch.json");

    /// <summary>Makes a run directory, or opens the one that is there when it belongs to the same spec.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="spec">What the run computes.</param>
    /// <exception cref="InvalidDataException">
    /// The directory belongs to another spec (the message lists what differs), holds other files, or has a spec that cannot be read.
    /// </exception>
    public static RunDirectory Create(string path, RunSpec spec)
    {
        if (IsOne(path))
        {
            var stored = Open(path);
            var differences = Differences(spec, stored.Spec);
            return differences.Count == 0 ? stored : throw new InvalidDataException(
                $"'{path}' belongs to another run: {string.Join("; ", differences)}. Choose another directory, or give the stored values to resume it.");
        }
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any(e => !e.EndsWith(Disk.Unfinished, StringComparison.Ordinal)))
            throw new InvalidDataException($"'{path}' contains files, but no spec.json: it is not a run directory. Choose an empty or a new directory.");
        Directory.CreateDirectory(path);
        Disk.WriteAtomically(SpecIn(path), JsonSerializer.SerializeToUtf8Bytes(spec, Json));
        return new RunDirectory(path, spec);
    }

    /// <summary>Opens a run directory.</summary>
    /// <exception cref="InvalidDataException">It is not a run directory, or its spec cannot be read.</exception>
    public static RunDirectory Open(string path)
    {
        if (!IsOne(path) && Directory.Exists(System.IO.Path.Combine(path, "output.zarr")))
            throw new InvalidDataException(
                $"'{path}' has no spec.json, which describes the run, so it cannot be resumed or evaluated. "
                + "Restore the file from a copy. The recorded values are still in its output.zarr (xarray.open_zarr), "
                + "with NaN where nothing was computed.");
        if (!IsOne(path))
        {
            throw new InvalidDataException(
                $"'{path}' is not a run directory: "
                + (Directory.Exists(path) ? "it has no spec.json" : File.Exists(path) ? "it is a file" : "it does not exist")
                + ". Give the directory that a forecast wrote, for example runs/fhn.");
        }
        try
        {
            var spec = StrictJson.ReadFile<RunSpec>(SpecIn(path), Json);
            return spec.Members is >= 1 and <= RunSpec.MostMembers ? new RunDirectory(path, spec)
                : throw new JsonException($"There are {spec.Members} members.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(
                $"'{SpecIn(path)}' cannot be read as a run's spec: {e.Message} Restore it from a copy, or start the run again in another directory.", e);
        }
    }

    /// <summary>Takes the right to record in this directory until the lock is disposed of.</summary>
    /// <exception cref="IOException">Another process is recording here.</exception>
    public RunLock Lock() => Lock(Path);

    /// <summary>Takes the right to record in a run's directory, which need not be readable, until the lock is disposed of.</summary>
    /// <exception cref="IOException">Another process is recording there, or there is no such directory.</exception>
    public static RunLock Lock(string path) => RunLock.Take(System.IO.Path.Combine(path, LockName));

    /// <summary>Whether a directory is that of a run, readable or not.</summary>
    public static bool IsOne(string path) => File.Exists(SpecIn(path));

    /// <summary>Bytes of all files below a directory.</summary>
    public static long BytesIn(string path) => new DirectoryInfo(path).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    internal static string SpecIn(string path) => System.IO.Path.Combine(path, "spec.json");

    /// <summary>What differs between two specs, for a person.</summary>
    /// <param name="given">One.</param>
    /// <param name="stored">The other.</param>
    /// <param name="names">How the values of the one and of the other are called.</param>
    public static List<string> Differences(RunSpec given, RunSpec stored, (string, string)? names = null)
    {
        var (a, b) = (JsonSerializer.SerializeToNode(given, Json)!.AsObject(), JsonSerializer.SerializeToNode(stored, Json)!.AsObject());
        return [.. a.Concat(b).Select(p => p.Key).Distinct().Where(key => !JsonNode.DeepEquals(a[key], b[key])) // defaults are left out
            .Select(key => names is var (one, other)
                ? $"{key} is {Value(a[key])} in {one}, {Value(b[key])} in {other}"
                : $"{key} is given as {Value(a[key])}, stored as {Value(b[key])}")];

        static string Value(JsonNode? value) => value?.ToJsonString() ?? "its default";
    }
}

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
