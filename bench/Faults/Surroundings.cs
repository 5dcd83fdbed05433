using System.Diagnostics;

/// <summary>
/// Where the processes of a soak live: two machines with a network between them that can be cut, and a disk that can be full.
/// Made of namespaces, in which the whole bench runs, so that nothing of it is left when the bench ends, however that comes.
/// </summary>
internal sealed class Surroundings : IDisposable
{
    private const string Inside = "LEDCLUSTER_SOAK_INSIDE", Near = "near", Far = "far";

    private readonly string place = Directory.CreateTempSubdirectory("ledcluster-soak-").FullName;
    private readonly SemaphoreSlim network = new(1), filling = new(1); // two faults at once may be of one kind
    private readonly Process? other; // lives in the namespace of the other machine

    public Surroundings()
    {
        Directory.CreateDirectory(Disk);
        if (!CanBreak)
            return;
        other = Process.Start("unshare", ["-n", "sleep", "infinity"]);
        var own = File.ResolveLinkTarget("/proc/self/ns/net", false)?.Name;
        for (var watch = Stopwatch.StartNew(); File.ResolveLinkTarget($"/proc/{other.Id}/ns/net", false)?.Name == own;)
            if (watch.Elapsed > TimeSpan.FromSeconds(10))
                throw new SoakFailure("the namespace of the other machine was not made within 10 s");
        var enter = $"nsenter -t {other.Id} -n";
        Shell($"ip link set lo up && ip link add {Near} type veth peer name {Far} netns {other.Id} && "
            + $"ip addr add {Address}/24 dev {Near} && ip link set {Near} up && "
            + $"{enter} ip link set lo up && {enter} ip addr add 10.77.0.2/24 dev {Far} && {enter} ip link set {Far} up && "
            + $"mount -t tmpfs -o size=320m tmpfs {Disk}");
    }

    /// <summary>Whether there are two machines and a small disk; otherwise all is on loopback, and what needs them is left out.</summary>
    public static bool CanBreak => Environment.GetEnvironmentVariable(Inside) is not null;

    /// <summary>Starts the bench again within namespaces of its own; null where this is not allowed, or where it is within them.</summary>
    public static int? Again(string[] arguments)
    {
        string[] unshare = ["-rmnpf", "--mount-proc", "--kill-child"];
        if (CanBreak || !OperatingSystem.IsLinux() || Run(
            "unshare", [.. unshare, "bash", "-c", "command -v ip tc nsenter prlimit mount && ip link add near type veth peer name far"]) != 0)
            return null;
        var start = new ProcessStartInfo("unshare", [.. unshare, "dotnet", typeof(Surroundings).Assembly.Location, .. arguments]);
        start.Environment[Inside] = "1";
        using var process = Process.Start(start)!;
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>Address of this machine.</summary>
    public static string Address => CanBreak ? "10.77.0.1" : "127.0.0.1";

    /// <summary>A process on the other machine; null when there is none.</summary>
    public Process? Other => other;

    /// <summary>Where files may be put that no fault concerns.</summary>
    public string Place => place;

    /// <summary>The disk that can be full.</summary>
    public string Disk => Path.Combine(place, "disk");

    /// <summary>Drops what a machine sends to the other, in silence, for some time.</summary>
    public async Task CutAsync(bool fromHere, bool fromThere, TimeSpan time)
    {
        string[] sides =
        [
            .. fromHere ? [$"tc qdisc VERB dev {Near} root"] : (string[])[],
            .. fromThere ? [$"nsenter -t {other!.Id} -n tc qdisc VERB dev {Far} root"] : (string[])[],
        ];
        await network.WaitAsync();
        foreach (var side in sides)
            Shell(side.Replace("VERB", "add", StringComparison.Ordinal) + " pfifo limit 0");
        await Task.Delay(time);
        foreach (var side in sides)
            Shell(side.Replace("VERB", "del", StringComparison.Ordinal));
        network.Release();
    }

    /// <summary>Takes the link down for some time, which both machines notice.</summary>
    public async Task UnplugAsync(TimeSpan time)
    {
        await network.WaitAsync();
        Shell($"ip link set {Near} down");
        await Task.Delay(time);
        Shell($"ip link set {Near} up");
        network.Release();
    }

    /// <summary>Fills the disk for some time.</summary>
    public async Task FillDiskAsync(TimeSpan time)
    {
        await filling.WaitAsync();
        var ballast = Path.Combine(Disk, "ballast");
        _ = Run("dd", ["if=/dev/zero", $"of={ballast}", "bs=1M"]);
        await Task.Delay(time);
        File.Delete(ballast);
        filling.Release();
    }

    public void Dispose()
    {
        if (other is not null)
        {
            Shell($"umount -l {Disk}");
            other.Kill();
            other.Dispose();
        }
        network.Dispose();
        filling.Dispose();
        Directory.Delete(place, recursive: true);
    }

    private static void Shell(string commands)
    {
        if (Run("bash", ["-c", commands]) is var code && code != 0)
            throw new SoakFailure($"'{commands}' ended with {code}");
    }

    private static int Run(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.WaitForExit();
        return process.ExitCode;
    }
}
