namespace LedCluster.Actors;

/// <summary>What a node does.</summary>
public sealed record NodeOptions
{
    /// <summary>Name in replies and logs, for example host and process.</summary>
    public required string Name { get; init; }

    /// <summary>Where macro legs run, for those who list nodes; default <c>cpu</c>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Threads that run micro legs, 0 to 256; 0 for none.</summary>
    public int MicroWorkers { get; init; }

    /// <summary>Threads that run macro legs, 0 to 256; 0 for none.</summary>
    public int LatentWorkers { get; init; }

    /// <summary>Threads that gather the batches of a device and split their results into cohorts, 1 to 256; default one per processor.</summary>
    public int FinishThreads { get; init; } = Environment.ProcessorCount;

    /// <summary>Orders for macro legs that a worker holds at least, to run them as one batch, 1 to 1024; default 16.</summary>
    public int LatentPrefetch { get; init; } = 16;

    /// <summary>Orders for micro legs that a worker holds: the one at work and the next ones, 1 to 1024; default 4.</summary>
    public int MicroPrefetch { get; init; } = 4;
}
