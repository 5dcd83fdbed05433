using Akka.Actor;
using LedCluster.Actors.Deployment;
using LedCluster.Actors.Protocol;
using LedCluster.Actors.Transfer;
using LedCluster.Actors.Workers;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Nodes;

/// <summary>
/// The workers' side: joins the cluster with its roles, hears of runs, builds their workers, and runs their legs. With the
/// role coordinator it also hosts trajectories.
/// </summary>
/// <param name="cluster">Where this process listens, and through whom it joins.</param>
/// <param name="options">What the node does.</param>
/// <param name="hosts">Whether it has the role coordinator.</param>
/// <param name="build">Builds the workers of a run from its setup; may throw, then the node leaves that run alone.</param>
/// <param name="log">Receives messages for the operator.</param>
public sealed class ClusterNode(ClusterOptions cluster, NodeOptions options, bool hosts, Func<byte[], RunWorkers> build, Action<string> log)
{
    /// <summary>
    /// Works until drained, by whoever started the node or over the cluster: legs in hand are finished and answered, all other orders go
    /// back, the cluster is left.
    /// </summary>
    /// <exception cref="IOException">The address cannot be listened on, or a contact's name is unknown.</exception>
    /// <exception cref="DeviceLostException">The node has left because its device has failed.</exception>
    public async Task RunAsync(CancellationToken drain)
    {
        using var watch = new NodeWatch(options);
        using var source = new Source(new TransferClient(cluster.Tls), build);
        using var asked = CancellationTokenSource.CreateLinkedTokenSource(drain);
        string[] roles =
        [
            .. options.MicroWorkers > 0 ? [ClusterMember.MicroRole] : (string[])[],
            .. options.LatentWorkers > 0 ? [ClusterMember.LatentRole] : (string[])[],
            .. hosts ? [ClusterMember.CoordinatorRole] : (string[])[],
        ];
        DeviceLostException? fault = null;
        (IActorRef[] Pools, IActorRef Reporter) actors = ([], ActorRefs.Nobody);
        await using var membership = new ClusterMembership(cluster, roles, log, member => actors = Start(member.System, watch, source, Drain, Lost));
        if (await membership.JoinedAsync(Timeout.InfiniteTimeSpan, asked.Token) is not null)
            log($"{options.Name} waits for work");
        await Task.WhenAny(Task.Delay(Timeout.Infinite, asked.Token));
        actors.Reporter.Tell(new NodeReporter.Now(NodeState.Draining));
        if (membership.Current is { } member)
            await Task.WhenAny(
                Task.WhenAll(actors.Pools.Select(pool => pool.Ask<WorkerPool.Drained>(new WorkerPool.Drain(), Timeout.InfiniteTimeSpan))),
                member.System.WhenTerminated);
        actors.Reporter.Tell(new NodeReporter.Now(NodeState.Drained));
        log($"{options.Name} is drained");
        if (fault is not null)
            throw fault;

        void Drain() => _ = asked.CancelAsync();

        void Lost(DeviceLostException error)
        {
            fault = error;
            log($"{options.Name} leaves: {error.Message}");
            Drain();
        }
    }

    private (IActorRef[] Pools, IActorRef Reporter) Start(
        ActorSystem system, NodeWatch watch, IRunSource source, Action drain, Action<DeviceLostException> lost)
    {
        var (node, own, hosting) = (options, log, hosts);
        List<IActorRef> pools = [];
        foreach (var latent in (bool[])[false, true])
            if ((latent ? node.LatentWorkers : node.MicroWorkers) > 0)
            {
                var load = latent ? watch.Latent : watch.Micro;
                var pool = Props.Create(() => new WorkerPool(latent, node, source, load, own, lost)).WithDispatcher(Dispatchers.Control);
                pools.Add(system.ActorOf(pool, latent ? WorkerPool.LatentName : WorkerPool.MicroName));
            }
        return ([.. pools], system.ActorOf(Props.Create(() => new NodeReporter(node, hosting, watch, drain)), NodeReporter.Name));
    }

    /// <summary>Fetches from the coordinator, and keeps the workers of the runs that it was asked for last.</summary>
    private sealed class Source(TransferClient client, Func<byte[], RunWorkers> build) : IRunSource, IDisposable
    {
        /// <summary>Setups whose workers are kept: a node outlives any number of runs.</summary>
        private const int MostKept = 8;

        /// <summary>Attempts to hand an outcome over, and the pause between them.</summary>
        private const int MostAttempts = 4;

        private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

        private readonly Lock gate = new();
        private readonly List<(string Hash, Task<RunWorkers> Workers)> built = []; // the one used last at the end

        public long LargestMessage => ClusterEngine.LargestMessage;

        public Task<RunWorkers> WorkersAsync(RunAnnounced run)
        {
            lock (gate)
            {
                built.RemoveAll(b => b.Workers.IsFaulted);
                var at = built.FindIndex(b => b.Hash == run.SetupHash);
                var entry = at >= 0 ? built[at] : (run.SetupHash, Task.Run(async () => build(await client.SetupAsync(run).ConfigureAwait(false))));
                if (at >= 0)
                    built.RemoveAt(at);
                else if (built.Count == MostKept)
                    built.RemoveAt(0);
                built.Add(entry);
                return entry.Item2;
            }
        }

        public Task<Cohort> CohortAsync(RunAnnounced run, LegTask task) => client.CohortAsync(run, task);

        public async Task SendAsync(RunAnnounced run, LegOutcome outcome, CancellationToken over)
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    await client.SendAsync(run, outcome, over).ConfigureAwait(false);
                    return;
                }
                // the connection may have dropped; twice the same outcome does no harm
                catch (IOException error) when (attempt < MostAttempts && error is not CoordinatorGoneException)
                {
                    await Task.Delay(Pause, over).ConfigureAwait(false);
                }
            }
        }

        public void Dispose() => client.Dispose();
    }
}
