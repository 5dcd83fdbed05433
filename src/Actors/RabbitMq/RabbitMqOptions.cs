namespace LedCluster.Actors.RabbitMq;

/// <summary>How a coordinator deals with a cluster; none of it changes a bit of the output.</summary>
public sealed record RabbitMqOptions
{
    /// <summary>Cohorts in flight, 1 to 10,000; default 64. About four per worker keeps all of them busy.</summary>
    public int Window { get; init; } = 64;

    /// <summary>
    /// How long a worker may be silent about a leg before the leg is given to another, 0.1 s to 1 day; default 60 s. Doubles
    /// with each attempt at the same leg; an order that still waits for a worker is not late.
    /// </summary>
    public TimeSpan LegTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Attempts at a leg before its cohort counts as poison, 1 to 100; default 6.</summary>
    public int MostAttempts { get; init; } = 6;

    /// <summary>Workers in a row that may be lost with the same cohort before it counts as what kills them, 2 to 100; default 3.</summary>
    public int MostLosses { get; init; } = 3;

    /// <summary>Time between two announcements of the run, 0.01 s to 10 s; default 1 s.</summary>
    public TimeSpan AnnounceEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the broker may be away before the coordinator gives up, 0 to 1 day; default 5 min. The run can be resumed.</summary>
    public TimeSpan LongestOutage { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// After a cancellation, silence of all workers for this long ends the run, 0.01 s to 1 day; default 2 s. Over RabbitMQ it
    /// is the least such time, see <see cref="Grace"/>.
    /// </summary>
    public TimeSpan CancelGrace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How the broker keeps the run's queues; default classic. A run keeps the kind that it started with.</summary>
    public QueueKind Queues { get; init; }

    /// <summary>Time after which the queues of a run that nobody works for vanish, 1 ms to 20 days; default 1 day.</summary>
    public TimeSpan QueueExpiry { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How long workers may be silent after a cancellation: twice as long as a leg took, as they may be at work on one.</summary>
    /// <param name="longestLeg">The longest time from order to answer that was seen; the leg's time-out bounds what comes of it.</param>
    internal TimeSpan Grace(TimeSpan longestLeg) => new(Math.Max(CancelGrace.Ticks, Math.Min(2 * longestLeg.Ticks, LegTimeout.Ticks)));

    /// <summary>Every reason why these options cannot be used; empty when they can.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        if (Window is < 1 or > 10_000)
            faults.Add($"--window is {Window}; give 1 to 10,000.");
        if (LegTimeout < TimeSpan.FromSeconds(0.1) || LegTimeout > TimeSpan.FromDays(1))
            faults.Add($"--leg-timeout is {LegTimeout.TotalSeconds} s; give 0.1 to 86,400.");
        if (MostAttempts is < 1 or > 100)
            faults.Add($"The number of attempts is {MostAttempts}; give 1 to 100.");
        if (MostLosses is < 2 or > 100)
            faults.Add($"The number of lost workers is {MostLosses}; give 2 to 100.");
        return faults;
    }
}
