using System.Diagnostics;
using System.Runtime.InteropServices;

/// <summary>A <c>led</c> process: its role and what it said.</summary>
internal sealed partial class LedProcess : IDisposable
{
    private const int Kill9 = 9, Continue = 18, Halt = 19;

    private readonly Process process;
    private readonly List<string> lines = [];
    private bool disposed;

    /// <summary>Starts <c>led</c>.</summary>
    /// <param name="role">What it is, for a person.</param>
    /// <param name="arguments">Arguments of <c>led</c>.</param>
    public LedProcess(string role, params string[] arguments)
    {
        Role = role;
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "led.dll"), .. arguments])
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

    /// <summary>TCP ports on which it listens (Linux).</summary>
    public IEnumerable<int> ListeningPorts()
    {
        var sockets = Directory.EnumerateFiles($"/proc/{process.Id}/fd").Select(fd => new FileInfo(fd).LinkTarget ?? "").Where(t => t.StartsWith("socket:[", StringComparison.Ordinal)).Select(t => t[8..^1]).ToHashSet();
        const string Listens = "0A";
        return [.. File.ReadLines("/proc/net/tcp").Skip(1).Concat(File.ReadLines("/proc/net/tcp6").Skip(1)).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(f => f[3] == Listens && sockets.Contains(f[9])).Select(f => Convert.ToInt32(f[1][(f[1].LastIndexOf(':') + 1)..], 16)).Distinct()];
    }

    public bool HasExited => process.HasExited;

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
        if (!process.HasExited)
            _ = Signal(process.Id, Kill9);
        process.WaitForExit();
    }

    /// <summary>SIGSTOP: it hangs, with everything in hand.</summary>
    public void Hang() => _ = Signal(process.Id, Halt);

    /// <summary>SIGCONT: it comes back, and does not know that it was away.</summary>
    public void ComeBack() => _ = Signal(process.Id, Continue);

    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        Kill();
        process.Dispose();
    }

    private void Said(object sender, DataReceivedEventArgs e)
    {
        if (e.Data is { } line)
            lock (lines)
                lines.Add(line);
    }

    private static string FindRoot()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "LedCluster.sln")))
            directory = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(directory)) ?? throw new DirectoryNotFoundException("LedCluster.sln is in no directory above the program.");
        return directory;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);
}
