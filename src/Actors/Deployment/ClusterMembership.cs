using Akka.Actor;

namespace LedCluster.Actors.Deployment;

/// <summary>
/// A process's place in a cluster, for as long as it lives: an actor system, and another one in its place whenever the others
/// have excluded it or it goes over to a larger cluster.
/// </summary>
public sealed class ClusterMembership : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private ClusterOptions options;
    private readonly IReadOnlyCollection<string> roles;
    private readonly Action<string> log;
    private readonly Action<ClusterMember> started;
    private readonly CancellationTokenSource stop = new();
    private readonly Task staying;
    private volatile ClusterMember? member;
    private volatile Address? through;

    /// <summary>Starts to join; joining goes on in the background.</summary>
    /// <param name="options">Where to listen, and through whom to join.</param>
    /// <param name="roles">What this process does.</param>
    /// <param name="log">Receives messages for the operator.</param>
    /// <param name="started">Starts the actors of each new actor system.</param>
    /// <exception cref="IOException">The address cannot be listened on, or a name is unknown.</exception>
    internal ClusterMembership(ClusterOptions options, IReadOnlyCollection<string> roles, Action<string> log, Action<ClusterMember> started)
    {
        (this.options, this.roles, this.log, this.started) = (options, roles, log, started);
        var first = Start();
        Contact = $"{first.Address.Host}:{first.Address.Port}";
        this.options = options with { Port = first.Address.Port };
        log(
            $"listens on {first.Address.Host}:{first.Address.Port} and "
            + $"{(options.Join.Count == 0 ? "starts a cluster" : $"joins the cluster through {string.Join(", ", options.Join)}")}");
        staying = Task.Run(() => StayAsync(first));
    }

    /// <summary>A coordinator's place, for runs that come one after the other.</summary>
    /// <exception cref="IOException">The address cannot be listened on, or a name is unknown.</exception>
    public static ClusterMembership OfCoordinator(ClusterOptions options, Action<string> log) => new(options, [ClusterMember.CoordinatorRole], log, _ => { });

    /// <summary>This process as a member that the others have accepted; null when that took too long or was given up.</summary>
    internal async Task<ClusterMember?> JoinedAsync(TimeSpan longest, CancellationToken cancel)
    {
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancel, stop.Token);
        if (longest < TimeSpan.FromDays(40))
            wait.CancelAfter(longest);
        while (!wait.IsCancellationRequested)
        {
            if (member is { } own && await own.JoinedAsync(wait.Token).ConfigureAwait(false))
                return own;
            await Task.WhenAny(Task.Delay(TimeSpan.FromSeconds(0.05), wait.Token)).ConfigureAwait(false);
        }
        return null;
    }

    /// <summary>Where this process listens, for others who join through it; it keeps its port from one actor system to the next.</summary>
    public string Contact { get; }

    /// <summary>The actor system of this moment, joined or not; null between two.</summary>
    internal ClusterMember? Current => member;

    /// <summary>Leaves the cluster in good order.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await staying.ConfigureAwait(false);
        stop.Dispose();
    }

    private ClusterMember Start()
    {
        ClusterMember? own = null;
        var ends = 0;
        own = ClusterMember.Start(options, roles, through, Move, log);
        through = null;
        started(own);
        return member = own;

        void Move(Address to)
        {
            if (Interlocked.Exchange(ref ends, 1) != 0)
                return;
            log($"goes over to the cluster of {to.Host}:{to.Port}");
            through = to;
            _ = own!.System.Terminate();
        }
    }

    private async Task StayAsync(ClusterMember own)
    {
        var (ended, told) = (Task.Delay(Timeout.Infinite, stop.Token), false);
        while (true)
        {
            await Task.WhenAny(own.System.WhenTerminated, ended).ConfigureAwait(false);
            if (stop.IsCancellationRequested)
            {
                await own.LeaveAsync().ConfigureAwait(false);
                return;
            }
            member = null;
            if (through is null)
                log("the other processes could not reach this one and removed it; it joins again");
            while (member is null && !stop.IsCancellationRequested)
            {
                try
                {
                    (own, told) = (Start(), false);
                }
                catch (IOException error)
                {
                    if (!told)
                        log($"{error.Message} Trying again");
                    told = true;
                    await Task.WhenAny(Task.Delay(Pause, stop.Token)).ConfigureAwait(false);
                }
            }
        }
    }
}
