using Akka.Actor;
using Akka.Cluster;
using Akka.Remote;
using LedCluster.Actors.Deployment;
using LedCluster.Actors.Protocol;

namespace LedCluster.Actors.Workers;

/// <summary>
/// Routes a run's legs to micro solvers and latent propagators. Announces the run; workers that hear it answer how many
/// orders they can hold, which is the back-pressure. Outcomes go on to the coordinator. All decisions are those of
/// <see cref="WorkBook{TWorker}"/>.
/// </summary>
internal sealed class WorkRouter : UntypedActor, IWithTimers
{
    private sealed record Tick;

    private sealed record Serve;

    /// <summary>Coordinator to router: which of these legs, by serial and index, do you know nothing of? Answered likewise.</summary>
    public sealed record Unknown((int Serial, int Leg)[] Legs);

    /// <summary>Coordinator to router: no leg starts any more.</summary>
    public sealed record Stop;

    /// <summary>Router to coordinator: tell these trajectories again where they stand, as their process is lost.</summary>
    public sealed record Unhosted(int[] Serials);

    /// <summary>Coordinator to router: this trajectory has come to its end.</summary>
    public sealed record Ended(int Serial);

    /// <summary>Router to coordinator: who waits for whom, as text for the user; null when nobody does.</summary>
    public sealed record Waiting(string? Text);

    /// <summary>Router to coordinator: the devices of all nodes together now compute so many members at a time.</summary>
    public sealed record Batch(long Members);

    /// <summary>Router to coordinator: the run is to stop, and this leg was not run.</summary>
    public sealed record Withdrawn(int Serial);

    private readonly RunIdentity run;
    private readonly WorkRules rules;
    private readonly Placement placement;
    private readonly Action<string> log;
    private readonly WorkBook<IActorRef> book;
    private readonly Takeovers takeovers;
    private readonly RunAnnounced announcement;
    private readonly Dictionary<IActorRef, string> names = [];
    private readonly HashSet<string> refusals = []; // told once each
    private string? waiting;
    private long batch;
    private bool serving; // a message says so

    public WorkRouter(RunIdentity run, WorkRules rules, Placement placement, TimeProvider time, Action<string> log)
    {
        (this.run, this.rules, this.placement, this.log) = (run, rules, placement, log);
        (book, takeovers) = (new WorkBook<IActorRef>(rules, time), new Takeovers(time));
        announcement = new RunAnnounced(run.Id.Value, run.Epoch, run.SetupHash, placement.Transfer);
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc />
    protected override void PreStart()
    {
        placement.WatchNodes(Self);
        Timers.StartPeriodicTimer("tick", new Tick(), TimeSpan.Zero, rules.AnnounceEvery);
    }

    /// <inheritdoc />
    protected override void PostStop()
    {
        foreach (var workers in book.All)
            workers.Tell(new RunEnded(run.Id.Value, run.Epoch));
    }

    /// <inheritdoc />
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Serve:
                GiveOut();
                return;

            case LegTask task when task.Run == run.Id && task.Epoch == run.Epoch:
                book.Add(task);
                Tell(takeovers.Heard(task.Serial, Process(Sender.Path.Address)));
                break;

            case Ended(var serial):
                Tell(takeovers.Ended(serial));
                break;

            case LegOutcomes(var outcomes):
                foreach (var outcome in outcomes)
                    Handle(outcome);
                break;

            case LegOutcome handedOver: // over a connection of its own
                Handle(handedOver);
                break;

            case WorkersReady ready:
                names[Sender] = ready.Node;
                book.Ready(Sender, Node(Sender.Path.Address), ready);
                break;

            case RunRefused refused:
                if (refusals.Add($"{refused.Node} {refused.Reason}"))
                    log($"{refused.Node} cannot work for this run: {refused.Reason}");
                break;

            case OrdersReturned returned:
                foreach (var number in returned.Numbers)
                    book.Return(number);
                break;

            case Tick:
                foreach (var listener in placement.Audience())
                    listener.Tell(announcement, Self);
                foreach (var (task, attempts) in book.Late())
                    log($"leg {task.Leg.Index} of {task.Id} is late; it is also given to another worker (attempt {attempts + 1})");
                Remind();
                break;

            case Unknown asked:
                Sender.Tell(new Unknown([.. asked.Legs.Where(leg => !book.Knows(leg.Serial, leg.Leg))]));
                break;

            // What waits is withdrawn, here and at the workers; legs at work are finished.
            case Stop:
                foreach (var task in book.Withdraw())
                    Context.Parent.Tell(new Withdrawn(task.Serial));
                foreach (var workers in book.All)
                    workers.Tell(new OrdersWithdrawn(run.Id.Value));
                break;

            case DisassociatedEvent gone:
                Lost(gone.RemoteAddress, "its connection dropped");
                break;

            case ClusterEvent.UnreachableMember gone:
                Lost(gone.Member.Address, "it does not answer");
                break;

            case ClusterEvent.MemberRemoved gone:
                Lost(gone.Member.Address, gone.PreviousStatus == MemberStatus.Down ? "it was excluded" : "");
                break;
        }
        if (book.Batch != batch)
            Context.Parent.Tell(new Batch(batch = book.Batch));
        // After whatever is in the mailbox already, so that orders for one node travel together.
        if (!serving)
            Self.Tell(new Serve());
        serving = true;
    }

    /// <summary>The coordinator decides whether an outcome is the first; a second one only frees its worker.</summary>
    private void Handle(LegOutcome outcome)
    {
        if (outcome.Run != run.Id || outcome.Epoch != run.Epoch)
            return;
        if (outcome.IsMachines)
        {
            log($"{outcome.Worker} could not run leg {outcome.Leg}, which is tried elsewhere: {outcome.Reason}");
            book.Fault(outcome.Number, $"{outcome.Reason}");
        }
        else if (book.Close(outcome.Number))
        {
            Context.Parent.Forward(outcome);
        }
        else
        {
            outcome.Taken?.Invoke();
        }
    }

    private void GiveOut()
    {
        serving = false;
        foreach (var own in book.Assign().GroupBy(o => o.Worker, o => new Order(o.Number, o.Task)))
            foreach (var orders in Batches.BySize(own, o => o.Task.Size, placement.LargestMessage))
                own.Key.Tell(new RunLegs(orders));
        foreach (var (task, reason) in book.Condemned())
        {
            if (reason.Length == 0)
                Context.Parent.Tell(new Withdrawn(task.Serial));
            else
                Context.Parent.Tell(new LegOutcome(run.Id, run.Epoch, task.Serial, task.Leg.Index, 0, "", null, reason));
        }
    }

    private void Tell(string? line)
    {
        if (line is null)
            return;
        log(line);
        Remind();
    }

    /// <summary>Trajectories whose process is lost are told again, until one has taken them over; the coordinator learns who waits for whom.</summary>
    private void Remind()
    {
        if (takeovers.Waiting.ToArray() is { Length: > 0 } serials)
            Context.Parent.Tell(new Unhosted(serials));
        var text = takeovers.Text ?? book.Missing();
        if (text != waiting)
            Context.Parent.Tell(new Waiting(waiting = text));
    }

    private void Lost(Address address, string why)
    {
        var how = why.Length == 0 ? "has left the cluster" : $"is lost, {why}";
        string[] lost = [.. names.Where(n => n.Key.Path.Address == address).Select(n => n.Value).Distinct()];
        if (book.Lose(Node(address)) is { } legs)
            log($"node {string.Join(", ", lost)} {how}; {(legs == 0 ? "it had no legs" : $"its {legs} legs are assigned to others")}");
        if (takeovers.Lost(Process(address)) is > 0 and var hosted)
            log($"{Process(address)} {how}; other processes take over the {hosted} trajectories that it hosted");
        Remind();
    }

    private static string Process(Address address) => address.HasLocalScope ? "" : $"{address.Host}:{address.Port}";

    private static string Node(Address address) => address.ToString();
}
