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
/// worker whose connection drops, or that cannot be reached, has its orders granted to others at once. A cohort that workers
/// are lost with again and again is a suspect: suspects are at work one at a time, each alone on its node, and the one that a
/// worker is lost with then is guilty.
/// </summary>
internal sealed class WorkDispatcher : UntypedActor, IWithTimers
{
    private sealed record Announce;

    private readonly ImmutableArray<Leg> plan;
    private readonly ClusterRun run;
    private readonly RabbitMqOptions options;
    private readonly Action<string> log;
    private readonly Outbox outbox;
    private readonly WorkerPool workers;
    private readonly Dictionary<bool, LinkedList<(IActorRef Cohort, WorkerWanted Want)>> waiting = new() { [false] = new(), [true] = new() }; // by latent
    private readonly LinkedList<(IActorRef Cohort, WorkerWanted Want)> suspects = [];
    private readonly HashSet<IActorRef> asking = []; // those in any of them
    private readonly Dictionary<string, int> losses = []; // per cohort, workers that were lost in a row while they had its current leg
    private readonly List<IActorRef> routers;
    private bool closed;

    public WorkDispatcher(ImmutableArray<Leg> plan, ClusterRun run, RabbitMqOptions options, TimeProvider time, Action<string> log)
    {
        (this.plan, this.run, this.options, this.log) = (plan, run, options, log);
        (outbox, workers) = (new Outbox(Self, time), new WorkerPool(time));
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
        foreach (var worker in workers.All)
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

            // A lane has heard the announcement. Orders that it ought to have and does not are granted anew.
            case WorkerReady ready:
                foreach (var lost in workers.Ready(Sender, ready))
                    lost.Cohort.Tell(new OrderLost(lost.Number));
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
                suspects.Clear();
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

    /// <summary>By its cohort: the reply is in, or the worker was not needed. By its worker: it will not be run.</summary>
    private void Close(int number)
    {
        if (workers.Close(number) is not { } grant)
            return;
        if (grant.Cohort.Equals(Sender))
            losses.Remove(Sender.Path.Name);
        else
            grant.Cohort.Tell(new OrderLost(number));
    }

    private void Want(WorkerWanted want)
    {
        if (closed)
        {
            Sender.Tell(new NoMoreWork());
            return;
        }
        if (want.Leg < 0 || want.Leg >= plan.Length)
        {
            log($"{Sender.Path.Name} asks for a worker for leg {want.Leg}, which this run does not have");
            return;
        }
        var lost = losses.GetValueOrDefault(Sender.Path.Name);
        if (lost >= options.MostLosses)
        {
            Sender.Tell(new LegCondemned($"{lost} workers in a row were lost while they had it"));
            return;
        }
        if (!asking.Add(Sender))
            return;
        workers.Forsake(Sender.Path.Name);
        var queue = lost == options.MostLosses - 1 ? suspects : waiting[IsLatent(want)];
        if (want.Avoid is null || queue == suspects)
            queue.AddLast((Sender, want));
        else
            queue.AddFirst((Sender, want)); // it has waited before
    }

    private void Serve()
    {
        while (workers.MaySuspectWork && suspects.First is { } suspect
            && workers.ChooseAlone(IsLatent(suspect.Value.Want), suspect.Value.Want.Avoid, suspect.Value.Cohort) is var (number, worker))
            Grant(suspects, number, worker);
        foreach (var (latent, queue) in waiting)
            while (queue.First is { } first && workers.Choose(latent, first.Value.Want.Avoid, first.Value.Cohort) is var (number, worker))
                Grant(queue, number, worker);
    }

    private void Grant(LinkedList<(IActorRef Cohort, WorkerWanted Want)> queue, int number, IActorRef worker)
    {
        var (cohort, want) = queue.First!.Value;
        queue.RemoveFirst();
        asking.Remove(cohort);
        var patience = options.LegTimeout.TotalSeconds * (1L << Math.Min(want.Attempt, 20));
        cohort.Tell(new WorkerGranted(number, worker, patience, want.Attempt + 1 >= options.MostAttempts));
    }

    private bool IsLatent(WorkerWanted want) => plan[want.Leg].Phase == Phase.Macro;

    /// <summary>A worker that is lost may have died of one of its orders, unless it was about to end anyway.</summary>
    private void Lost(Address address, string why)
    {
        foreach (var (name, wasDraining, held) in workers.Lose(address))
        {
            log($"{name} is lost, {why}; {held.Length} orders go to others");
            foreach (var grant in held)
            {
                var cohort = grant.Cohort.Path.Name;
                if (!wasDraining && (losses[cohort] = losses.GetValueOrDefault(cohort) + 1) > 1)
                    log($"a worker was lost with {CohortRegion.Cohort(cohort)}, for the {losses[cohort]}th time");
                grant.Cohort.Tell(new OrderLost(grant.Number));
            }
        }
    }

    private static IActorRef Router(string name, string role) => Context.ActorOf(
        new ClusterRouterGroup(new BroadcastGroup($"/user/{name}"), new ClusterRouterGroupSettings(10_000, [$"/user/{name}"], allowLocalRoutees: true, role)).Props(), $"to-{role}");
}
