namespace LedCluster.Actors.Workers;

/// <summary>
/// Which process hosts which trajectory of a run, which of them are without one because theirs is lost, and for how long.
/// Knows nothing of actors.
/// </summary>
/// <param name="time">Where the time is read from.</param>
internal sealed class Takeovers(TimeProvider time)
{
    private sealed class Loss(string host, long since)
    {
        public string Host => host;
        public long Since => since;
        public HashSet<int> Waiting { get; } = [];
        public int Count { get; set; }
    }

    private readonly Dictionary<int, string> hosts = []; // by serial
    private readonly Dictionary<string, Loss> losses = []; // by host

    /// <summary>Serials of the trajectories that wait for another process.</summary>
    public IEnumerable<int> Waiting => losses.Values.SelectMany(loss => loss.Waiting);

    /// <summary>Who waits, for whom and since when; null when nobody does.</summary>
    public string? Text => losses.Count == 0 ? null : string.Join("; ", losses.Values.Select(loss =>
        $"{loss.Waiting.Count} cohorts wait for another process to take over from {loss.Host}, lost {time.GetElapsedTime(loss.Since).TotalSeconds:F0} s ago"));

    /// <summary>A trajectory was heard of.</summary>
    /// <param name="serial">Which.</param>
    /// <param name="host">The process where it lives; empty for this one, which is never lost.</param>
    /// <returns>What an operator should know: that a takeover is complete; null otherwise.</returns>
    public string? Heard(int serial, string host)
    {
        if (host.Length > 0)
            hosts[serial] = host;
        return losses.Count == 0 ? null : Settle(serial);
    }

    /// <summary>A trajectory has come to its end.</summary>
    public string? Ended(int serial)
    {
        hosts.Remove(serial);
        return Settle(serial);
    }

    /// <summary>A process is lost; the number of trajectories that have to be taken over from it, 0 when that is known.</summary>
    public int Lost(string host)
    {
        int[] gone = [.. hosts.Where(h => h.Value == host).Select(h => h.Key)];
        if (gone.Length == 0)
            return 0;
        if (!losses.TryGetValue(host, out var loss))
            losses[host] = loss = new Loss(host, time.GetTimestamp());
        foreach (var serial in gone)
            hosts.Remove(serial);
        loss.Waiting.UnionWith(gone);
        loss.Count += gone.Length;
        return gone.Length;
    }

    private string? Settle(int serial)
    {
        foreach (var loss in losses.Values)
        {
            if (!loss.Waiting.Remove(serial) || loss.Waiting.Count > 0)
                continue;
            losses.Remove(loss.Host);
            return $"the {loss.Count} trajectories of {loss.Host} go on, {time.GetElapsedTime(loss.Since).TotalSeconds:F1} s after it was lost";
        }
        return null;
    }
}
