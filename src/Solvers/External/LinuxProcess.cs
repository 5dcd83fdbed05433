using System.IO.Pipes;
using System.Runtime.InteropServices;

namespace LedCluster.Solvers.External;

/// <summary>What .NET has no call for; elsewhere than on Linux only groups of processes are known.</summary>
internal static partial class LinuxProcess
{
    private const int PipeSize = 1 << 20, SetPipeSize = 1031, Kill = 9;

    /// <summary>CPU seconds that a process has taken; NaN where the system does not tell.</summary>
    public static double CpuSeconds(int process) =>
        OperatingSystem.IsLinux() && clock_getcpuclockid(process, out var clock) == 0 && clock_gettime(clock, out var time) == 0
            ? time.Seconds + 1e-9 * time.Nanoseconds
            : double.NaN;

    /// <summary>Kills a process with its group.</summary>
    /// <returns>Whether there is such a group.</returns>
    public static bool KillGroup(int process) => kill(-process, Kill) == 0;

    /// <summary>A larger pipe saves changes between the processes; where there is none, nothing is lost.</summary>
    public static void Widen(Stream stream)
    {
        if (OperatingSystem.IsLinux() && stream is PipeStream { SafePipeHandle: var handle })
            _ = fcntl((int)handle.DangerousGetHandle(), SetPipeSize, PipeSize);
    }

    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);

    [LibraryImport("libc")]
    private static partial int clock_getcpuclockid(int process, out int clock);

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, out TimeSpec time);

    [LibraryImport("libc")]
    private static partial int fcntl(int handle, int command, int argument);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds, Nanoseconds;
    }
}
