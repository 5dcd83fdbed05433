namespace LedCluster.Actors.RabbitMq;

/// <summary>A run that a node works for.</summary>
internal sealed class JoinedRun(RunId id, string setupHash, RunWorkers workers)
{
    private int epoch;

    /// <summary>The run.</summary>
    public RunId Id { get; } = id;

    /// <summary>Hash of the setup that the workers were built from.</summary>
    public string SetupHash { get; } = setupHash;

    /// <summary>Who runs its legs.</summary>
    public RunWorkers Workers { get; } = workers;

    /// <summary>When it was last announced, in the time provider's ticks.</summary>
    public long Heard { get; set; }

    /// <summary>Latest epoch heard of; orders of earlier ones are not worth running.</summary>
    public int Epoch
    {
        get => Volatile.Read(ref epoch);
        set => Volatile.Write(ref epoch, Math.Max(value, Volatile.Read(ref epoch)));
    }
}
