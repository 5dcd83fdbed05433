namespace LedCluster.Domain.Workers;

/// <summary>Seconds spent per kind of work: wall clock and CPU of the thread that did it.</summary>
public sealed record WorkTimes
{
    /// <summary>Number of kinds in <see cref="Work"/>.</summary>
    public const int Kinds = 4;

    /// <summary>Wall-clock seconds, indexed by <see cref="Work"/>.</summary>
    /// <exception cref="ArgumentException">There is another number of them than there are kinds of work.</exception>
    public double[] Wall { get; init => field = Checked(value); } = new double[Kinds];

    /// <summary>CPU seconds, indexed by <see cref="Work"/>.</summary>
    /// <exception cref="ArgumentException">There is another number of them than there are kinds of work.</exception>
    public double[] Cpu { get; init => field = Checked(value); } = new double[Kinds];

    /// <summary>Sum of two accounts.</summary>
    public static WorkTimes operator +(WorkTimes a, WorkTimes b) => new()
    {
        Wall = [.. a.Wall.Zip(b.Wall, (x, y) => x + y)],
        Cpu = [.. a.Cpu.Zip(b.Cpu, (x, y) => x + y)],
    };

    private static double[] Checked(double[]? seconds) => seconds is { Length: Kinds } ? seconds
        : throw new ArgumentException($"There are {seconds?.Length ?? 0} times, expected {Kinds}.");
}

/// <summary>The kinds of work whose cost a run accounts for.</summary>
public enum Work : byte
{
    /// <summary>The micro solver.</summary>
    Micro = 0,

    /// <summary>Latent propagation, warm-up of the recurrent state included.</summary>
    Latent = 1,

    /// <summary>Restriction of fields to latents.</summary>
    Encode = 2,

    /// <summary>Lifting of latents to fields.</summary>
    Decode = 3,
}

/// <summary>Books the time between two readings of a clock on a kind of work. Belongs to one thread.</summary>
/// <param name="clock">Where the time comes from.</param>
public sealed class WorkMeter(IWorkClock clock)
{
    private (double Wall, double Cpu) mark = clock.Now;

    /// <summary>What has been booked so far.</summary>
    public WorkTimes Times { get; } = new();

    /// <summary>Starts a measurement; whatever passed since the last one is not booked.</summary>
    public void Start() => mark = clock.Now;

    /// <summary>Books the time since the last reading.</summary>
    public void Book(Work work)
    {
        var now = clock.Now;
        Times.Wall[(int)work] += now.Wall - mark.Wall;
        Times.Cpu[(int)work] += now.Cpu - mark.Cpu;
        mark = now;
    }
}

/// <summary>Where workers read time from; handed in, so that Domain itself stays pure.</summary>
public interface IWorkClock
{
    /// <summary>
    /// Wall-clock seconds, and CPU seconds of the calling thread with those of <see cref="ChildProcessTime"/>, each from an arbitrary
    /// origin.
    /// </summary>
    (double Wall, double Cpu) Now { get; }
}

/// <summary>CPU time that child processes spent on behalf of the calling thread, so that work clocks can tell it as work of the thread.</summary>
public static class ChildProcessTime
{
    [ThreadStatic]
    private static double seconds;

    /// <summary>CPU seconds of child processes so far.</summary>
    public static double Seconds => seconds;

    /// <summary>A child process has spent CPU seconds for the calling thread.</summary>
    public static void Add(double more) => seconds += more;
}
