using LedCluster.Actors.Protocol;

namespace LedCluster.Actors.Workers;

/// <summary>An order for a worker.</summary>
internal readonly record struct Assignment<TWorker>(TWorker Worker, int Number, LegTask Task);

/// <summary>
/// The legs that wait for workers or are at work, and the decisions about them: whom a leg is given to, when it is late, how
/// often it is tried, and when its cohort is poison. Knows nothing of actors.
/// </summary>
/// <remarks>
/// Of a cohort that nodes were lost with again and again it cannot be told that it killed them, as a node has other work
/// too. It becomes a suspect: suspects are at work one at a time, each alone on its node, so that a loss then has one
/// explanation only.
/// </remarks>
/// <typeparam name="TWorker">Identity of the workers of one role on one node.</typeparam>
/// <param name="rules">The rules.</param>
/// <param name="time">Where the time is read from.</param>
internal sealed class WorkBook<TWorker>(WorkRules rules, TimeProvider time)
    where TWorker : class
{
    /// <summary>How long an order may be missing from its worker, unanswered, before it counts as lost on the way.</summary>
    private static readonly TimeSpan LongestWay = TimeSpan.FromSeconds(5);

    private sealed class Entry(LegTask task)
    {
        public LegTask Task => task;
        public int Attempts { get; set; }
        public int Losses { get; set; }
        public TWorker? Avoid { get; set; }
        public bool IsClosed { get; set; }
        public bool IsQueued { get; set; }
    }

    private sealed class Order(Entry entry, TWorker worker, Workers at)
    {
        public Entry Entry => entry;
        public TWorker Worker => worker;
        public Workers At => at;
        public long? Begun { get; set; }
        public long? MissedSince { get; set; }

        /// <summary>Whether another order for the same leg has taken its place: then nobody waits for it.</summary>
        public bool IsReplaced { get; set; }
    }

    private sealed class Workers(string node, bool latent)
    {
        public string Node => node;
        public bool Latent => latent;
        public int Capacity { get; set; }
        public int Batch { get; set; }
        public HashSet<int> Held { get; } = [];
    }

    private readonly Dictionary<TWorker, Workers> workers = [];
    private readonly Dictionary<int, Order> orders = [];
    private readonly Dictionary<int, Entry> entries = []; // by serial
    private readonly LinkedList<Entry> micro = [], latent = [], suspects = [];
    private readonly List<(LegTask Task, string Reason)> condemned = [];
    private int numbers;
    private string? quiet; // the node that a suspect has, or waits for
    private int? lone; // the suspect's order
    private bool closed;

    /// <summary>All workers.</summary>
    public IReadOnlyCollection<TWorker> All => workers.Keys;

    /// <summary>Members that the devices of all workers together compute at a time.</summary>
    public long Batch => workers.Values.Sum(w => (long)w.Batch);

    /// <summary>The longest time that a leg was at work, as far as workers told.</summary>
    public TimeSpan LongestLeg { get; private set; }

    /// <summary>Whether a leg is known: it waits, or is at work.</summary>
    public bool Knows(int serial, int leg) => entries.TryGetValue(serial, out var entry) && entry.Task.Leg.Index == leg;

    /// <summary>A leg wants a worker. One that is known already changes nothing.</summary>
    public void Add(LegTask task)
    {
        if (!entries.TryGetValue(task.Serial, out var known) || known.Task.Leg.Index < task.Leg.Index)
            Enqueue(entries[task.Serial] = new Entry(task), first: false); // told as not run when the run is to stop
    }

    /// <summary>Workers have told what they hold and can hold; orders that have got lost on the way to them wait again.</summary>
    public void Ready(TWorker worker, string node, WorkersReady ready)
    {
        if (!workers.TryGetValue(worker, out var at))
            workers[worker] = at = new Workers(node, ready.Latent);
        (at.Capacity, at.Batch) = (ready.Capacity, ready.Batch);
        var (thereHeld, thereAtWork) = (ready.Held.ToHashSet(), ready.AtWork.ToHashSet());
        var now = time.GetTimestamp();
        foreach (var number in at.Held.ToArray())
        {
            var order = orders[number];
            order.MissedSince = thereHeld.Contains(number) ? null : order.MissedSince ?? now;
            if (thereAtWork.Contains(number))
                order.Begun ??= now;
            if (order.MissedSince is { } since && time.GetElapsedTime(since, now) > LongestWay)
                Return(number);
        }
    }

    /// <summary>An order is answered; whether it is the first answer for its leg.</summary>
    public bool Close(int number)
    {
        if (Remove(number) is not { } order)
            return false;
        if (order.Begun is { } begun && time.GetElapsedTime(begun) is var took && took > LongestLeg)
            LongestLeg = took;
        return !order.Entry.IsClosed && End(order.Entry);
    }

    /// <summary>An order will not be run where it was sent to; its leg waits again.</summary>
    public void Return(int number)
    {
        if (Remove(number) is { IsReplaced: false } order)
            Enqueue(order.Entry, first: true);
    }

    /// <summary>A machine could not run an order; nobody is to blame, and it is tried elsewhere.</summary>
    public void Fault(int number, string reason)
    {
        if (Remove(number) is not { IsReplaced: false, Entry.IsClosed: false } order)
            return;
        order.Entry.Avoid = order.Worker;
        if (++order.Entry.Attempts >= rules.MostAttempts)
            Condemn(order.Entry, $"no machine could run it in {order.Entry.Attempts} attempts; the last: {reason}");
        else
            Enqueue(order.Entry, first: false);
    }

    /// <summary>A node is gone; its orders wait again. It may have died of one of them, unless it was about to end anyway.</summary>
    /// <returns>Number of orders that it had; null when it had no workers.</returns>
    public int? Lose(string node)
    {
        var gone = workers.Where(w => w.Value.Node == node).ToArray();
        if (gone.Length == 0)
            return null;
        var held = 0;
        foreach (var (worker, at) in gone)
        {
            workers.Remove(worker);
            foreach (var number in at.Held.ToArray())
            {
                if (Remove(number) is not { IsReplaced: false, Entry: { IsClosed: false } entry } order)
                    continue;
                held++;
                entry.Losses += at.Capacity > 0 ? 1 : 0;
                entry.Avoid = order.Worker;
                if (entry.Losses >= rules.MostLosses)
                    Condemn(entry, $"{entry.Losses} nodes in a row were lost while they had it");
                else
                    Enqueue(entry, first: true);
            }
        }
        if (quiet == node)
            quiet = null;
        return held;
    }

    /// <summary>Legs that are at work for too long are given to others, too.</summary>
    /// <returns>What is late, with the attempts so far.</returns>
    public List<(LegTask Task, int Attempts)> Late()
    {
        List<(LegTask, int)> late = [];
        if (closed)
            return late;
        foreach (var (number, order) in orders)
        {
            var entry = order.Entry;
            if (order is not { IsReplaced: false, Begun: { } begun }
                || entry.IsClosed
                || time.GetElapsedTime(begun) < rules.LegTimeout * (1L << Math.Min(entry.Attempts, 20)))
                continue;
            (order.IsReplaced, entry.Avoid) = (true, order.Worker);
            if (lone == number)
                (lone, quiet) = (null, null);
            late.Add((entry.Task, ++entry.Attempts));
            if (entry.Attempts >= rules.MostAttempts)
                Condemn(entry, $"no worker answered in {entry.Attempts} attempts");
            else
                Enqueue(entry, first: true);
        }
        return late;
    }

    /// <summary>No leg starts any more; returns those that no worker has.</summary>
    public LegTask[] Withdraw()
    {
        closed = true;
        Entry[] waiting = [.. micro, .. latent, .. suspects];
        foreach (var entry in waiting)
            End(entry);
        return [.. waiting.Where(e => !orders.Values.Any(o => o.Entry == e)).Select(e => e.Task)];
    }

    /// <summary>Who waits although nobody can serve them, as text for the user; null when nobody does.</summary>
    public string? Missing()
    {
        var missing = new[] { (Role: "micro", Queue: micro, Latent: false), (Role: "latent", Queue: latent, Latent: true) }
            .Where(r => r.Queue.Count > 0 && !workers.Values.Any(w => w.Latent == r.Latent && w.Capacity > 0)).ToArray();
        return missing.Length == 0 ? null : string.Join(
            "; ", missing.Select(r => $"{r.Queue.Count} cohorts wait for a node with the role {r.Role}, but none works for this run"));
    }

    /// <summary>Legs that are not tried again, with the reason; each is reported once.</summary>
    public (LegTask Task, string Reason)[] Condemned()
    {
        if (condemned.Count == 0)
            return [];
        var all = condemned.ToArray();
        condemned.Clear();
        return all;
    }

    /// <summary>Gives legs that wait to workers with room, the least loaded first.</summary>
    public IEnumerable<Assignment<TWorker>> Assign()
    {
        while (lone is null && suspects.First is { Value: var suspect } && Alone(suspect) is { } worker)
        {
            var assigned = Take(suspects, worker);
            lone = assigned.Number;
            yield return assigned;
        }
        foreach (var queue in (LinkedList<Entry>[])[micro, latent])
            while (queue.First is { Value: var entry } && Room(entry) is { } worker)
                yield return Take(queue, worker);
    }

    /// <summary>Workers with room; those that failed before only when there are no others.</summary>
    private TWorker? Room(Entry entry)
    {
        (TWorker? Worker, double Load) best = (null, double.MaxValue);
        foreach (var (worker, at) in workers)
        {
            if (at.Latent != entry.Task.IsLatent || at.Held.Count >= at.Capacity || at.Node == quiet)
                continue;
            var load = at.Held.Count / (double)at.Capacity + (worker.Equals(entry.Avoid) ? 2 : 0);
            if (load < best.Load)
                best = (worker, load);
        }
        return best.Worker;
    }

    /// <summary>Workers on a node where nobody else is at work; such a node takes no orders until it is empty.</summary>
    private TWorker? Alone(Entry suspect)
    {
        var able = workers.Where(w => w.Value.Latent == suspect.Task.IsLatent && w.Value.Capacity > 0).ToArray();
        var chosen = able.Where(w => w.Value.Node == quiet).Select(w => w.Key).FirstOrDefault()
            ?? able.OrderBy(w => w.Key.Equals(suspect.Avoid)).ThenBy(w => Busy(w.Value.Node)).Select(w => w.Key).FirstOrDefault();
        quiet = chosen is null ? null : workers[chosen].Node;
        return chosen is not null && Busy(quiet!) == 0 ? chosen : null;
    }

    private int Busy(string node) => workers.Values.Where(w => w.Node == node).Sum(w => w.Held.Count(number => !orders[number].IsReplaced));

    private Assignment<TWorker> Take(LinkedList<Entry> queue, TWorker worker)
    {
        var entry = queue.First!.Value;
        queue.RemoveFirst();
        entry.IsQueued = false;
        var at = workers[worker];
        orders[++numbers] = new Order(entry, worker, at);
        at.Held.Add(numbers);
        return new Assignment<TWorker>(worker, numbers, entry.Task);
    }

    private Order? Remove(int number)
    {
        if (!orders.Remove(number, out var order))
            return null;
        order.At.Held.Remove(number);
        if (lone == number)
            (lone, quiet) = (null, null);
        return order;
    }

    private void Enqueue(Entry entry, bool first)
    {
        if (entry.IsClosed || entry.IsQueued)
            return;
        if (closed)
        {
            condemned.Add((entry.Task, "")); // the run is to stop: it is not tried again, and not judged
            End(entry);
            return;
        }
        entry.IsQueued = true;
        var queue = entry.Losses == rules.MostLosses - 1 ? suspects : entry.Task.IsLatent ? latent : micro;
        _ = first && queue != suspects ? queue.AddFirst(entry) : queue.AddLast(entry);
    }

    private void Condemn(Entry entry, string reason)
    {
        condemned.Add((entry.Task, reason));
        End(entry);
    }

    private bool End(Entry entry)
    {
        entry.IsClosed = true;
        if (entry.IsQueued)
            _ = micro.Remove(entry) || latent.Remove(entry) || suspects.Remove(entry);
        entry.IsQueued = false;
        if (entries.TryGetValue(entry.Task.Serial, out var current) && current == entry)
            entries.Remove(entry.Task.Serial);
        return true;
    }
}
