using System.Threading.Channels;
using Akka.Actor;
using LedCluster.Actors.Akka;
using LedCluster.Actors.RabbitMq;
using LedCluster.Actors.Telemetry;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Workers;
using LedCluster.Domain.Wire;

namespace LedCluster.Actors.Tests;

/// <summary>Lanes and the dispatcher, each alone with somebody who only listens.</summary>
public sealed class AkkaWorkTests : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);
    private static readonly Action<string> Quiet = _ => { };

    private readonly ClusterMember member = ClusterMember.Start(
        new AkkaOptions { SeedNodes = ["akka.tcp://led@127.0.0.1:1"], Host = "127.0.0.1", ExitWhenExcluded = false }, [], _ => { });

    private readonly ClusterRun run = new(new RunId("r"), 1, [1]);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => member.System.Terminate().Wait();

    /// <summary>The cohort is gone, or the whole run: nobody ever confirms the reply, and no announcement comes.</summary>
    [Fact]
    public async Task A_lane_that_drains_waits_for_its_legs_and_not_for_receipts_that_never_come()
    {
        var (plan, time) = (LedCycle.Plan(new LedSchedule(Warm: 6, Macro: 10, Micro: 3, Final: 68)), new LateTime());
        using var proceed = new ManualResetEventSlim();
        var toy = new ToyDynamics { OnAdvance = x => { proceed.Wait(Longest); return x; } };
        var workers = new RunWorkers(
            new MicroWorker(toy, toy.Model, plan, LiftRule.Equilibrium, keepFields: true, new ThreadClock()), new LatentWorker(toy.Model, plan, fieldSize: 1, new ThreadClock()));
        var workshop = member.System.ActorOf(Props.Create(() => new Ready(workers)));
        using var load = new RoleWatch("micro");
        var lane = member.System.ActorOf(Props.Create(() => new WorkLane(
            false, new NodeOptions { Name = "n", MicroWorkers = 1 }, workshop, load, time, Quiet)));
        var (silent, heard) = Listener("silent");
        lane.Tell(new RunAnnounced("r", 1, "hash"), silent);
        Assert.Equal(4, (await Next<WorkerReady>(heard)).Capacity);
        foreach (var number in (int[])[1, 2])
        {
            using var order = new WorkOrder(run.Id, 1, number, Cohort.Start([number], [number])).Encode();
            lane.Tell(new Parcel("", number, 0, 1, order.ToArray()), silent);
            await Next<ParcelReceived>(heard);
        }
        var drained = lane.Ask<WorkLane.Drained>(new WorkLane.Drain(), Longest);
        Assert.Equal(2, Assert.Single((await Next<OrdersClosed>(heard)).Numbers)); // it had not begun
        Assert.False(drained.IsCompleted);
        proceed.Set();
        await Next<Parcel>(heard);
        Assert.False(drained.IsCompleted);
        time.Later = TimeSpan.FromSeconds(11);
        await drained;
        Assert.Equal((0, 1), (load.InFlight, load.LegsDone));
    }

    /// <summary>Every worker dies with all that it holds, the guilty one among it.</summary>
    [Fact]
    public async Task A_cohort_that_workers_are_lost_with_again_and_again_works_alone_and_is_given_up_and_no_other()
    {
        var plan = LedCycle.Plan(new LedSchedule(Warm: 6, Macro: 10, Micro: 3, Final: 68));
        var (options, own) = (new RabbitMqOptions { AnnounceEvery = TimeSpan.FromHours(1) }, run);
        var dispatcher = member.System.ActorOf(Props.Create(() => new WorkDispatcher(plan, own, options, TimeProvider.System, Quiet)));
        var guilty = Listener("r_0");
        (IActorRef Actor, ChannelReader<object> Heard)[] innocent = [Listener("r_1"), Listener("r_2")];
        var grants = new Dictionary<IActorRef, WorkerGranted>();
        for (var losses = 0; losses < options.MostLosses - 1; losses++)
        {
            dispatcher.Tell(new WorkerReady($"n{losses}", false, 4, []), Worker(losses));
            foreach (var (actor, heard) in innocent.Prepend(guilty))
            {
                dispatcher.Tell(new WorkerWanted(0, 0, null), actor);
                Assert.Equal(Worker(losses), (grants[actor] = await Next<WorkerGranted>(heard)).Worker);
            }
            dispatcher.Tell(new global::Akka.Remote.DisassociatedEvent(member.Address, Worker(losses).Path.Address, false));
            foreach (var (actor, heard) in innocent.Prepend(guilty))
                Assert.Equal(grants[actor].Number, (await Next<OrderLost>(heard)).Number);
        }

        // All three are suspects now. There is one worker: they have it one after the other.
        dispatcher.Tell(new WorkerReady("n8", false, 4, []), Worker(8));
        foreach (var (actor, _) in innocent.Append(guilty))
            dispatcher.Tell(new WorkerWanted(0, 0, null), actor);
        foreach (var (actor, heard) in innocent)
        {
            var grant = await Next<WorkerGranted>(heard);
            await Barrier(dispatcher);
            Assert.False(guilty.Heard.TryPeek(out _));
            dispatcher.Tell(new OrdersClosed([grant.Number]), actor);
        }
        var last = await Next<WorkerGranted>(guilty.Heard);
        dispatcher.Tell(new WorkerWanted(2, 0, null), innocent[0].Actor); // as good as any other again, but kept from the suspect's node
        await Barrier(dispatcher);
        Assert.False(innocent[0].Heard.TryPeek(out _));
        dispatcher.Tell(new global::Akka.Remote.DisassociatedEvent(member.Address, Worker(8).Path.Address, false));
        Assert.Equal(last.Number, (await Next<OrderLost>(guilty.Heard)).Number);
        dispatcher.Tell(new WorkerWanted(0, 0, null), guilty.Actor);
        Assert.Equal("3 workers in a row were lost while they had it", (await Next<LegCondemned>(guilty.Heard)).Reason);
        dispatcher.Tell(new WorkerReady("n9", false, 4, []), Worker(9));
        await Next<WorkerGranted>(innocent[0].Heard);
    }

    [Fact]
    public async Task A_worker_that_is_about_to_end_anyway_is_no_evidence_against_its_orders()
    {
        var plan = LedCycle.Plan(new LedSchedule(Warm: 6, Macro: 10, Micro: 3, Final: 68));
        var (options, own) = (new RabbitMqOptions { AnnounceEvery = TimeSpan.FromHours(1) }, run);
        var dispatcher = member.System.ActorOf(Props.Create(() => new WorkDispatcher(plan, own, options, TimeProvider.System, Quiet)));
        var (cohort, heard) = Listener("r_0");
        for (var losses = 0; losses < options.MostLosses + 2; losses++)
        {
            dispatcher.Tell(new WorkerReady($"n{losses}", false, 4, []), Worker(losses));
            dispatcher.Tell(new WorkerWanted(0, 0, null), cohort);
            var granted = await Next<WorkerGranted>(heard);
            dispatcher.Tell(new WorkerReady($"n{losses}", false, 0, [granted.Number]), Worker(losses));
            dispatcher.Tell(new global::Akka.Remote.DisassociatedEvent(member.Address, Worker(losses).Path.Address, false));
            await Next<OrderLost>(heard);
        }
    }

    /// <summary>A lane of a node that need not exist; not at the address of the seed, which the member tries in vain and tells so.</summary>
    private IActorRef Worker(int node) => ((ExtendedActorSystem)member.System).Provider.ResolveActorRef($"akka.tcp://led@127.0.0.1:{node + 11}/user/micro");

    private (IActorRef Actor, ChannelReader<object> Heard) Listener(string name)
    {
        var heard = Channel.CreateUnbounded<object>();
        return (member.System.ActorOf(Props.Create(() => new Listening(heard.Writer)), name), heard.Reader);
    }

    /// <summary>Returns when everything that was told to an actor before has been handled.</summary>
    private static Task Barrier(IActorRef actor) => actor.Ask<ActorIdentity>(new Identify(null), Longest);

    private static async Task<T> Next<T>(ChannelReader<object> heard)
    {
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        wait.CancelAfter(Longest);
        while (true)
            if (await heard.ReadAsync(wait.Token) is T message)
                return message;
    }

    private sealed class Listening(ChannelWriter<object> heard) : UntypedActor
    {
        protected override void OnReceive(object message) => heard.TryWrite(message);
    }

    private sealed class Ready(RunWorkers workers) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is RunWorkersWanted wanted)
                Sender.Tell(new RunWorkersBuilt(wanted.Hash, workers));
        }
    }

    /// <summary>The system's time and some more.</summary>
    private sealed class LateTime : TimeProvider
    {
        private long later;

        public TimeSpan Later { set => Volatile.Write(ref later, (long)(value.TotalSeconds * TimestampFrequency)); }

        public override long GetTimestamp() => base.GetTimestamp() + Volatile.Read(ref later);
    }
}
