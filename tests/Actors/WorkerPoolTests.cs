using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using LedCluster.Actors.Protocol;
using LedCluster.Actors.Telemetry;
using LedCluster.Actors.Transfer;
using LedCluster.Actors.Workers;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Tests;

/// <summary>What becomes at a node of orders, and of outcomes of short legs.</summary>
public sealed class WorkerPoolTests : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);
    private static readonly Leg[] Plan = [.. LedCycle.Plan(new LedSchedule(2, 2, 2, 8))];

    private readonly ActorSystem system = ActorSystem.Create(
        "pool", ConfigurationFactory.ParseString("akka { loggers = [], stdout-loglevel = OFF }\nled.pinned { type = PinnedDispatcher }"));
    private readonly ManualResetEventSlim begun = new(), held = new();
    private readonly RoleWatch load = new("micro");
    private readonly ToyDynamics toy;

    public WorkerPoolTests() => toy = new ToyDynamics { OnAdvance = x => { begun.Set(); held.Wait(Longest); return x; } };

    public void Dispose()
    {
        held.Set();
        system.Terminate().Wait();
        begun.Dispose();
        held.Dispose();
        load.Dispose();
    }

    [Fact]
    public void Orders_of_an_earlier_coordinator_that_wait_are_dropped_when_a_later_one_is_heard_of()
    {
        using var inbox = Inbox.Create(system);
        var source = new Source(toy);
        Action<string> quiet = _ => { };
        Action<DeviceLostException> unaware = _ => { };
        var options = new NodeOptions { Name = "n", MicroWorkers = 1, MicroPrefetch = 4 };
        var pool = system.ActorOf(Props.Create(() => new WorkerPool(false, options, source, load, quiet, unaware)));
        Announce(1);
        Order(1, number: 1);
        Assert.True(begun.Wait(Longest));
        Order(1, number: 2);
        Announce(2);
        Order(2, number: 3);
        held.Set();
        List<int> run = [];
        while (run.Count == 0 || run[^1] != 3)
            if (inbox.Receive(Longest) is LegOutcomes(var outcomes))
                run.AddRange(outcomes.Select(o => o.Number));
        Assert.Equal([1, 3], run); // 1 was at work

        void Announce(int epoch)
        {
            pool.Tell(new RunAnnounced("r", epoch, "setup", ""), inbox.Receiver);
            while (inbox.Receive(Longest) is not WorkersReady)
            {
            }
        }

        void Order(int epoch, int number) => pool.Tell(
            new RunLegs([new(number, new LegTask(new RunId("r"), epoch, number, new CohortId(number), Plan[0], 1, Cohort.Start([number], [1])))]),
            inbox.Receiver);
    }

    [Fact]
    public void A_worker_that_fails_itself_gives_its_legs_back_and_runs_the_next_ones()
    {
        using var inbox = Inbox.Create(system);
        var faults = 0;
        var source = new Source(new ToyDynamics { OnAdvance = x => { faults = x > 50 ? 2 : faults; return x; } })
        {
            Size = () => faults-- > 0 ? throw new InvalidOperationException("no size") : long.MaxValue,
        };
        Action<string> quiet = _ => { };
        Action<DeviceLostException> unaware = _ => { };
        var options = new NodeOptions { Name = "n", MicroWorkers = 1, MicroPrefetch = 4 };
        var pool = system.ActorOf(Props.Create(() => new WorkerPool(false, options, source, load, quiet, unaware)));
        pool.Tell(new RunAnnounced("r", 1, "setup", ""), inbox.Receiver);
        while (inbox.Receive(Longest) is not WorkersReady)
        {
        }
        pool.Tell(
            new RunLegs(
                [.. Enumerable.Range(1, 3).Select(
                    n => new Order(n, new LegTask(new RunId("r"), 1, n, new CohortId(n), Plan[0], 1, Cohort.Start([n], [n == 2 ? 77 : 1]))))]),
            inbox.Receiver);
        Dictionary<int, bool> isMachines = [];
        while (isMachines.Count < 3 && inbox.Receive(TimeSpan.FromSeconds(20)) is LegOutcomes(var outcomes))
            foreach (var outcome in outcomes)
                isMachines[outcome.Number] = outcome.IsMachines;
        Assert.Equal([(1, false), (2, true), (3, false)], isMachines.OrderBy(o => o.Key).Select(o => (o.Key, o.Value)));
    }

    [Fact]
    public void The_outcome_of_a_short_leg_does_not_wait_for_a_long_one()
    {
        using var inbox = Inbox.Create(system);
        var source = new Source(new ToyDynamics { OnAdvance = x => { if (x > 50) held.Wait(Longest); return x; } });
        Action<string> quiet = _ => { };
        Action<DeviceLostException> unaware = _ => { };
        var options = new NodeOptions { Name = "n", MicroWorkers = 1, MicroPrefetch = 40 };
        var pool = system.ActorOf(Props.Create(() => new WorkerPool(false, options, source, load, quiet, unaware)));
        pool.Tell(new RunAnnounced("r", 1, "setup", ""), inbox.Receiver);
        while (inbox.Receive(Longest) is not WorkersReady)
        {
        }
        // The first may take long, as it is compiled; the last ones before the long one do not.
        pool.Tell(
            new RunLegs(
                [.. Enumerable.Range(1, 40).Select(
                    n => new Order(n, new LegTask(new RunId("r"), 1, n, new CohortId(n), Plan[0], 1, Cohort.Start([n], [n == 40 ? 77 : 1]))))]),
            inbox.Receiver);
        List<int> run = [];
        while (run.Count < 39)
            if (inbox.Receive(TimeSpan.FromSeconds(10)) is LegOutcomes(var outcomes))
                run.AddRange(outcomes.Select(o => o.Number));
            else
                break;
        Assert.Equal(Enumerable.Range(1, 39), run);
        held.Set();
    }

    [Fact]
    public void Legs_that_wait_at_a_device_are_one_batch_with_the_bits_that_each_has_alone()
    {
        List<int> batches = [];
        var device = new ToyDynamics { DeviceBatch = 4096, OnRun = members => { batches.Add(members); begun.Set(); held.Wait(Longest); } };
        using var inbox = Inbox.Create(system);
        var pool = LatentPool(device, inbox, _ => { });
        pool.Tell(new RunLegs([MacroLeg(1)]), inbox.Receiver);
        Assert.True(begun.Wait(Longest));
        pool.Tell(new RunLegs([.. Enumerable.Range(2, 60).Select(MacroLeg)]), inbox.Receiver);
        pool.Tell(new RunAnnounced("r", 1, "setup", ""), inbox.Receiver);
        Assert.Equal(61, Ready(inbox).Held.Length); // all are there before the device is free
        held.Set();
        var alone = new LatentWorker(new ToyDynamics().Model, [.. Plan], 1, new ThreadClock());
        List<LegOutcome> answers = [];
        while (answers.Count < 61)
            if (inbox.Receive(Longest) is LegOutcomes(var outcomes))
                answers.AddRange(outcomes);
        Assert.Equal([50, 60 * 50], batches);
        Assert.All(answers, answer => Assert.Equal(alone.Run([MacroLeg(answer.Serial).Task.Cohort!])(0).Segment.Latents, answer.Result!.Segment.Latents));
    }

    [Fact]
    public void A_batch_is_answered_while_the_device_computes_the_next_and_no_other()
    {
        var (runs, decoded, beside, bounded) = (0, 0, true, true);
        using var second = new ManualResetEventSlim();
        var device = new ToyDynamics
        {
            DeviceBatch = 50,
            OnRun = _ =>
            {
                if (++runs == 2)
                    second.Set();
                bounded &= Volatile.Read(ref decoded) >= runs - 2; // all but the last batch are answered
            },
            OnDecode = () =>
            {
                beside &= second.Wait(TimeSpan.FromSeconds(20));
                Interlocked.Increment(ref decoded);
            },
        };
        using var inbox = Inbox.Create(system);
        var pool = LatentPool(device, inbox, _ => { });
        pool.Tell(new RunLegs([.. Enumerable.Range(1, 8).Select(MacroLeg)]), inbox.Receiver);
        List<int> answered = [];
        while (answered.Count < 8)
            if (inbox.Receive(Longest) is LegOutcomes(var outcomes))
                answered.AddRange(outcomes.Select(o => o.Number));
        Assert.Equal(Enumerable.Range(1, 8), answered);
        Assert.True(beside, "the first batch was not taken apart before the second had begun");
        Assert.True(bounded, "a batch was computed before the one before the last was answered");
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_device_that_is_lost_blames_no_cohort_and_all_its_orders_go_back(bool whileDecoding)
    {
        var legs = 0;
        void Use()
        {
            if (Interlocked.Increment(ref legs) == 3)
                throw new DeviceLostException("cuda:0 is lost: CUDA error: unspecified launch failure");
        }
        var device = new ToyDynamics
        {
            DeviceBatch = 50,
            OnRun = _ => { if (!whileDecoding) Use(); },
            OnDecode = () => { if (whileDecoding) Use(); },
        };
        var told = new TaskCompletionSource<string>();
        using var inbox = Inbox.Create(system);
        var pool = LatentPool(device, inbox, error => told.SetResult(error.Message));
        pool.Tell(new RunLegs([.. Enumerable.Range(1, 8).Select(MacroLeg)]), inbox.Receiver);
        List<int> finished = [], returned = [];
        var room = -1;
        while (finished.Count + returned.Count < 8)
            switch (inbox.Receive(Longest))
            {
                case LegOutcomes(var outcomes):
                    Assert.All(outcomes, outcome => Assert.NotNull(outcome.Result));
                    finished.AddRange(outcomes.Select(o => o.Number));
                    break;
                case WorkersReady ready:
                    room = ready.Capacity;
                    break;
                case OrdersReturned(var numbers):
                    Assert.Equal(0, room); // told first, so that none of them comes again
                    returned.AddRange(numbers);
                    break;
            }
        Assert.Equal([1, 2], finished);
        Assert.Equal(Enumerable.Range(3, 6), returned.Order());
        Assert.Contains("unspecified launch failure", await told.Task.WaitAsync(Longest, TestContext.Current.CancellationToken));
        pool.Tell(new RunLegs([MacroLeg(9)]), inbox.Receiver);
        Assert.Equal([9], Assert.IsType<OrdersReturned>(inbox.Receive(Longest)).Numbers);
        Assert.Equal(3, legs); // nothing is computed there any more
    }

    private IActorRef LatentPool(ToyDynamics device, Inbox inbox, Action<DeviceLostException> lost)
    {
        var (source, options) = (new Source(device), new NodeOptions { Name = "n", LatentWorkers = 1 });
        Action<string> quiet = _ => { };
        var pool = system.ActorOf(Props.Create(() => new WorkerPool(true, options, source, load, quiet, lost)));
        pool.Tell(new RunAnnounced("r", 1, "setup", ""), inbox.Receiver);
        Assert.Equal(Math.Max(16, 3 * device.DeviceBatch!.Value), Ready(inbox).Capacity);
        return pool;
    }

    private static WorkersReady Ready(Inbox inbox)
    {
        while (true)
            if (inbox.Receive(Longest) is WorkersReady ready)
                return ready;
    }

    /// <summary>A macro leg of fifty members.</summary>
    private static Order MacroLeg(int number) =>
        new(number, new LegTask(new RunId("r"), 1, number, new CohortId(50 * number), Plan[1], 50, Cohort.Start([.. Enumerable.Range(50 * number, 50)], []) with
    {
        Leg = 1, Frame = 2, Pending = 1, Latents = [.. Enumerable.Range(1, 50).Select(m => m / 7f + number)], Memory = new float[50],
    }));

    [Fact]
    public async Task A_process_that_does_not_listen_any_more_is_told_from_a_connection_that_dropped()
    {
        int port;
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }
        using var client = new TransferClient(null);
        await Assert.ThrowsAsync<CoordinatorGoneException>(() => client.SetupAsync(new RunAnnounced("r", 1, "s", $"127.0.0.1:{port}")));
    }

    private sealed class Source(ToyDynamics toy) : IRunSource
    {
        public Func<long> Size { get; init; } = () => long.MaxValue;

        public long LargestMessage => Size();

        public Task<RunWorkers> WorkersAsync(RunAnnounced run) => Task.FromResult(new RunWorkers(
            new MicroWorker(toy, toy.Model, [.. Plan], LiftRule.Equilibrium, keepFields: false, new ThreadClock()),
            new LatentWorker(toy.Model, [.. Plan], 1, new ThreadClock(), keepFields: toy.DeviceBatch is not null)));

        public Task<Cohort> CohortAsync(RunAnnounced run, LegTask task) => throw new NotSupportedException();

        public Task SendAsync(RunAnnounced run, LegOutcome outcome, CancellationToken over) => throw new NotSupportedException();
    }
}
