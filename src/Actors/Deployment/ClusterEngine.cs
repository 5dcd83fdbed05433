using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Cluster;
using Akka.Remote;
using LedCluster.Actors.Runs;
using LedCluster.Actors.Transfer;
using LedCluster.Actors.Workers;
using LedCluster.Domain.Cohorts;

namespace LedCluster.Actors.Deployment;

/// <summary>
/// The engine for many processes: the coordinator's side. This process joins the cluster and records. The workers of the job
/// are not used: each node (<see cref="Nodes.ClusterNode"/>) builds its own from the run's setup.
/// </summary>
/// <param name="options">Where this process listens, and through whom it joins.</param>
/// <param name="run">The run's identity, epoch and setup.</param>
/// <param name="rules">How to deal with workers.</param>
/// <param name="log">Receives messages for the operator.</param>
/// <param name="home">A membership of this process that outlasts its runs; without one the cluster is joined and left with each run.</param>
public sealed class ClusterEngine(ClusterOptions options, RunIdentity run, WorkRules rules, Action<string> log, ClusterMembership? home = null) : IEngine
{
    /// <summary>Largest state or outcome that is sent as a message, in bytes: as much as delays no sign of life.</summary>
    internal const int LargestMessage = 64 << 10;

    /// <inheritdoc />
    /// <exception cref="IOException">The cluster could not be joined, another coordinator has taken over, or the recorder could not keep a leg.</exception>
    public RunOutcome Run(EngineJob job, CancellationToken cancel)
    {
        if (home is not null)
            return RunAsync(home, job, cancel).GetAwaiter().GetResult();
        var own = ClusterMembership.OfCoordinator(options, log);
        try
        {
            return RunAsync(own, job, cancel).GetAwaiter().GetResult();
        }
        finally
        {
            own.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    /// <summary>A run outlives the actor systems of its process: what was in flight goes back to the ledger.</summary>
    private async Task<RunOutcome> RunAsync(ClusterMembership membership, EngineJob job, CancellationToken cancel)
    {
        using var ledger = new RunLedger(job);
        while (true)
        {
            if (await membership.JoinedAsync(rules.LongestOutage, cancel).ConfigureAwait(false) is { } member)
            {
                if (await CarryAsync(member, ledger, cancel).ConfigureAwait(false) is { } outcome)
                    return outcome;
                log($"run {run.Id} waits until this process is in the cluster again");
                continue;
            }
            if (!cancel.IsCancellationRequested)
                throw new IOException(
                    $"No cluster could be joined through {string.Join(", ", options.Join)} within {rules.LongestOutage.TotalSeconds:F0} s. "
                    + "What was recorded is kept; resume the run when one is there.");
            return ledger.Conclude(cancelled: true);
        }
    }

    /// <summary>Runs what is left as a member that has joined; null when its actor system ended before.</summary>
    private async Task<RunOutcome?> CarryAsync(ClusterMember member, RunLedger ledger, CancellationToken cancel)
    {
        var (identity, own) = (run, rules);
        var end = new TaskCompletionSource<RunOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        var states = new ConcurrentDictionary<int, Cohort>();
        var placement = new Placement
        {
            Trajectories = member.Trajectories!,
            Audience = () => Audience(member.System),
            WatchNodes = router => Watch(member.System, router),
            LargestMessage = LargestMessage,
            Transfer = member.Transfer!.Address,
            RouterKnown = router => member.Transfer.Host(run, new TransferServer.Hosted(run.Setup, states, router)),
        };
        log($"coordinates run {run.Id}, epoch {run.Epoch}");
        var coordinator = member.System.ActorOf(
            Props.Create(() => new RunCoordinator(ledger, identity, own, placement, states, end, TimeProvider.System, log, cancel))
                .WithDispatcher(Dispatchers.Pinned),
            RunCoordinator.Name(run.Id.Value));
        await using var stop = cancel.Register(() => coordinator.Tell(new RunCoordinator.Stop())).ConfigureAwait(false);
        await Task.WhenAny(end.Task, member.System.WhenTerminated).ConfigureAwait(false);
        member.Transfer.TakeOff(run);
        if (!member.System.WhenTerminated.IsCompleted)
            await Task.WhenAny(coordinator.GracefulStop(TimeSpan.FromSeconds(30)), member.System.WhenTerminated).ConfigureAwait(false);
        return end.Task.IsCompleted ? await end.Task.ConfigureAwait(false) : null;
    }

    /// <summary>The workers of all nodes, and the coordinators of this run, if there are others.</summary>
    private IEnumerable<ICanTell> Audience(ActorSystem system)
    {
        var cluster = Cluster.Get(system);
        foreach (var member in cluster.State.Members)
        {
            var user = new RootActorPath(member.Address) / "user";
            if (member.HasRole(ClusterMember.MicroRole))
                yield return system.ActorSelection(user / WorkerPool.MicroName);
            if (member.HasRole(ClusterMember.LatentRole))
                yield return system.ActorSelection(user / WorkerPool.LatentName);
            if (member.HasRole(ClusterMember.CoordinatorRole) && member.UniqueAddress != cluster.SelfUniqueAddress)
                yield return system.ActorSelection(user / RunCoordinator.Name(run.Id.Value));
        }
    }

    private static void Watch(ActorSystem system, IActorRef router)
    {
        system.EventStream.Subscribe(router, typeof(DisassociatedEvent));
        Cluster.Get(system).Subscribe(router, ClusterEvent.InitialStateAsEvents, typeof(ClusterEvent.UnreachableMember), typeof(ClusterEvent.MemberRemoved));
    }
}
