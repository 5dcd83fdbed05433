using System.Threading.Channels;
using LedCluster.Domain.Cohorts;

namespace LedCluster.Actors.RabbitMq;

/// <summary>
/// Sends cohorts out as orders, records the replies, and acknowledges a reply only after it is recorded. Keeps for each
/// cohort in flight its last state, so that whatever happens to broker or workers, the leg can be asked for again.
/// </summary>
internal sealed class RabbitMqCoordinator(EngineJob job, BrokerOptions broker, ClusterRun run, RabbitMqOptions options, TimeProvider time, Action<string> log)
{
    private readonly RunQueues queues = new(run.Id);
    private readonly RunLedger ledger = new(job);
    private readonly Dictionary<CohortId, InFlight> inFlight = [];
    private readonly AnsweredOrders answered = new();
    private readonly Channel<ICoordinatorEvent> events = Channel.CreateUnbounded<ICoordinatorEvent>();
    private CoordinatorConnector connector = null!;
    private CoordinatorSession session = null!;
    private readonly SuspectLine suspects = new();
    private readonly HashSet<CohortId> held = []; // in flight, came back and not ordered again yet
    private int numbers;
    private long nextTick;
    private TimeSpan longestLeg; // from its first order to its answer
    private bool superseded;

    /// <summary>Runs the job to its end.</summary>
    public async Task<RunOutcome> RunAsync(CancellationToken cancel)
    {
        using var disposing = ledger;
        connector = new CoordinatorConnector(broker, run, options, events.Writer, time, log);
        if (!await ConnectAsync(cancel))
            return ledger.Conclude(cancelled: true);
        try
        {
            var heard = time.GetTimestamp(); // from a worker, since the run is asked to stop
            for (var stopping = false; ;)
            {
                if (cancel.IsCancellationRequested && !stopping)
                    (stopping, heard, nextTick) = (true, time.GetTimestamp(), 0);
                OrderNext(cancel);
                if (inFlight.Count == held.Count)
                    break; // all is done; or what is left came back since the run is asked to stop
                await TickAsync(cancel);
                var grace = options.Grace(longestLeg) - time.GetElapsedTime(heard);
                if (stopping && (grace <= TimeSpan.Zero || inFlight.Count == held.Count))
                    break; // nobody is at work on the rest, or nobody who answers
                if (await events.Reader.NextAsync(stopping && grace < Until(nextTick) ? grace : Until(nextTick), stopping ? CancellationToken.None : cancel) is not { } what)
                    continue;
                if (what is not Announced) // the run's own announcements go on while it stops
                    heard = time.GetTimestamp();
                await HandleAsync(what, cancel);
            }
            HandBack(inFlight.Values);
            return ledger.Conclude(cancel.IsCancellationRequested);
        }
        finally
        {
            if (!superseded)
                await BrokerTrouble.Guarded(session.DeleteAsync);
            await BrokerTrouble.Guarded(() => session.DisposeAsync().AsTask());
        }
    }

    private async Task HandleAsync(ICoordinatorEvent what, CancellationToken cancel)
    {
        if (what.Session != session)
            return;
        switch (what)
        {
            // Record, then acknowledge.
            case ReplyArrived(_, var tag, var reply):
                Handle(reply, cancel);
                session.Acknowledge(tag);
                break;

            case ForeignArrived(_, var tag, var body, var reason):
                session.SetAside(body, reason);
                log($"set a reply aside: {reason}");
                session.Acknowledge(tag);
                break;

            // A later coordinator of this run: it alone may record from now on.
            case Announced(_, var announcement) when announcement.Run == run.Id && announcement.Epoch > run.Epoch:
                superseded = true;
                throw new IOException($"Another coordinator, epoch {announcement.Epoch}, has taken over run {run.Id}; this one, epoch {run.Epoch}, stops.");

            // Start over with the broker: queues are declared again, and all that is in flight is ordered again.
            case SessionLost(_, var reason):
                log($"lost the broker {broker}: {reason}");
                await BrokerTrouble.Guarded(() => session.DisposeAsync().AsTask());
                if (!await ConnectAsync(cancel) || cancel.IsCancellationRequested)
                    HandBack(inFlight.Values);
                foreach (var leg in inFlight.Values.Where(leg => !held.Contains(leg.Cohort.Id)).ToArray())
                    Order(leg);
                break;
        }
    }

    private void Handle(WorkReply reply, CancellationToken cancel)
    {
        if (reply.Run != run.Id || reply.Epoch != run.Epoch)
            return; // to a coordinator that is gone
        if (!inFlight.TryGetValue(reply.Cohort, out var leg) || !leg.IsAnsweredBy(reply))
        {
            if (reply.Return == OrderReturn.None)
                log($"dropped a late answer of {reply.Worker} about {reply.Cohort}"); // another worker was faster
            return;
        }
        if (reply.Return != OrderReturn.None)
        {
            Returned(leg, reply, cancel);
            return;
        }
        var plan = job.Plan[leg.Cohort.Leg];
        if (leg.Contradiction(reply, plan) is { } contradiction)
        {
            session.SetAside(reply, contradiction);
            log($"set a reply of {reply.Worker} aside: {contradiction}");
            return;
        }
        answered.Add(queues.For(plan.Phase), reply.Number, again: reply.Number > leg.FirstNumber);
        Forget(leg);
        longestLeg = TimeSpan.FromTicks(Math.Max(longestLeg.Ticks, time.GetElapsedTime(leg.Since).Ticks));
        if (reply.Result is null)
            Fail(leg, $"{reply.Reason}");
        else if (ledger.Finished(reply.Result) is { } next)
            ledger.HandBack(next);
    }

    private void Fail(InFlight leg, string reason)
    {
        if (!ledger.Failed(leg.Cohort, reason))
            return;
        session.SetAside(new WorkOrder(run.Id, run.Epoch, leg.Number, leg.Cohort), reason);
        log($"member {leg.Cohort.Members[0]} set aside: {reason}");
    }

    /// <summary>An order came back. A worker that was lost with it may have died of it.</summary>
    private void Returned(InFlight leg, WorkReply reply, CancellationToken cancel)
    {
        var (id, losses) = (leg.Cohort.Id, leg.Losses + 1);
        if (reply.Number != leg.Number || held.Contains(id))
            return; // told before: it was ordered again meanwhile, or is to be. A worker lost before it acknowledged has another tell it once more
        if (reply.Return == OrderReturn.WorkerLost)
            log($"a worker was lost with leg {leg.Cohort.Leg} of {id}{(losses > 1 ? $", for the {losses}th time" : "")}");
        if (cancel.IsCancellationRequested)
        {
            HandBack([leg]);
        }
        else if (reply.Return == OrderReturn.HandedBack)
        {
            Hold(leg);
        }
        else if (losses >= options.MostLosses)
        {
            Forget(leg);
            Fail(leg, $"{losses} workers in a row were lost while they had it");
        }
        else
        {
            Hold(leg with { Losses = losses });
            if (losses == options.MostLosses - 1)
                suspects.Join(id);
        }
    }

    /// <summary>An order that came back is not sent again before it is looked at who else is at work.</summary>
    private void Hold(InFlight leg)
    {
        inFlight[leg.Cohort.Id] = leg with { Deadline = long.MaxValue };
        held.Add(leg.Cohort.Id);
    }

    /// <summary>A leg is answered or given up.</summary>
    private void Forget(InFlight leg)
    {
        inFlight.Remove(leg.Cohort.Id);
        held.Remove(leg.Cohort.Id);
        suspects.Leave(leg.Cohort.Id);
    }

    /// <summary>Legs that this run does not go on with.</summary>
    private void HandBack(IEnumerable<InFlight> legs)
    {
        foreach (var leg in legs.ToArray())
        {
            Forget(leg);
            ledger.HandBack(leg.Cohort);
        }
    }

    /// <summary>
    /// Orders what came back, and new cohorts. While there is a suspect, that one alone, and not before all that was at work
    /// is answered or came back: a worker that is lost then had nothing else.
    /// </summary>
    private void OrderNext(CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested)
            return;
        if (suspects.Turn is { } suspect)
        {
            if (held.Count == inFlight.Count)
                Order(inFlight[suspect]);
            return;
        }
        foreach (var id in held.ToArray())
            Order(inFlight[id]);
        while (inFlight.Count < options.Window && !cancel.IsCancellationRequested && ledger.TryNext(out var cohort))
            Dispatch(cohort);
    }

    private void Dispatch(Cohort cohort) => Order(new InFlight(cohort, numbers + 1, 0, 1, 0) { Since = time.GetTimestamp() });

    private void Order(InFlight leg, int copies = 1)
    {
        var patience = options.LegTimeout * (1L << Math.Min(leg.Attempts - 1, 20));
        leg = leg with { Number = ++numbers, Deadline = After(patience) };
        inFlight[leg.Cohort.Id] = leg;
        held.Remove(leg.Cohort.Id);
        for (var copy = 0; copy < copies; copy++)
            session.Send(queues.For(job.Plan[leg.Cohort.Leg].Phase), new WorkOrder(run.Id, run.Epoch, leg.Number, leg.Cohort), leg.IsSentAgain);
    }

    /// <summary>Once in a while: announce the run, and look for legs that are late; or for orders to take back, when it stops.</summary>
    private async Task TickAsync(CancellationToken cancel)
    {
        var now = time.GetTimestamp();
        if (now < nextTick)
            return;
        nextTick = After(options.AnnounceEvery < options.LegTimeout / 4 ? options.AnnounceEvery : options.LegTimeout / 4);
        session.Announce();
        if (session.IsHeldUp) // then no order or answer comes through, and nobody is late
        {
            foreach (var leg in inFlight.Values.Where(leg => leg.Deadline <= now).ToArray())
                inFlight[leg.Cohort.Id] = leg with { Deadline = After(options.LegTimeout) };
            return;
        }
        if (cancel.IsCancellationRequested)
        {
            await BrokerTrouble.Guarded(TakeBackAsync);
            return;
        }
        await BrokerTrouble.Guarded(() => session.KeepSetupAsync().WaitAsync(cancel)); // the broker may be in alarm since, and read nothing
        foreach (var late in inFlight.Values.Where(leg => leg.Deadline <= now).GroupBy(leg => queues.For(job.Plan[leg.Cohort.Leg].Phase)).ToArray())
        {
            uint waiting = 0;
            if (!await BrokerTrouble.Guarded(async () => waiting = await session.WaitingAsync(late.Key).WaitAsync(cancel)))
                return;
            foreach (var leg in late)
                Late(leg, taken: waiting == 0 || answered.Passed(late.Key, leg));
        }
    }

    /// <summary>Takes back what no worker has taken, so that only what is at work is waited for: also a leg that was late, of which another order may be.</summary>
    private async Task TakeBackAsync()
    {
        foreach (var queue in (string[])[queues.Micro, queues.Latent])
            while (await session.TakeBackAsync(queue) is { } order)
                if (order.Epoch == run.Epoch && inFlight.TryGetValue(order.Cohort.Id, out var leg) && leg.Number == order.Number && leg.Attempts == 1)
                    HandBack([leg]);
    }

    /// <summary>
    /// An order still in its queue waits for a worker and is not late. One that a worker has taken is sent again, and goes
    /// before those that wait: it has waited longer. At first in two copies, which the broker gives to two workers: until it
    /// misses the heartbeats of one that hangs, it takes that one for as good as any other.
    /// </summary>
    private void Late(InFlight leg, bool taken)
    {
        var (id, index) = (leg.Cohort.Id, leg.Cohort.Leg);
        if (!taken)
        {
            inFlight[id] = leg with { Deadline = After(options.LegTimeout) };
            return;
        }
        if (leg.Attempts < options.MostAttempts)
        {
            log($"leg {index} of {id} is late; another worker gets it (attempt {leg.Attempts + 1})");
            Order(leg with { Attempts = leg.Attempts + 1 }, copies: leg.Attempts == 1 ? 2 : 1);
            return;
        }
        Forget(leg);
        Fail(leg, $"no worker answered in {leg.Attempts} attempts");
    }

    private async Task<bool> ConnectAsync(CancellationToken cancel)
    {
        if (await connector.ConnectAsync(cancel) is not { } connected)
            return false;
        (session, nextTick) = (connected, 0);
        return true;
    }

    private long After(TimeSpan span) => time.GetTimestamp() + (long)(span.TotalSeconds * time.TimestampFrequency);

    private TimeSpan Until(long moment) => TimeSpan.FromSeconds(Math.Max(0.001, (moment - time.GetTimestamp()) / (double)time.TimestampFrequency));
}
