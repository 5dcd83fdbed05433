using System.Collections.Concurrent;
using Akka.Actor;
using LedCluster.Actors.Deployment;
using LedCluster.Actors.Protocol;
using LedCluster.Actors.Workers;
using LedCluster.Domain.Cohorts;

namespace LedCluster.Actors.Runs;

/// <summary>
/// Coordinates a run: lets trajectories advance, records each leg before the next may start, and keeps every cohort's last
/// recorded state for a trajectory, or a worker, that asks for it. On a thread of its own, as recording waits for a disk.
/// </summary>
internal sealed class RunCoordinator : UntypedActor, IWithTimers
{
    /// <summary>How long a trajectory may be silent before it is looked for.</summary>
    private static readonly TimeSpan LookAfter = TimeSpan.FromSeconds(2);

    /// <summary>How long a trajectory is looked for, twice what a takeover needs, before this process hosts it.</summary>
    private static readonly TimeSpan HostAfter = TimeSpan.FromSeconds(10);

    /// <summary>How long someone may wait for others before it is reported.</summary>
    private static readonly TimeSpan WaitingIsNews = TimeSpan.FromSeconds(5), WaitingIsNewsAgain = TimeSpan.FromMinutes(1);

    private sealed record Tick;

    /// <summary>The next cohort may be admitted.</summary>
    private sealed record More;

    /// <summary>The run is asked to stop, and its token tells so; this says it when nothing else comes in.</summary>
    public sealed record Stop;

    private sealed record InFlight(Cohort Cohort, int Serial, string Entity)
    {
        public long Since { get; set; }

        /// <summary>When it was looked for first on its current leg; null while it was not.</summary>
        public long? LookedFor { get; set; }

        public bool IsHostedHere { get; set; }
    }

    private readonly RunLedger ledger;
    private readonly RunIdentity run;
    private readonly WorkRules rules;
    private readonly Placement placement;
    private readonly ConcurrentDictionary<int, Cohort> states;
    private readonly TaskCompletionSource<RunOutcome> end;
    private readonly TimeProvider time;
    private readonly Action<string> log;
    private readonly CancellationToken cancel;
    private readonly IActorRef router;
    private IActorRef? ownTrajectories;
    private readonly Dictionary<int, InFlight> inFlight = []; // by serial
    private long lastOutcome;
    private TimeSpan longest;
    private int window; // cohorts in flight
    private string? waiting; // who waits for whom
    private long waitingSince;
    private bool toldOfWaiting;
    private bool stopping, admitting;

    /// <summary>Starts to coordinate.</summary>
    /// <param name="ledger">Where the run stands; what is in flight goes back to it when the coordinator is stopped early.</param>
    /// <param name="run">The run.</param>
    /// <param name="rules">How to deal with workers.</param>
    /// <param name="placement">Where the other actors are.</param>
    /// <param name="states">Filled with the states in flight, by serial, for those who fetch them.</param>
    /// <param name="end">Told how the run ended.</param>
    /// <param name="time">Where the time is read from.</param>
    /// <param name="log">Told what an operator should know.</param>
    /// <param name="cancel">Asks the run to stop.</param>
    public RunCoordinator(
        RunLedger ledger, RunIdentity run, WorkRules rules, Placement placement, ConcurrentDictionary<int, Cohort> states,
        TaskCompletionSource<RunOutcome> end, TimeProvider time, Action<string> log, CancellationToken cancel)
    {
        (this.ledger, this.run, this.rules, this.placement, this.states, this.end, this.time, this.log, this.cancel) =
            (ledger, run, rules, placement, states, end, time, log, cancel);
        window = rules.Window;
        router = Context.ActorOf(Props.Create(() => new WorkRouter(run, rules, placement, time, log)).WithDispatcher(Dispatchers.Control), "router");
        placement.RouterKnown(router);
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Name of a run's coordinator.</summary>
    public static string Name(string run) => $"run-{run}";

    /// <inheritdoc />
    protected override void PreStart()
    {
        var every = TimeSpan.FromSeconds(Math.Min(0.5, rules.CancelGrace.TotalSeconds / 2));
        Timers.StartPeriodicTimer("tick", new Tick(), every, every);
        Guarded(Admit);
    }

    /// <inheritdoc />
    protected override void PostStop()
    {
        foreach (var trajectory in inFlight.Values)
            ledger.HandBack(trajectory.Cohort);
        states.Clear();
    }

    /// <inheritdoc />
    protected override void OnReceive(object message)
    {
        admitting &= message is not More;
        Guarded(() => Handle(message));
    }

    private void Handle(object message)
    {
        if (end.Task.IsCompleted)
        {
            (message as LegOutcome)?.Taken?.Invoke();
            return;
        }
        BeginStop();
        switch (message)
        {
            // Record, then let the cohort go on.
            case LegOutcome outcome:
                try
                {
                    Handle(outcome);
                }
                finally
                {
                    outcome.Taken?.Invoke();
                }
                break;

            case WorkRouter.Withdrawn(var serial):
                if (inFlight.TryGetValue(serial, out var withdrawn))
                {
                    ledger.HandBack(withdrawn.Cohort);
                    Close(withdrawn);
                }
                break;

            case WorkRouter.Unhosted(var serials):
                foreach (var ended in serials.Where(serial => !inFlight.ContainsKey(serial)))
                    router.Tell(new WorkRouter.Ended(ended));
                Look(serials.Select(serial => inFlight.GetValueOrDefault(serial)).OfType<InFlight>());
                break;

            // A device has come or gone: as many cohorts are in flight as all of them have work with.
            case WorkRouter.Batch(var members):
                window = rules.WindowFor(members, ledger.Job.Options.CohortSize, ledger.Job.Latent.MemberBytes);
                break;

            case WorkRouter.Waiting(var text):
                if (waiting is null)
                    (waitingSince, toldOfWaiting) = (time.GetTimestamp(), false);
                ledger.Waits(waiting = text);
                break;

            // The process of these trajectories died, or word got lost on the way: each is told again where it stands.
            case WorkRouter.Unknown unknown:
                Look(from asked in unknown.Legs let lost = inFlight.GetValueOrDefault(asked.Serial) where lost?.Cohort.Leg == asked.Leg select lost);
                break;

            // A later coordinator of this run: it alone may record from now on.
            case RunAnnounced announced when announced.Run == run.Id.Value && announced.Epoch > run.Epoch:
                throw new IOException($"Another coordinator, epoch {announced.Epoch}, has taken over run {run.Id}; this one, epoch {run.Epoch}, stops.");

            case Tick:
                (int, int)[] silent = [.. inFlight.Values.Where(t => time.GetElapsedTime(t.Since) > LookAfter).Select(t => (t.Serial, t.Cohort.Leg))];
                if (silent.Length > 0 && !stopping)
                    router.Tell(new WorkRouter.Unknown(silent));
                if (waiting is not null && time.GetElapsedTime(waitingSince) > (toldOfWaiting ? WaitingIsNewsAgain : WaitingIsNews))
                {
                    log(waiting);
                    (waitingSince, toldOfWaiting) = (time.GetTimestamp(), true);
                }
                break;
        }
        Admit();
    }

    private void Handle(LegOutcome outcome)
    {
        if (!inFlight.TryGetValue(outcome.Serial, out var trajectory) || trajectory.Cohort.Leg != outcome.Leg)
            return; // answered before
        lastOutcome = time.GetTimestamp();
        if (time.GetElapsedTime(trajectory.Since) is var took && took > longest)
            longest = took;
        if (outcome.Contradiction(trajectory.Cohort, ledger.Job.Plan[outcome.Leg]) is { } contradiction)
            Fail(trajectory, $"the answer of {outcome.Worker} cannot be the outcome: {contradiction}");
        else if (outcome.Result is null)
            Fail(trajectory, $"{outcome.Reason}");
        else if (ledger.Finished(outcome.Result) is not { } next)
            Close(trajectory);
        else if (cancel.IsCancellationRequested) // outcomes that wait before the request to stop start no leg either
        {
            ledger.HandBack(next);
            Close(trajectory);
        }
        else
        {
            Send(inFlight[outcome.Serial] = trajectory with { Cohort = next, LookedFor = null });
        }
    }

    private void Fail(InFlight trajectory, string reason)
    {
        if (ledger.Failed(trajectory.Cohort, reason))
            log($"member {trajectory.Cohort.Members[0]} is set aside: {reason}");
        Close(trajectory);
    }

    private void Close(InFlight trajectory)
    {
        inFlight.Remove(trajectory.Serial);
        states.TryRemove(trajectory.Serial, out _);
        Host(trajectory).Tell(new TrajectoryEnded(trajectory.Entity));
        if (trajectory.IsHostedHere) // also what waits for it elsewhere
            placement.Trajectories.Tell(new TrajectoryEnded(trajectory.Entity));
        router.Tell(new WorkRouter.Ended(trajectory.Serial));
    }

    private void BeginStop()
    {
        if (stopping || !cancel.IsCancellationRequested)
            return;
        (stopping, lastOutcome) = (true, time.GetTimestamp());
        router.Tell(new WorkRouter.Stop());
    }

    /// <summary>Admits a cohort; the next one after what has come in meanwhile, as its initial conditions may take long.</summary>
    private void Admit()
    {
        BeginStop();
        if (inFlight.Count < window && !stopping && ledger.TryNext(out var cohort))
        {
            var serial = ledger.NextSerial();
            Send(inFlight[serial] = new InFlight(cohort, serial, Trajectory.Name(run.Id, run.Epoch, serial)));
            if (!admitting)
                Self.Tell(new More());
            admitting = true;
        }
        if (inFlight.Count == 0)
            end.TrySetResult(ledger.Conclude(stopping));
        else if (stopping && time.GetElapsedTime(lastOutcome) > Grace) // nobody is at work on the rest, or nobody who answers
        {
            foreach (var trajectory in inFlight.Values.ToArray())
            {
                ledger.HandBack(trajectory.Cohort);
                Close(trajectory);
            }
            end.TrySetResult(ledger.Conclude(cancelled: true));
        }
    }

    private TimeSpan Grace => new(Math.Max(rules.CancelGrace.Ticks, Math.Min(2 * longest.Ticks, rules.LegTimeout.Ticks)));

    private void Send(InFlight trajectory)
    {
        trajectory.Since = time.GetTimestamp();
        var (cohort, serial) = (trajectory.Cohort, trajectory.Serial);
        var travels = CohortCodec.Size(cohort) <= placement.LargestMessage;
        if (!travels)
            states[serial] = cohort;
        else if (placement.Transfer.Length > 0)
            states.TryRemove(serial, out _);
        Host(trajectory).Tell(
            new Advance(trajectory.Entity, new LegTask(
                run.Id, run.Epoch, serial, cohort.Id, ledger.Job.Plan[cohort.Leg], cohort.Members.Length, travels ? cohort : null)), router);
    }

    /// <summary>
    /// Tells trajectories again that nobody has heard of. An entity holds nothing that is not known here, so that it may live
    /// anywhere: one whose shard has no process for so long lives here.
    /// </summary>
    private void Look(IEnumerable<InFlight> trajectories)
    {
        var taken = 0;
        foreach (var lost in trajectories)
        {
            if (!lost.IsHostedHere && time.GetElapsedTime(lost.LookedFor ??= time.GetTimestamp()) > HostAfter)
            {
                lost.IsHostedHere = true;
                taken++;
            }
            Send(lost);
        }
        if (taken > 0)
            log($"{taken} {(taken == 1 ? "cohort has" : "cohorts have")} found no host for {HostAfter.TotalSeconds:F0} s; this process hosts them");
    }

    private IActorRef Host(InFlight trajectory) => trajectory.IsHostedHere
        ? ownTrajectories ??= Context.ActorOf(Props.Create<LocalTrajectories>().WithDispatcher(Dispatchers.Control), "trajectories")
        : placement.Trajectories;

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
