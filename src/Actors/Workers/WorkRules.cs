namespace LedCluster.Actors.Workers;

/// <summary>How a run deals with its workers; none of it changes a bit of the output.</summary>
public sealed record WorkRules
{
    private const int MostCohorts = 10_000;

    /// <summary>Batches of a device whose cohorts are in flight: one is computed, one is taken apart and recorded, and one gathers.</summary>
    public const int BatchesInHand = 3;

    /// <summary>Cohorts in flight, 1 to 10,000; default 64. About four per worker keeps all of them busy.</summary>
    public int Window { get; init; } = 64;

    /// <summary>Cohorts in flight at most, where devices want more than <see cref="Window"/>; default 10,000. 1 where somebody chose the window.</summary>
    public int LargestWindow { get; init; } = MostCohorts;

    /// <summary>
    /// How long a worker may be at work on a leg before it is given to another, too, 0.1 s to 1 day; default 60 s. Doubles
    /// with each attempt at the same leg.
    /// </summary>
    public TimeSpan LegTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Attempts at a leg before its cohort counts as poison, 1 to 100; default 6.</summary>
    public int MostAttempts { get; init; } = 6;

    /// <summary>Nodes in a row that may be lost with the same cohort before it counts as what kills them, 2 to 100; default 3.</summary>
    public int MostLosses { get; init; } = 3;

    /// <summary>Time between two announcements of the run, 0.01 s to 10 s; default 1 s.</summary>
    public TimeSpan AnnounceEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a cluster may take to let this process in, 0 to 1 day; default 5 min. The run can be resumed.</summary>
    public TimeSpan LongestOutage { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long a run that was asked to stop waits for workers that are silent, at least; default 2 s. Twice the longest leg
    /// that was seen, if that is more.
    /// </summary>
    public TimeSpan CancelGrace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Cohorts in flight beside devices: as many as make the batches that these have in hand, as far as they take no more than 4 GiB.</summary>
    /// <param name="batch">Members that all devices together compute at a time; 0 without a device.</param>
    /// <param name="cohortSize">Members of a cohort.</param>
    /// <param name="memberBytes">Bytes that a member in flight may take.</param>
    public int WindowFor(long batch, int cohortSize, long memberBytes) =>
        (int)Math.Max(Window, Math.Min(Math.Min(BatchesInHand * batch, (4L << 30) / memberBytes) / cohortSize, LargestWindow));

    /// <summary>Every reason why these rules cannot be used; empty when they can.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        if (Window is < 1 or > MostCohorts)
            faults.Add($"--window is {Window}; give 1 to 10,000.");
        if (LegTimeout < TimeSpan.FromSeconds(0.1) || LegTimeout > TimeSpan.FromDays(1))
            faults.Add($"--leg-timeout is {LegTimeout.TotalSeconds} s; give 0.1 to 86,400.");
        if (MostAttempts is < 1 or > 100)
            faults.Add($"The number of attempts is {MostAttempts}; give 1 to 100.");
        if (MostLosses is < 2 or > 100)
            faults.Add($"The number of lost nodes is {MostLosses}; give 2 to 100.");
        return faults;
    }
}
