using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using LedCluster.Actors.Deployment;
using LedCluster.Actors.Protocol;
using LedCluster.Actors.Runs;
using LedCluster.Actors.Telemetry;
using LedCluster.Actors.Workers;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Tests;

/// <summary>What a run's coordinator does when others do not do their part.</summary>
public sealed class RunCoordinatorTests : IDisposable
{
    private readonly ActorSystem system = ActorSystem.Create(
        "run", ConfigurationFactory.ParseString(
            "akka { loggers = [], stdout-loglevel = OFF }\nled.pinned { type = PinnedDispatcher }\nled.control { type = ForkJoinDispatcher, "
            + "dedicated-thread-pool { thread-count = 1 } }"));

    private readonly RoleWatch load = new("micro");

    public void Dispose()
    {
        system.Terminate().Wait();
        load.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // a process has taken them in and is lost
    public async Task Trajectories_that_no_process_takes_in_are_hosted_by_the_coordinator_which_says_so(bool wereHosted)
    {
        var plan = LedCycle.Plan(new LedSchedule(2, 2, 2, 8));
        var (toy, clock, recorder) = (new ToyDynamics(), new ThreadClock(), new MemoryRecorder());
        var workers = new RunWorkers(
            new MicroWorker(toy, toy.Model, plan, LiftRule.Equilibrium, keepFields: false, clock), new LatentWorker(toy.Model, plan, 1, clock));
        var job = new EngineJob(
            Enumerable.Range(0, 3).Select(m => Cohort.Start([m], [m])), plan, workers.Micro, workers.Latent, recorder, new ExecutionOptions());
        using var ledger = new RunLedger(job);
        var (source, options) = (new Source(workers), new NodeOptions { Name = "n", MicroWorkers = 1, LatentWorkers = 1 });
        Action<string> quiet = _ => { };
        Action<DeviceLostException> unaware = _ => { };
        IActorRef[] pools = [.. new[] { false, true }.Select(
            latent => system.ActorOf(Props.Create(() => new WorkerPool(latent, options, source, load, quiet, unaware))))];
        // A shard region that knows no home, or none any more.
        var elsewhere = new EmptyLocalActorRef(
            ((ExtendedActorSystem)system).Provider, new RootActorPath(new Address("akka.tcp", "run", "10.0.0.1", 1)) / "trajectory",
            system.EventStream);
        var placement = new Placement
        {
            Trajectories = wereHosted ? system.ActorOf(Props.Create(() => new LostRegion(elsewhere))) : system.DeadLetters,
            Audience = () => pools,
        };
        var (run, rules, states) = (new RunIdentity(new RunId("r"), 1, [0]), new WorkRules(), new ConcurrentDictionary<int, Cohort>());
        var end = new TaskCompletionSource<RunOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        ConcurrentQueue<string> log = [];
        system.ActorOf(Props.Create(() => new RunCoordinator(ledger, run, rules, placement, states, end, new FastTime(), log.Enqueue, CancellationToken.None)));
        await end.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal([0, 1, 2], recorder.Paths.Keys);
        Assert.Single(log, line => line == "3 cohorts have found no host for 10 s; this process hosts them");
    }

    [Fact]
    public async Task A_request_to_stop_is_heard_between_initial_conditions_that_take_long()
    {
        var plan = LedCycle.Plan(new LedSchedule(2, 2, 2, 8));
        var (toy, clock) = (new ToyDynamics(), new ThreadClock());
        using var cancel = new CancellationTokenSource();
        var (made, known) = (0, 0);
        IEnumerable<Cohort> Slow()
        {
            Assert.Equal(1, known);
            for (; made < 5; made++)
            {
                if (made == 2)
                    cancel.Cancel();
                yield return Cohort.Start([made], [made]);
            }
        }
        var job = new EngineJob(
            Slow(), plan, new MicroWorker(toy, toy.Model, plan, LiftRule.Equilibrium, keepFields: false, clock),
            new LatentWorker(toy.Model, plan, 1, clock), new MemoryRecorder(), new ExecutionOptions());
        using var ledger = new RunLedger(job);
        var placement = new Placement { Trajectories = system.DeadLetters, Audience = () => [], RouterKnown = _ => known++ };
        var (run, rules, states) = (new RunIdentity(new RunId("r"), 1, [0]), new WorkRules(), new ConcurrentDictionary<int, Cohort>());
        var end = new TaskCompletionSource<RunOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        var (token, time) = (cancel.Token, new FastTime());
        Action<string> quiet = _ => { };
        system.ActorOf(Props.Create(() => new RunCoordinator(ledger, run, rules, placement, states, end, time, quiet, token)));
        Assert.True((await end.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken)).Cancelled);
        Assert.Equal(2, made);
    }

    /// <summary>Hosts what it hears of first in another process, which is then lost.</summary>
    private sealed class LostRegion(IActorRef elsewhere) : UntypedActor
    {
        private readonly HashSet<string> heard = [];

        protected override void OnReceive(object message)
        {
            if (message is not Advance advance || heard.Count == 3 || !heard.Add(advance.Entity))
                return;
            Sender.Tell(advance.Task, elsewhere);
            if (heard.Count == 3)
                Sender.Tell(new Akka.Remote.DisassociatedEvent(new Address("akka.tcp", "run", "10.0.0.2", 1), elsewhere.Path.Address, false));
        }
    }

    /// <summary>Twenty times as fast as it is.</summary>
    private sealed class FastTime : TimeProvider
    {
        public override long GetTimestamp() => 20 * base.GetTimestamp();
    }

    private sealed class Source(RunWorkers workers) : IRunSource
    {
        public long LargestMessage => long.MaxValue;

        public Task<RunWorkers> WorkersAsync(RunAnnounced run) => Task.FromResult(workers);

        public Task<Cohort> CohortAsync(RunAnnounced run, LegTask task) => throw new NotSupportedException();

        public Task SendAsync(RunAnnounced run, LegOutcome outcome, CancellationToken over) => throw new NotSupportedException();
    }
}
