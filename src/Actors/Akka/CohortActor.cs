using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using LedCluster.Actors.RabbitMq;

namespace LedCluster.Actors.Akka;

/// <summary>
/// One cohort. Owns its last checkpoint, has the next leg run by a worker, asks another worker when the first is lost or
/// late, and hands the outcome to the coordinator; goes on when it is recorded. A leg's first outcome counts, later ones
/// are dropped. What it forgets when its process dies the coordinator still knows.
/// </summary>
internal sealed class CohortActor : UntypedActor, IWithTimers
{
    private const int MostQuestions = 30;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1), Later = TimeSpan.FromSeconds(5);

    private enum State
    {
        /// <summary>Knows of no assignment: it was just made, or its process died and another one took it up.</summary>
        Idle,

        /// <summary>Has asked for a worker.</summary>
        Waiting,

        /// <summary>A worker has the order.</summary>
        AtWork,

        /// <summary>The coordinator has the outcome, but has not confirmed it.</summary>
        Reporting,
    }

    private sealed record Tick(State In);

    private readonly string entity;
    private readonly Action<string> log;
    private readonly Outbox outbox;
    private readonly Inbox inbox;
    private readonly HashSet<int> orders = []; // for the current leg; any of them may be answered
    private State state;
    private WorkOrder? assignment; // its number is the assignment's, its cohort the current state
    private IActorRef coordinator = ActorRefs.Nobody;
    private WorkerGranted? granted;
    private WorkReply? outcome;
    private int attempts, questions;

    public CohortActor(string entity, TimeProvider time, Action<string> log) =>
        (this.entity, this.log, outbox, inbox) = (entity, log, new Outbox(Self, time), new Inbox(Self));

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    private ActorSelection Dispatcher => Context.ActorSelection(coordinator.Path / RunCoordinator.DispatcherName);

    /// <inheritdoc />
    protected override void PreStart() => Enter(State.Idle, Soon);

    /// <inheritdoc />
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ParcelReceived receipt:
                outbox.Received(receipt);
                break;

            case Parcel parcel:
                if (inbox.Take(parcel, Sender) is { } bytes)
                    Open(bytes);
                break;

            // Send the order; a worker that is not needed any more is given back.
            case WorkerGranted grant:
                if (state == State.Waiting)
                    Send(grant);
                else
                    Sender.Tell(new OrdersClosed([grant.Number]));
                break;

            case OrderLost lost:
                if (state == State.AtWork && granted!.Number == lost.Number)
                    Want();
                break;

            case LegCondemned condemned:
                if (state == State.Waiting)
                    Fail(condemned.Reason);
                break;

            case NoMoreWork:
                if (state == State.Waiting)
                    coordinator.Tell(new LegWithdrawn(entity, assignment!.Number));
                break;

            case LegRecorded recorded:
                if (state == State.Reporting && recorded.Serial == assignment!.Number && recorded.NextLeg == assignment.Cohort.Leg + 1)
                    Begin(assignment with { Cohort = outcome!.Result!.Next! });
                break;

            case CohortDone done:
                if (assignment is null || done.Epoch > assignment.Epoch || done.Epoch == assignment.Epoch && done.Serial >= assignment.Number)
                    Context.Parent.Tell(new Passivate(PoisonPill.Instance));
                break;

            case StillThere question:
                if (assignment is null || assignment.Epoch < question.Epoch || assignment.Epoch == question.Epoch && assignment.Number < question.Serial)
                    Sender.Tell(new AssignmentWanted(entity));
                break;

            case Tick tick when tick.In == state:
                TimeUp();
                break;
        }
    }

    /// <summary>An assignment from the coordinator or a worker's reply.</summary>
    private void Open(byte[] bytes)
    {
        try
        {
            if (bytes.AsSpan().StartsWith("LCO"u8))
                Assigned(WorkOrder.Decode(bytes));
            else
                Answered(WorkReply.Decode(bytes));
        }
        catch (FormatException error)
        {
            log($"{entity} dropped a message of {Sender.Path.Address}: {error.Message}");
        }
    }

    private void Assigned(WorkOrder order)
    {
        if (CohortRegion.EntityId(order.Run.Value, order.Cohort.Id) != entity)
            throw new FormatException($"It assigns {order.Cohort.Id} of run {order.Run}.");
        var known = assignment is { } a && (a.Epoch, a.Number, a.Cohort.Leg).CompareTo((order.Epoch, order.Number, order.Cohort.Leg)) >= 0;
        if (known)
            return;
        coordinator = Sender;
        Begin(order);
    }

    /// <summary>Has the cohort's next leg run.</summary>
    private void Begin(WorkOrder order)
    {
        (assignment, outcome, granted, attempts) = (order, null, null, 0);
        orders.Clear();
        Want();
    }

    private void Want()
    {
        Enter(State.Waiting, Later);
        questions = 0;
        Ask();
    }

    private void Ask() => Dispatcher.Tell(new WorkerWanted(assignment!.Cohort.Leg, attempts, granted?.Worker), Self);

    private void Send(WorkerGranted grant)
    {
        granted = grant;
        orders.Add(grant.Number);
        outbox.Send(grant.Worker, (assignment! with { Number = grant.Number }).Encode());
        Enter(State.AtWork, TimeSpan.FromSeconds(grant.Patience));
    }

    /// <summary>The first reply to one of this leg's orders is its outcome.</summary>
    private void Answered(WorkReply reply)
    {
        if (reply.Run == assignment?.Run && reply.Epoch == assignment.Epoch)
            Dispatcher.Tell(new OrdersClosed([reply.Number]), Self); // its worker has room again
        if (state is State.Idle or State.Reporting || reply.Run != assignment!.Run || reply.Epoch != assignment.Epoch || !orders.Contains(reply.Number))
            return;
        Report(reply with { Number = assignment.Number });
    }

    private void Fail(string reason) => Report(new WorkReply(assignment!.Run, assignment.Epoch, assignment.Number, assignment.Cohort.Id, "", null, reason));

    private void Report(WorkReply reply)
    {
        outcome = reply;
        questions = 0;
        Enter(State.Reporting, Later);
        outbox.Send(coordinator, reply.Encode());
    }

    private void TimeUp()
    {
        if (state != State.AtWork && ++questions > MostQuestions)
        {
            if (state == State.Idle) // the run is over, and nobody takes it up
            {
                Context.Parent.Tell(new Passivate(PoisonPill.Instance));
                return;
            }
            Forget();
        }
        switch (state)
        {
            // Whoever coordinates the run knows what this cohort is to do.
            case State.Idle:
                foreach (var member in Cluster.Get(Context.System).State.Members.Where(m => m.HasRole(ClusterMember.CoordinatorRole)))
                    Context.ActorSelection(new RootActorPath(member.Address) / "user" / RunCoordinator.Name(CohortRegion.Run(entity))).Tell(new AssignmentWanted(entity));
                Enter(State.Idle, Soon);
                break;

            case State.Waiting:
                Ask();
                Enter(state, Later);
                break;

            case State.AtWork when granted!.LastAttempt:
                Fail($"no worker answered in {attempts + 1} attempts");
                break;

            case State.AtWork:
                attempts++;
                log($"leg {assignment!.Cohort.Leg} of {assignment.Cohort.Id} is late; another worker gets it (attempt {attempts + 1})");
                Want();
                break;

            case State.Reporting:
                outbox.Send(coordinator, outcome!.Encode());
                Enter(state, Later);
                break;
        }
    }

    private void Forget()
    {
        (state, assignment, outcome, granted, questions) = (State.Idle, null, null, null, 0);
        orders.Clear();
    }

    private void Enter(State next, TimeSpan patience)
    {
        state = next;
        Timers.StartSingleTimer("tick", new Tick(next), patience);
    }
}
