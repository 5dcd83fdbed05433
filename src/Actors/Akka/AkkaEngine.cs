using Akka.Actor;
using LedCluster.Actors.RabbitMq;

namespace LedCluster.Actors.Akka;

/// <summary>
/// The engine for a cluster without a broker: the coordinator's side. This process joins the cluster, hosts cohorts as
/// sharded entities, and records. The workers of the job are not used: each node (<see cref="AkkaNode"/>) builds its own
/// from the run's setup.
/// </summary>
/// <param name="member">Where this process listens and whom it joins.</param>
/// <param name="run">The run's identity, epoch and setup.</param>
/// <param name="options">How to deal with the cluster.</param>
/// <param name="log">Told, in words for a person, what an operator should know.</param>
/// <param name="home">A membership of this process that outlasts its runs; without one the cluster is joined and left with each run.</param>
public sealed class AkkaEngine(AkkaOptions member, ClusterRun run, RabbitMqOptions options, Action<string> log, AkkaNodeRegistry? home = null) : IEngine
{
    /// <inheritdoc />
    /// <exception cref="IOException">
    /// The cluster could not be joined or has excluded this process, another coordinator has taken over, or the recorder
    /// could not keep a leg.
    /// </exception>
    public RunOutcome Run(EngineJob job, CancellationToken cancel)
    {
        if (home is not null)
            return RunAs(home.JoinedAsync(options.LongestOutage, cancel).GetAwaiter().GetResult(), job, cancel);
        var own = ClusterMember.Start(member with { ExitWhenExcluded = false }, [ClusterMember.CoordinatorRole], log);
        try
        {
            return RunAs(own.JoinedAsync(options.LongestOutage, cancel).GetAwaiter().GetResult() ? own : null, job, cancel);
        }
        finally
        {
            own.LeaveAsync().GetAwaiter().GetResult();
        }
    }

    private RunOutcome RunAs(ClusterMember? joined, EngineJob job, CancellationToken cancel)
    {
        if (joined is not null)
            return Carry(joined, job, run, options, log, cancel);
        if (!cancel.IsCancellationRequested)
            throw new IOException($"No cluster could be joined through {string.Join(", ", member.SeedNodes)}. What was recorded is kept; resume the run when a seed node is there.");
        using var ledger = new RunLedger(job);
        return ledger.Conclude(cancelled: true);
    }

    /// <summary>Runs a job as a member that has joined.</summary>
    internal static RunOutcome Carry(ClusterMember joined, EngineJob job, ClusterRun run, RabbitMqOptions options, Action<string> log, CancellationToken cancel)
    {
        var end = new TaskCompletionSource<RunOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        var region = joined.Region!;
        var coordinator = joined.System.ActorOf(
            Props.Create(() => new RunCoordinator(job, run, options, region, end, TimeProvider.System, log, cancel)).WithDispatcher(ClusterMember.PinnedDispatcher),
            RunCoordinator.Name(run.Id.Value));
        using var stop = cancel.Register(() => coordinator.Tell(new RunCoordinator.Stop()));
        joined.System.WhenTerminated.ContinueWith(
            _ => end.TrySetException(new IOException("The cluster has excluded this process, as most of its members could not reach it. What was recorded is kept; resume the run.")),
            TaskScheduler.Default);
        try
        {
            return end.Task.GetAwaiter().GetResult();
        }
        finally
        {
            coordinator.GracefulStop(TimeSpan.FromSeconds(5)).ContinueWith(_ => { }, TaskScheduler.Default).Wait();
        }
    }
}
