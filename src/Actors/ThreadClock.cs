using System.Diagnostics;
using System.Runtime.InteropServices;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors;

/// <summary>
/// Wall clock, and CPU time of the calling thread, with that of processes that worked for it, where the system tells it (Linux); elsewhere
/// wall clock twice.
/// </summary>
public sealed partial class ThreadClock : IWorkClock
{
    private const int ThreadCpuTime = 3; // CLOCK_THREAD_CPUTIME_ID

    /// <inheritdoc />
    public (double Wall, double Cpu) Now
    {
        get
        {
            var wall = Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
            return OperatingSystem.IsLinux() && GetTime(ThreadCpuTime, out var cpu) == 0
                ? (wall, cpu.Seconds + 1e-9 * cpu.Nanoseconds + ChildProcessTime.Seconds)
                : (wall, wall);
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds, Nanoseconds;
    }
}
