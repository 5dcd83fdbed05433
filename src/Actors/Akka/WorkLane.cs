using System.Diagnostics;
using Akka.Actor;
using LedCluster.Actors.RabbitMq;
using LedCluster.Actors.Telemetry;

namespace LedCluster.Actors.Akka;

/// <summary>
/// One role of a node: orders that wait, and actors that run them. A micro worker takes one order at a time, a latent one
/// all that wait, as a batch. Holds nothing that anybody would miss.
/// </summary>
internal sealed class WorkLane : UntypedActor, IWithTimers
{
    /// <summary>Names of the two lanes, where announcements are sent to.</summary>
    public const string MicroName = "micro", LatentName = "latent";

    /// <summary>Orders that a micro worker may hold: the one at work and the next ones.</summary>
    private const int MicroPrefetch = 4;

    /// <summary>Finish the legs in hand and take no more; answered with <see cref="Drained"/>.</summary>
    public sealed record Drain;

    /// <summary>Every leg in hand is finished, and its reply has arrived, or nobody is there who would take it.</summary>
    public sealed record Drained;

    /// <summary>
    /// How long a lane that drains waits for the receipt of a piece of a reply. A cohort that has gone, as its run is over or
    /// its process died, gives none; one that lives and has missed the reply has the leg run again.
    /// </summary>
    private static readonly TimeSpan LongestReceipt = TimeSpan.FromSeconds(10);

    private sealed record Tick;

    private sealed record Run(RunWorkers Workers, RunAnnounced Announcement, IActorRef Dispatcher);

    private readonly bool latent;
    private readonly NodeOptions options;
    private readonly IActorRef workshop;
    private readonly RoleWatch load;
    private readonly Action<string> log;
    private readonly Outbox outbox;
    private readonly Inbox inbox;
    private readonly Dictionary<string, Run> runs = [];
    private readonly Dictionary<string, (RunAnnounced Announcement, IActorRef Dispatcher)> heard = []; // by hash, while the workers are built
    private readonly List<Delivery> waiting = [];
    private readonly Dictionary<IActorRef, Delivery[]> atWork = [];
    private readonly Stack<IActorRef> idle = new();
    private IActorRef? drainedTo;

    public WorkLane(bool latent, NodeOptions options, IActorRef workshop, RoleWatch load, TimeProvider time, Action<string> log)
    {
        (this.latent, this.options, this.workshop, this.load, this.log) = (latent, options, workshop, load, log);
        (outbox, inbox) = (new Outbox(Self, time), new Inbox(Self));
        for (var w = 0; w < (latent ? options.LatentWorkers : options.MicroWorkers); w++)
            idle.Push(Context.ActorOf(Props.Create(() => new LegWorker(latent, load)).WithDispatcher(ClusterMember.PinnedDispatcher), $"worker-{w}"));
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    private int Capacity => drainedTo is not null ? 0 : latent ? options.LatentPrefetch * options.LatentWorkers : MicroPrefetch * options.MicroWorkers;

    /// <inheritdoc />
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            // Announced once a second: join the run, or tell its dispatcher what is in hand.
            case RunAnnounced announced:
                outbox.Prune();
                Heard(announced);
                break;

            case RunWorkersBuilt built:
                if (heard.Remove(built.Hash, out var first) && built.Workers is { } workers)
                    Join(new Run(workers, first.Announcement, first.Dispatcher));
                break;

            case RunEnded ended:
                if (runs.TryGetValue(ended.Run, out var over) && over.Announcement.Epoch <= ended.Epoch && runs.Remove(ended.Run))
                {
                    load.Left(waiting.RemoveAll(d => d.Order.Run.Value == ended.Run));
                    log($"{options.Name} is done with run {ended.Run}");
                }
                break;

            case Parcel parcel:
                if (inbox.Take(parcel, Sender) is { } bytes)
                    Take(bytes);
                break;

            case ParcelReceived receipt:
                outbox.Received(receipt);
                break;

            case LegsRun done:
                Answer(done);
                break;

            case Drain:
                BeginDrain();
                break;

            case Tick:
                if (outbox.Prune(LongestReceipt) is > 0 and var unanswered)
                    log($"{options.Name} had {unanswered} replies that nobody took; whoever misses them has the legs run again");
                break;
        }
        Serve();
        if (drainedTo is not null && atWork.Count == 0 && outbox.Count == 0)
            drainedTo.Tell(new Drained());
    }

    private void Heard(RunAnnounced announced)
    {
        if (runs.TryGetValue(announced.Run, out var run) && run.Announcement.SetupHash == announced.SetupHash)
        {
            if (announced.Epoch >= run.Announcement.Epoch)
                Join(run with { Announcement = announced, Dispatcher = Sender });
            return;
        }
        heard[announced.SetupHash] = (announced, Sender);
        workshop.Tell(new RunWorkersWanted(announced.SetupHash, Sender));
    }

    private void Join(Run run)
    {
        var id = run.Announcement.Run;
        if (!runs.ContainsKey(id))
            log($"{options.Name} works for run {id}");
        runs[id] = run;
        run.Dispatcher.Tell(new WorkerReady(options.Name, latent, Capacity, [.. Held(id)]));
    }

    private IEnumerable<int> Held(string run) => waiting.Concat(atWork.Values.SelectMany(d => d)).Where(d => d.Order.Run.Value == run).Select(d => d.Order.Number);

    private void Take(byte[] bytes)
    {
        try
        {
            var order = WorkOrder.Decode(bytes);
            if (runs.TryGetValue(order.Run.Value, out var run) && order.Epoch == run.Announcement.Epoch)
            {
                if (drainedTo is null)
                {
                    waiting.Add(new Delivery(run.Workers, run.Dispatcher, Sender, order, Stopwatch.GetTimestamp()));
                    load.Sent();
                }
                else
                {
                    run.Dispatcher.Tell(new OrdersClosed([order.Number]));
                }
            }
        }
        catch (FormatException error)
        {
            log($"{options.Name} dropped an order of {Sender.Path.Address}: {error.Message}");
        }
    }

    private void Serve()
    {
        while (idle.Count > 0 && waiting.Count > 0)
        {
            var (taken, members) = (0, 0);
            do
                members += waiting[taken++].Order.Cohort.Members.Length;
            while (latent && taken < waiting.Count && members < LegRunner.LargestBatch);
            var (worker, batch) = (idle.Pop(), waiting[..taken].ToArray());
            waiting.RemoveRange(0, taken);
            atWork[worker] = batch;
            worker.Tell(new RunLegs(batch));
        }
    }

    private void Answer(LegsRun done)
    {
        var batch = atWork[Sender];
        atWork.Remove(Sender);
        idle.Push(Sender);
        for (var i = 0; i < batch.Length; i++)
            outbox.Send(batch[i].Cohort, batch[i].Order.Answered(options.Name, done.Replies[i], Parcel.LargestMessage));
    }

    private void BeginDrain()
    {
        drainedTo = Sender;
        foreach (var own in waiting.GroupBy(d => d.Dispatcher))
            own.Key.Tell(new OrdersClosed([.. own.Select(d => d.Order.Number)]));
        load.Left(waiting.Count);
        waiting.Clear();
        foreach (var run in runs.Values)
            Join(run); // with no room
        Timers.StartPeriodicTimer("tick", new Tick(), TimeSpan.FromSeconds(1));
    }
}
