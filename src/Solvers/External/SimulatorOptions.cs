using System.Security.Cryptography;
using System.Text;
using LedCluster.Domain.Wire;

namespace LedCluster.Solvers.External;

/// <summary>How a simulator in another program is started, and what it may take.</summary>
public sealed record SimulatorOptions
{
    /// <summary>Memory limit at least, in MiB: what an interpreter alone takes.</summary>
    private const int LeastMemory = 64;

    private const long MostBytes = 64L << 20;

    /// <summary>
    /// The program and its arguments, run in the study's folder. A program without a slash is looked for on the PATH; paths are
    /// relative to the folder.
    /// </summary>
    public required string[] Command { get; init; }

    /// <summary>
    /// Files of the study's folder that the program needs, besides those that <see cref="Command"/> names. They belong to the
    /// identity of a run, and go with it to the nodes of a cluster.
    /// </summary>
    public string[] Files { get; init; } = [];

    /// <summary>Variables of the program's environment; OMP_NUM_THREADS and the like are 1 unless given here or set outside.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Seconds until the program must have described itself, 1 to 86,400; default 60.</summary>
    public double StartSeconds { get; init; } = 60;

    /// <summary>Seconds that the program may take for one frame of all members it was given, 0.01 to 86,400; default 600.</summary>
    public double FrameSeconds { get; init; } = 600;

    /// <summary>Address space of each process of the program at most, in MiB, from 64; null for no limit.</summary>
    public int? MemoryMiB { get; init; }

    /// <summary>Every reason why these options cannot be used; empty when they can.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        if (Command.Length == 0 || Command[0].Length == 0)
            faults.Add("solver.command is empty; give the program and its arguments, for example [\"python3\", \"solver.py\"].");
        if (!(StartSeconds is >= 1 and <= 86_400))
            faults.Add($"solver.startSeconds is {StartSeconds}; give 1 to 86400.");
        if (!(FrameSeconds is >= 0.01 and <= 86_400))
            faults.Add($"solver.frameSeconds is {FrameSeconds}; give 0.01 to 86400.");
        if (MemoryMiB < LeastMemory)
            faults.Add($"solver.memoryMiB is {MemoryMiB}; give at least {LeastMemory}, or leave it out.");
        return faults;
    }

    /// <summary>
    /// The files of a folder that the program consists of, as paths relative to it: those in <see cref="Files"/>, and those that the
    /// command names.
    /// </summary>
    /// <param name="directory">The study's folder.</param>
    /// <exception cref="InvalidDataException">One of <see cref="Files"/> is not there or outside the folder, or they are too large.</exception>
    public IReadOnlyList<string> FilesIn(string directory)
    {
        var root = Path.GetFullPath(directory) + Path.DirectorySeparatorChar;
        foreach (var file in Files)
            if (!Inside(file) || !File.Exists(Path.Combine(directory, file)))
                throw new InvalidDataException(
                    $"solver.files names '{file}', which is not a file inside '{directory}'. Give paths relative to the study's folder.");
        string[] all = [.. Files.Concat(Command.Where(item => Inside(item) && File.Exists(Path.Combine(directory, item))))
            .Select(file => Path.GetRelativePath(root, Path.Combine(root, file))).Distinct().Order(StringComparer.Ordinal)];
        var bytes = all.Sum(file => new FileInfo(Path.Combine(directory, file)).Length);
        return bytes <= MostBytes ? all : throw new InvalidDataException(
            $"The files of the solver in '{directory}' have {bytes:N0} bytes; at most {MostBytes:N0} go with a run. "
            + "Install the large ones on every machine, and name them by absolute paths.");

        bool Inside(string file) => GivenPath.Within(directory, file) is not null && !Path.IsPathRooted(file);
    }

    /// <summary>SHA-256 of the command, its environment and the files that the program consists of.</summary>
    /// <param name="directory">The study's folder.</param>
    /// <exception cref="InvalidDataException">As <see cref="FilesIn"/>.</exception>
    public string Identity(string directory)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var text in (string[])[.. Command, .. Environment.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => $"{e.Key}={e.Value}")])
            hash.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        foreach (var file in FilesIn(directory))
        {
            hash.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(file)));
            hash.AppendData(SHA256.HashData(File.ReadAllBytes(Path.Combine(directory, file))));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
