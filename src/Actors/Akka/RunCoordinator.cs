using Akka.Actor;
using LedCluster.Actors.RabbitMq;
using LedCluster.Domain.Cohorts;

namespace LedCluster.Actors.Akka;

/// <summary>
/// Coordinates a run: assigns cohorts to their entities, records each leg before the next may start, and keeps every
/// cohort's last recorded state for an entity that has lost it. On a thread of its own, as recording waits for a disk.
/// </summary>
internal sealed class RunCoordinator : UntypedActor, IWithTimers
{
    /// <summary>Name of the child that finds workers.</summary>
    public const string DispatcherName = "dispatcher";

    /// <summary>How often a cohort that says nothing is asked whether it is there.</summary>
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(3);

    private sealed record Tick;

    /// <summary>The run is asked to stop, and its token tells so; this says it when nothing else comes in.</summary>
    public sealed record Stop;

    private sealed record Assignment(Cohort Cohort, int Serial)
    {
        public long Heard { get; set; }
    }

    private readonly EngineJob job;
    private readonly ClusterRun run;
    private readonly RabbitMqOptions options;
    private readonly IActorRef region, dispatcher;
    private readonly TaskCompletionSource<RunOutcome> end;
    private readonly TimeProvider time;
    private readonly Action<string> log;
    private readonly CancellationToken cancel;
    private readonly RunLedger ledger;
    private readonly Outbox outbox;
    private readonly Inbox inbox;
    private readonly Dictionary<CohortId, Assignment> inFlight = [];
    private int serials;
    private long lastReply;
    private bool stopping;

    public RunCoordinator(
        EngineJob job, ClusterRun run, RabbitMqOptions options, IActorRef region, TaskCompletionSource<RunOutcome> end, TimeProvider time, Action<string> log,
        CancellationToken cancel)
    {
        (this.job, this.run, this.options, this.region, this.end, this.time, this.log, this.cancel) = (job, run, options, region, end, time, log, cancel);
        (ledger, outbox, inbox) = (new RunLedger(job), new Outbox(Self, time), new Inbox(Self));
        dispatcher = Context.ActorOf(Props.Create(() => new WorkDispatcher(job.Plan, run, options, time, log)), DispatcherName);
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Name of a run's coordinator.</summary>
    public static string Name(string run) => $"run-{run}";

    /// <inheritdoc />
    protected override void PreStart()
    {
        Timers.StartPeriodicTimer("tick", new Tick(), TimeSpan.FromSeconds(Math.Min(0.5, options.CancelGrace.TotalSeconds / 2)));
        Guarded(Admit);
    }

    /// <inheritdoc />
    protected override void PostStop() => ledger.Dispose();

    /// <inheritdoc />
    protected override void OnReceive(object message) => Guarded(() => Handle(message));

    private void Handle(object message)
    {
        if (end.Task.IsCompleted)
            return;
        if (cancel.IsCancellationRequested)
            BeginStop();
        switch (message)
        {
            case ParcelReceived receipt:
                outbox.Received(receipt);
                break;

            // Record, then let the cohort go on.
            case Parcel parcel:
                if (inbox.Take(parcel, Sender) is { } bytes)
                    Handle(bytes);
                break;

            // An entity that was started anew: it gets its checkpoint back.
            case AssignmentWanted wanted:
                if (inFlight.TryGetValue(CohortRegion.Cohort(wanted.Entity), out var assignment) && EntityId(assignment) == wanted.Entity)
                    Send(assignment);
                else
                    Sender.Tell(new CohortDone(run.Epoch, int.MaxValue));
                break;

            case LegWithdrawn(var entity, var serial):
                if (inFlight.TryGetValue(CohortRegion.Cohort(entity), out var withdrawn) && EntityId(withdrawn) == entity && withdrawn.Serial == serial)
                {
                    ledger.HandBack(withdrawn.Cohort);
                    Close(withdrawn);
                }
                break;

            // A later coordinator of this run: it alone may record from now on.
            case RunAnnounced announced when announced.Run == run.Id.Value && announced.Epoch > run.Epoch:
                throw new IOException($"Another coordinator, epoch {announced.Epoch}, has taken over run {run.Id}; this one, epoch {run.Epoch}, stops.");

            case Tick:
                AskTheSilent();
                outbox.Prune();
                break;
        }
        Admit();
    }

    private void Handle(byte[] bytes)
    {
        WorkReply reply;
        try
        {
            reply = WorkReply.Decode(bytes);
        }
        catch (FormatException error)
        {
            log($"dropped a reply of {Sender.Path.Address}: {error.Message}");
            return;
        }
        if (reply.Run != run.Id || reply.Epoch != run.Epoch)
            return; // to a coordinator that is gone
        if (!inFlight.TryGetValue(reply.Cohort, out var assignment) || assignment.Serial != reply.Number)
        {
            Sender.Tell(new CohortDone(reply.Epoch, reply.Number));
            return;
        }
        (assignment.Heard, lastReply) = (time.GetTimestamp(), time.GetTimestamp());
        if (reply.Result?.Segment.Leg.Index == assignment.Cohort.Leg - 1)
        {
            Sender.Tell(new LegRecorded(assignment.Serial, assignment.Cohort.Leg)); // recorded before, but the word got lost
            return;
        }
        if (new InFlight(assignment.Cohort, 0, 0, 0, 0).Contradiction(reply, job.Plan[assignment.Cohort.Leg]) is { } contradiction)
            Fail(assignment, $"the reply of {reply.Worker} cannot be the outcome: {contradiction}");
        else if (reply.Result is null)
            Fail(assignment, $"{reply.Reason}");
        else if (ledger.Finished(reply.Result) is not { } next)
            Close(assignment);
        else if (cancel.IsCancellationRequested) // replies that wait before the request to stop start no leg either
        {
            ledger.HandBack(next);
            Close(assignment);
        }
        else
        {
            inFlight[reply.Cohort] = assignment with { Cohort = next };
            Sender.Tell(new LegRecorded(assignment.Serial, next.Leg));
        }
    }

    private void Fail(Assignment assignment, string reason)
    {
        if (ledger.Failed(assignment.Cohort, reason))
            log($"member {assignment.Cohort.Members[0]} set aside: {reason}");
        Close(assignment);
    }

    private void Close(Assignment assignment)
    {
        inFlight.Remove(assignment.Cohort.Id);
        Sender.Tell(new CohortDone(run.Epoch, assignment.Serial));
    }

    private void BeginStop()
    {
        if (stopping)
            return;
        (stopping, lastReply) = (true, time.GetTimestamp());
        dispatcher.Tell(new NoMoreWork());
    }

    private void Admit()
    {
        if (end.Task.IsCompleted)
            return;
        if (cancel.IsCancellationRequested)
            BeginStop();
        while (inFlight.Count < options.Window && !stopping && ledger.TryNext(out var cohort))
        {
            var assignment = inFlight[cohort.Id] = new Assignment(cohort, ++serials);
            Send(assignment);
        }
        if (inFlight.Count == 0)
            end.TrySetResult(ledger.Conclude(stopping));
        else if (stopping && time.GetElapsedTime(lastReply) > options.CancelGrace) // nobody is at work on the rest, or nobody who answers
        {
            foreach (var assignment in inFlight.Values)
                ledger.HandBack(assignment.Cohort);
            end.TrySetResult(ledger.Conclude(cancelled: true));
        }
    }

    private void Send(Assignment assignment)
    {
        assignment.Heard = time.GetTimestamp();
        outbox.Send(region, new WorkOrder(run.Id, run.Epoch, assignment.Serial, assignment.Cohort).Encode(), EntityId(assignment));
    }

    /// <summary>A cohort whose process died says nothing; asking for it makes it live somewhere else.</summary>
    private void AskTheSilent()
    {
        foreach (var silent in inFlight.Values.Where(a => time.GetElapsedTime(a.Heard) > AskEvery))
        {
            silent.Heard = time.GetTimestamp();
            region.Tell(new StillThere(EntityId(silent), run.Epoch, silent.Serial));
        }
    }

    private string EntityId(Assignment assignment) => CohortRegion.EntityId(run.Id.Value, assignment.Cohort.Id);

    /// <summary>What goes wrong here, above all a recorder that cannot keep a leg, ends the run.</summary>
    private void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (Exception error)
        {
            end.TrySetException(error);
        }
    }
}
