using Akka;
using Akka.Actor;
using LedCluster.Actors.Nodes;
using LedCluster.Actors.RabbitMq;

namespace LedCluster.Actors.Akka;

/// <summary>
/// The workers' side: joins the cluster with its roles, hears of runs, builds their workers, and runs the orders of its
/// roles. With the role coordinator it also hosts cohorts.
/// </summary>
/// <param name="member">Where this process listens and whom it joins.</param>
/// <param name="options">What the node does.</param>
/// <param name="hostsCohorts">Whether it has the role coordinator.</param>
/// <param name="build">Builds the workers of a run from its setup; may throw, then the node leaves that run alone.</param>
/// <param name="log">Told, in words for a person, what an operator should know.</param>
public sealed class AkkaNode(AkkaOptions member, NodeOptions options, bool hostsCohorts, Func<byte[], RunWorkers> build, Action<string> log)
{
    /// <summary>Works until drained, by whoever started the node or over the cluster: legs in hand are finished and answered, all other orders go back, the cluster is left.</summary>
    /// <exception cref="IOException">The address cannot be listened on, or the cluster has excluded this process.</exception>
    public async Task RunAsync(CancellationToken drain)
    {
        using var watch = new NodeWatch(options);
        using var asked = CancellationTokenSource.CreateLinkedTokenSource(drain);
        await WorkAsync(watch, asked);
    }

    private async Task WorkAsync(NodeWatch watch, CancellationTokenSource asked)
    {
        var roles = new[] { (options.MicroWorkers > 0, ClusterMember.MicroRole), (options.LatentWorkers > 0, ClusterMember.LatentRole), (hostsCohorts, ClusterMember.CoordinatorRole) };
        var joined = ClusterMember.Start(member, roles.Where(r => r.Item1).Select(r => r.Item2), log);
        var (system, drain) = (joined.System, asked.Token);
        var (lanes, reporter) = Work(system, watch, () => _ = asked.CancelAsync());
        using var telling = drain.Register(() => reporter.Tell(new NodeReporter.Now(NodeState.Draining)));
        var shutdown = CoordinatedShutdown.Get(system);
        shutdown.AddTask(CoordinatedShutdown.PhaseBeforeActorSystemTerminate, "tell", () =>
        {
            if (!drain.IsCancellationRequested)
            {
                log(Excluded(options.Name));
                if (member.ExitWhenExcluded)
                    Environment.Exit(1); // Akka's own way out, exit-clr, would look like success to whoever started this process
            }
            return Task.FromResult(Done.Instance);
        });
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceRequestsDone, "drain", async () =>
        {
            if (!drain.IsCancellationRequested)
                return Done.Instance;
            foreach (var lane in lanes)
                await lane.Ask<WorkLane.Drained>(new WorkLane.Drain(), TimeSpan.FromHours(1));
            reporter.Tell(new NodeReporter.Now(NodeState.Drained));
            log($"{options.Name} is drained");
            return Done.Instance;
        });
        log($"{options.Name} listens on {joined.Address} and joins the cluster");
        if (await joined.JoinedAsync(Timeout.InfiniteTimeSpan, drain))
            log($"{options.Name} waits for work");
        await Task.WhenAny(system.WhenTerminated, Task.Delay(Timeout.Infinite, drain));
        if (!drain.IsCancellationRequested)
            throw new IOException(Excluded(options.Name));
        await joined.LeaveAsync();
    }

    /// <summary>Starts what works and what reports.</summary>
    private (List<IActorRef> Lanes, IActorRef Reporter) Work(ActorSystem system, NodeWatch watch, Action ask)
    {
        var (node, hosts, ownLog, ownBuild) = (options, hostsCohorts, log, build);
        var workshop = system.ActorOf(
            Props.Create(() => new Workshop(node.Name, ownBuild, TimeProvider.System, ownLog)).WithDispatcher(ClusterMember.PinnedDispatcher), "workshop");
        List<IActorRef> lanes = [];
        foreach (var latent in (bool[])[false, true])
            if ((latent ? node.LatentWorkers : node.MicroWorkers) > 0)
                lanes.Add(system.ActorOf(
                    Props.Create(() => new WorkLane(latent, node, workshop, latent ? watch.Latent : watch.Micro, TimeProvider.System, ownLog)),
                    latent ? WorkLane.LatentName : WorkLane.MicroName));
        return (lanes, system.ActorOf(Props.Create(() => new NodeReporter(node, hosts, watch, ask)), NodeReporter.Name));
    }

    private static string Excluded(string node) => $"The cluster has excluded {node}, as most of its members could not reach it. Start it again.";
}
