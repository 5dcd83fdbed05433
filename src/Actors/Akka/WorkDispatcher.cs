using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Routing;
using Akka.Remote;
using Akka.Routing;
using LedCluster.Actors.RabbitMq;
using LedCluster.Domain.Cycle;

namespace LedCluster.Actors.Akka;

/// <summary>
/// Finds workers for a run's legs. Announces the run through cluster-aware routers, one per role; every lane that hears it
/// answers how many orders it holds and can hold. A cohort is granted a worker that has room; that is the back-pressure. A
/// worker whose connection drops, or that cannot be reached, has its orders granted to others at once.
/// </summary>
internal sealed class WorkDispatcher : UntypedActor, IWithTimers
{
    /// <summary>An order that its worker has not held for so long, and that its cohort has no reply to, has got lost on the way.</summary>
    private static readonly TimeSpan LongestWay = TimeSpan.FromSeconds(5);

    private sealed record Announce;

    private sealed class Grant(IActorRef cohort)
    {
        public IActorRef Cohort => cohort;
        public long? MissedSince { get; set; }
    }

    private sealed class Worker(string name, bool latent)
    {
        public string Name => name;
        public bool Latent => latent;
        public int Capacity { get; set; }
        public Dictionary<int, Grant> Held { get; } = [];
        public bool HasRoom => Held.Count < Capacity;
    }

    private readonly ImmutableArray<Leg> plan;
    private readonly ClusterRun run;
    private readonly RabbitMqOptions options;
    private readonly TimeProvider time;
    private readonly Action<string> log;
    private readonly Outbox outbox;
    private readonly Dictionary<IActorRef, Worker> workers = [];
    private readonly Dictionary<bool, LinkedList<(IActorRef Cohort, WorkerWanted Want)>> waiting = new() { [false] = new(), [true] = new() }; // by latent
    private readonly HashSet<IActorRef> asking = []; // those in it
    private readonly List<IActorRef> routers;
    private int numbers;
    private bool closed;

    public WorkDispatcher(ImmutableArray<Leg> plan, ClusterRun run, RabbitMqOptions options, TimeProvider time, Action<string> log)
    {
        (this.plan, this.run, this.options, this.time, this.log) = (plan, run, options, time, log);
        outbox = new Outbox(Self, time);
        routers =
        [
            Router(WorkLane.MicroName, ClusterMember.MicroRole),
            Router(WorkLane.LatentName, ClusterMember.LatentRole),
            Router(RunCoordinator.Name(run.Id.Value), ClusterMember.CoordinatorRole),
        ];
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc />
    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(DisassociatedEvent));
        Cluster.Get(Context.System).Subscribe(Self, ClusterEvent.InitialStateAsEvents, typeof(ClusterEvent.MemberUp), typeof(ClusterEvent.UnreachableMember), typeof(ClusterEvent.MemberRemoved));
        Timers.StartPeriodicTimer("announce", new Announce(), options.AnnounceEvery, options.AnnounceEvery);
        log($"coordinates run {run.Id}, epoch {run.Epoch}");
    }

    /// <inheritdoc />
    protected override void PostStop()
    {
        foreach (var worker in workers.Keys)
            worker.Tell(new RunEnded(run.Id.Value, run.Epoch));
        Context.System.EventStream.Unsubscribe(Self);
        Cluster.Get(Context.System).Unsubscribe(Self);
    }

    /// <inheritdoc />
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Announce or ClusterEvent.MemberUp:
                outbox.Prune();
                foreach (var router in routers)
                    router.Tell(new RunAnnounced(run.Id.Value, run.Epoch, run.SetupHash));
                break;

            case SetupWanted wanted when wanted.Hash == run.SetupHash:
                outbox.Send(Sender, run.Setup);
                break;

            case ParcelReceived receipt:
                outbox.Received(receipt);
                break;

            case WorkerReady ready:
                Ready(ready);
                break;

            case OrdersClosed closing:
                foreach (var number in closing.Numbers)
                    Close(number);
                break;

            case WorkerWanted want:
                Want(want);
                break;

            // What waits is withdrawn; legs at work are finished.
            case NoMoreWork:
                closed = true;
                foreach (var cohort in asking)
                    cohort.Tell(new NoMoreWork());
                asking.Clear();
                foreach (var queue in waiting.Values)
                    queue.Clear();
                break;

            case DisassociatedEvent gone:
                Lost(gone.RemoteAddress, "its connection dropped");
                break;

            case ClusterEvent.UnreachableMember gone:
                Lost(gone.Member.Address, "it does not answer");
                break;

            case ClusterEvent.MemberRemoved gone:
                Lost(gone.Member.Address, "it left the cluster");
                break;
        }
        Serve();
    }

    /// <summary>A lane has heard the announcement. Orders that it ought to have and does not are granted anew.</summary>
    private void Ready(WorkerReady ready)
    {
        if (!workers.TryGetValue(Sender, out var worker))
            workers[Sender] = worker = new Worker(ready.Name, ready.Latent);
        worker.Capacity = ready.Capacity;
        var now = time.GetTimestamp();
        foreach (var (number, grant) in worker.Held.ToArray())
        {
            grant.MissedSince = ready.Held.Contains(number) ? null : grant.MissedSince ?? now;
            if (grant.MissedSince is { } since && time.GetElapsedTime(since, now) > LongestWay)
            {
                worker.Held.Remove(number);
                grant.Cohort.Tell(new OrderLost(number));
            }
        }
    }

    /// <summary>By its cohort: the reply is in, or the worker was not needed. By its worker: it will not be run.</summary>
    private void Close(int number)
    {
        foreach (var worker in workers.Values)
            if (worker.Held.Remove(number, out var grant) && !grant.Cohort.Equals(Sender))
                grant.Cohort.Tell(new OrderLost(number));
    }

    private void Want(WorkerWanted want)
    {
        if (closed)
            Sender.Tell(new NoMoreWork());
        else if (want.Leg < 0 || want.Leg >= plan.Length)
            log($"{Sender.Path.Name} asks for a worker for leg {want.Leg}, which this run does not have");
        else if (asking.Add(Sender))
        {
            var queue = waiting[plan[want.Leg].Phase == Phase.Macro];
            if (want.Avoid is null)
                queue.AddLast((Sender, want));
            else
                queue.AddFirst((Sender, want)); // it has waited before
        }
    }

    private void Serve()
    {
        foreach (var (latent, queue) in waiting)
            while (queue.First is { } first && Choose(latent, first.Value.Want.Avoid) is { Key: { } reference, Value: { } worker })
            {
                var (cohort, want) = first.Value;
                queue.RemoveFirst();
                asking.Remove(cohort);
                worker.Held[++numbers] = new Grant(cohort);
                var patience = options.LegTimeout.TotalSeconds * (1L << Math.Min(want.Attempt, 20));
                cohort.Tell(new WorkerGranted(numbers, reference, patience, want.Attempt + 1 >= options.MostAttempts));
            }
    }

    /// <summary>The least loaded worker of a role; the one that failed before only when there is no other.</summary>
    private KeyValuePair<IActorRef, Worker> Choose(bool latent, IActorRef? avoid) => workers.Where(w => w.Value.Latent == latent && w.Value.HasRoom)
        .OrderBy(w => w.Key.Equals(avoid)).ThenBy(w => w.Value.Held.Count / (double)w.Value.Capacity).FirstOrDefault();

    private void Lost(Address address, string why)
    {
        foreach (var (reference, worker) in workers.Where(w => w.Key.Path.Address.Equals(address)).ToArray())
        {
            workers.Remove(reference);
            log($"{worker.Name} is lost, {why}; {worker.Held.Count} orders go to others");
            foreach (var (number, grant) in worker.Held)
                grant.Cohort.Tell(new OrderLost(number));
        }
    }

    private static IActorRef Router(string name, string role) => Context.ActorOf(
        new ClusterRouterGroup(new BroadcastGroup($"/user/{name}"), new ClusterRouterGroupSettings(10_000, [$"/user/{name}"], allowLocalRoutees: true, role)).Props(), $"to-{role}");
}
