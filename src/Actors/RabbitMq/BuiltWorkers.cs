namespace LedCluster.Actors.RabbitMq;

/// <summary>
/// Workers of the runs that a node heard of last, so that one that it joins again need not be built again. No more than
/// <see cref="Most"/>: a node outlives any number of runs.
/// </summary>
/// <param name="build">Builds the workers of a run from its setup; may throw.</param>
/// <param name="failed">Told why workers could not be built.</param>
internal sealed class BuiltWorkers(Func<byte[], RunWorkers> build, Action<string> failed)
{
    /// <summary>Setups whose workers are kept.</summary>
    public const int Most = 8;

    private readonly List<(string Hash, RunWorkers? Workers)> kept = []; // the one used last at the end

    /// <summary>The workers for a setup and its hash; null when they cannot be built.</summary>
    public RunWorkers? For(string hash, byte[] setup)
    {
        var known = kept.FindIndex(k => k.Hash == hash);
        (string Hash, RunWorkers? Workers) found = known >= 0 ? kept[known] : (hash, Build(setup));
        if (known >= 0)
            kept.RemoveAt(known);
        else if (kept.Count == Most)
            kept.RemoveAt(0);
        kept.Add(found);
        return found.Workers;
    }

    private RunWorkers? Build(byte[] setup)
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
