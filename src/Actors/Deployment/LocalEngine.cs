using System.Collections.Concurrent;
using System.Text;
using Akka.Actor;
using Akka.Configuration;
using LedCluster.Actors.Protocol;
using LedCluster.Actors.Runs;
using LedCluster.Actors.Nodes;
using LedCluster.Actors.Telemetry;
using LedCluster.Actors.Workers;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Deployment;

/// <summary>The engine in one process: a local actor system without sockets or serialisation; messages go by reference.</summary>
public sealed class LocalEngine : IEngine
{
    /// <summary>Cohorts in flight per worker: one at work, the others on their way or waiting to be batched.</summary>
    private const int CohortsPerWorker = 4;

    private const string Configuration = """
        akka { loggers = [], stdout-loglevel = OFF, loglevel = OFF, log-dead-letters = off, coordinated-shutdown.run-by-clr-shutdown-hook = off }
        led.pinned { type = PinnedDispatcher }
        led.control { type = ForkJoinDispatcher, throughput = 100, dedicated-thread-pool { thread-count = 1, threadtype = background } }
        """;

    private static readonly Lazy<Task<ActorSystem>> System = new(
        () => Task.Run(() => ActorSystem.Create("led", ConfigurationFactory.ParseString(Configuration))));

    /// <summary>Starts the actor system of this process in the background, so that nobody waits for it later.</summary>
    public static void Prepare() => _ = System.Value;

    /// <inheritdoc />
    public RunOutcome Run(EngineJob job, CancellationToken cancel)
    {
        var (system, workers) = (System.Value.GetAwaiter().GetResult(), job.Options.Workers);
        var end = new TaskCompletionSource<RunOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        var node = new NodeOptions
        {
            Name = "local",
            MicroWorkers = workers,
            LatentWorkers = job.Latent.DeviceBatch is null ? workers : 1,
            MicroPrefetch = CohortsPerWorker,
            LatentPrefetch = CohortsPerWorker,
            FinishThreads = workers,
        };
        using var watch = new NodeWatch(node);
        using var ledger = new RunLedger(job);
        var source = new Source(new RunWorkers(job.Micro, job.Latent));
        Action<string> quiet = _ => { };
        Action<DeviceLostException> lost = error => end.TrySetException(error); // nobody else could go on
        IActorRef Pool(bool latent, RoleWatch load) => system.ActorOf(
            Props.Create(() => new WorkerPool(latent, node, source, load, quiet, lost)).WithDispatcher(Dispatchers.Control));
        IActorRef[] pools = [Pool(false, watch.Micro), Pool(true, watch.Latent)];
        var run = new RunIdentity(new RunId(Guid.NewGuid().ToString("N")), 1, Encoding.ASCII.GetBytes("local"));
        // Nothing is lost in a process, and whoever asks the run to stop waits for the legs at work.
        var rules = new WorkRules
        {
            Window = CohortsPerWorker * workers,
            LargestWindow = int.MaxValue,
            LegTimeout = TimeSpan.MaxValue,
            CancelGrace = TimeSpan.MaxValue,
        };
        var placement = new Placement
        {
            Trajectories = system.ActorOf(Props.Create<LocalTrajectories>().WithDispatcher(Dispatchers.Control)),
            Audience = () => pools,
        };
        var states = new ConcurrentDictionary<int, Cohort>();
        var coordinator = system.ActorOf(
            Props.Create(() => new RunCoordinator(ledger, run, rules, placement, states, end, TimeProvider.System, quiet, cancel))
                .WithDispatcher(Dispatchers.Pinned));
        using var stop = cancel.Register(() => coordinator.Tell(new RunCoordinator.Stop()));
        try
        {
            return end.Task.GetAwaiter().GetResult();
        }
        finally // legs at work are finished first, as they use what the caller may dispose of
        {
            IActorRef[] actors = [.. pools, coordinator, placement.Trajectories];
            Task.WhenAll(actors.Select(actor => actor.GracefulStop(Timeout.InfiniteTimeSpan))).GetAwaiter().GetResult();
        }
    }

    private sealed class Source(RunWorkers workers) : IRunSource
    {
        public long LargestMessage => long.MaxValue;

        public Task<RunWorkers> WorkersAsync(RunAnnounced run) => Task.FromResult(workers);

        public Task<Cohort> CohortAsync(RunAnnounced run, LegTask task) => throw new InvalidOperationException("Within a process states travel with the task.");

        public Task SendAsync(RunAnnounced run, LegOutcome outcome, CancellationToken over) =>
            throw new InvalidOperationException("Within a process outcomes travel as messages.");
    }
}
