using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;

/// <summary>A <c>led</c> process: its role and what it said.</summary>
internal sealed partial class LedProcess : IDisposable
{
    private const int Kill9 = 9, Term = 15, Continue = 18, Halt = 19;

    private static readonly Lock Writing = new();
    private static int count;

    private readonly int number = Interlocked.Increment(ref count);
    private readonly Process process;
    private readonly List<string> lines = [];
    private bool disposed;

    /// <summary>Starts <c>led</c>.</summary>
    /// <param name="role">What it is, for a person.</param>
    /// <param name="arguments">Arguments of <c>led</c>.</param>
    public LedProcess(string role, params string[] arguments)
        : this(role, null, arguments)
    {
    }

    /// <summary>Starts <c>led</c> in another network namespace.</summary>
    /// <param name="role">What it is, for a person.</param>
    /// <param name="network">A process in that namespace; null for this process's own.</param>
    /// <param name="arguments">Arguments of <c>led</c>.</param>
    public LedProcess(string role, Process? network, string[] arguments)
    {
        Role = role;
        string[] command = [
            .. network is null ? (string[])[] : ["nsenter", "-t", $"{network.Id}", "-n", "--"], "dotnet",
            Path.Combine(AppContext.BaseDirectory, "led.dll"), .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LEDCLUSTER_STUDIES"] = Path.Combine(Root, "studies");
        process = Process.Start(start)!;
        process.OutputDataReceived += Said;
        process.ErrorDataReceived += Said;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The root of the repository.</summary>
    public static string Root { get; } = FindRoot();

    public string Role { get; }

    /// <summary>Directory where what processes say is kept; null for none.</summary>
    public static string? Logs { get; set; }

    /// <summary>Where it listens (Linux).</summary>
    public IEnumerable<IPEndPoint> Listening()
    {
        const string Listens = "0A";
        try
        {
            var sockets = Directory.EnumerateFiles($"/proc/{process.Id}/fd").Select(fd => new FileInfo(fd).LinkTarget ?? "")
                .Where(t => t.StartsWith("socket:[", StringComparison.Ordinal)).Select(t => t[8..^1]).ToHashSet();
            return [.. File.ReadLines($"/proc/{process.Id}/net/tcp").Skip(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Where(f => f[3] == Listens && sockets.Contains(f[9])).Select(f => f[1].Split(':'))
                .Select(p => new IPEndPoint(Convert.ToUInt32(p[0], 16), Convert.ToInt32(p[1], 16))).Distinct()];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidOperationException) // killed meanwhile
        {
            return [];
        }
    }

    /// <summary>Waits until it says something.</summary>
    /// <returns>The first line that holds the text.</returns>
    public string WaitFor(string text, TimeSpan longest)
    {
        for (var watch = Stopwatch.StartNew(); ; Thread.Sleep(20))
        {
            lock (lines)
                if (lines.Find(line => line.Contains(text, StringComparison.Ordinal)) is { } found)
                    return found;
            if (process.HasExited || watch.Elapsed > longest)
                throw new SoakFailure($"{Role} did not say '{text}' within {longest.TotalSeconds} s. It said:\n{Said(20)}");
        }
    }

    /// <summary>From now on it gets no memory beyond what it has.</summary>
    public void LimitMemory()
    {
        using var limit = Process.Start("prlimit", ["--pid", $"{process.Id}", "--data=1000000"]);
        limit.WaitForExit();
    }

    public bool HasExited => disposed || process.HasExited;

    /// <summary>Waits for the end; the exit code.</summary>
    public int Finish(TimeSpan longest)
    {
        if (!process.WaitForExit(longest))
            throw new SoakFailure($"{Role} did not end within {longest.TotalSeconds} s. It said:\n{Said(20)}");
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>Lines that hold a text.</summary>
    public int Count(string text)
    {
        lock (lines)
            return lines.Count(line => line.Contains(text, StringComparison.Ordinal));
    }

    /// <summary>The last lines.</summary>
    public string Said(int last)
    {
        lock (lines)
            return string.Join('\n', lines.TakeLast(last));
    }

    /// <summary>SIGKILL: no code of the process runs any more.</summary>
    public void Kill()
    {
        Send(Kill9);
        process.WaitForExit();
    }

    /// <summary>SIGTERM: it is asked to end.</summary>
    public void Terminate() => Send(Term);

    /// <summary>SIGSTOP: it hangs, with everything in hand.</summary>
    public void Hang() => Send(Halt);

    /// <summary>SIGCONT: it comes back, and does not know that it was away.</summary>
    public void ComeBack() => Send(Continue);

    public void Dispose()
    {
        if (disposed)
            return;
        Kill();
        disposed = true;
        process.Dispose();
    }

    /// <summary>Sends a signal, unless it has been killed meanwhile.</summary>
    private void Send(int signal)
    {
        if (!HasExited)
            _ = Signal(process.Id, signal);
    }

    private void Said(object sender, DataReceivedEventArgs e)
    {
        if (e.Data is not { } line)
            return;
        lock (lines)
            lines.Add(line);
        if (Logs is not null)
            lock (Writing)
                File.AppendAllText(Path.Combine(Logs, $"{number:D3}-{Role.Replace(' ', '-')}.log"), $"{DateTime.Now:HH:mm:ss.fff} {line}\n");
    }

    private static string FindRoot()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "LedCluster.sln")))
            directory = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(directory))
                ?? throw new DirectoryNotFoundException("LedCluster.sln is in no directory above the program.");
        return directory;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);
}
