using System.Net.Sockets;
using Akka.Actor;

namespace LedCluster.Actors.Akka;

/// <summary>
/// When the first seed node may found a cluster. It alone ever does, and it cannot know of a cluster that it does not
/// reach: were it to found another one while the network is cut, the two would not become one again. Therefore it waits
/// until every other seed node has accepted a connection, and then tells whether it is in a cluster, or refused one, as
/// there is no process.
/// </summary>
internal static class Founding
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2), Pause = TimeSpan.FromSeconds(0.5);

    /// <summary>Those of the other seed nodes whose processes run, as soon as that is known of all.</summary>
    public static async Task<Address[]> RunningAsync(Address[] others, Action<string> log, CancellationToken ended)
    {
        var told = false;
        while (true)
        {
            var running = await Task.WhenAll(others.Select(seed => IsRunningAsync(seed, ended)));
            if (!running.Contains(null))
                return [.. others.Where((_, i) => running[i] == true)];
            if (!told)
                log($"waits for {others[Array.IndexOf(running, null)]}, which neither accepts nor refuses a connection: it may be in a cluster behind a cut network. If it is gone for good, leave it out of the seed nodes");
            told = true;
            await Task.Delay(Pause, ended);
        }
    }

    /// <summary>Whether a process listens there; null when that cannot be told.</summary>
    private static async Task<bool?> IsRunningAsync(Address seed, CancellationToken ended)
    {
        using var client = new TcpClient();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ended);
        patience.CancelAfter(Patience);
        try
        {
            await client.ConnectAsync(seed.Host!, seed.Port!.Value, patience.Token);
            return true;
        }
        catch (SocketException error)
        {
            return error.SocketErrorCode == SocketError.ConnectionRefused ? false : null;
        }
        catch (OperationCanceledException) when (!ended.IsCancellationRequested)
        {
            return null;
        }
    }
}
