namespace LedCluster.Actors.RabbitMq;

/// <summary>
/// Workers of the runs that a node heard of last, so that one that it joins again need not be built again. No more than
/// <see cref="Most"/>: a node outlives any number of runs.
/// </summary>
/// <param name="build">Builds the workers of a run from its setup; may throw.</param>
/// <param name="failed">Told why workers could not be built.</param>
/// <param name="time">By which a failed build is tried again: a full disk, for example, may have been emptied.</param>
internal sealed class BuiltWorkers(Func<byte[], RunWorkers> build, Action<string> failed, TimeProvider time)
{
    /// <summary>Setups whose workers are kept.</summary>
    public const int Most = 8;

    /// <summary>Time after which a failed build is tried again.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    private readonly List<(string Hash, RunWorkers? Workers, long Built)> kept = []; // the one used last at the end

    /// <summary>Whether it is known what a setup's hash stands for.</summary>
    /// <param name="hash">Hash of the setup.</param>
    /// <param name="workers">Its workers; null while they cannot be built.</param>
    public bool TryGet(string hash, out RunWorkers? workers)
    {
        var at = kept.FindIndex(k => k.Hash == hash && (k.Workers is not null || time.GetElapsedTime(k.Built) < Pause));
        workers = at < 0 ? null : kept[at].Workers;
        if (at < 0)
            return false;
        kept.Add(kept[at]);
        kept.RemoveAt(at);
        return true;
    }

    /// <summary>The workers of a setup, built anew; null when they cannot be built.</summary>
    /// <param name="hash">Hash of the setup.</param>
    /// <param name="setup">The setup.</param>
    public RunWorkers? Build(string hash, byte[] setup)
    {
        if (kept.RemoveAll(k => k.Hash == hash) == 0 && kept.Count == Most)
            kept.RemoveAt(0);
        kept.Add((hash, Built(setup), time.GetTimestamp()));
        return kept[^1].Workers;
    }

    private RunWorkers? Built(byte[] setup)
    {
        try
        {
            return build(setup);
        }
        catch (Exception error) // whatever is wrong with one run must not keep the node from others
        {
            failed(error.Message);
            return null;
        }
    }
}
