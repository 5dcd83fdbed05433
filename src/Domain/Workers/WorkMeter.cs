namespace LedCluster.Domain.Workers;

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
