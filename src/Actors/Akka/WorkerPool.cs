using Akka.Actor;

namespace LedCluster.Actors.Akka;

/// <summary>
/// The workers of a run and the orders that they were granted. A suspect, a cohort that many workers were lost with, is
/// granted a node of its own, on which nobody else works, so that a loss then has one explanation only.
/// </summary>
/// <param name="time">Where the time is read from.</param>
internal sealed class WorkerPool(TimeProvider time)
{
    /// <summary>An order that its worker has not held for so long, and that its cohort has no reply to, has got lost on the way.</summary>
    private static readonly TimeSpan LongestWay = TimeSpan.FromSeconds(5);

    /// <summary>An order that was granted.</summary>
    public sealed class Grant(IActorRef cohort, int number)
    {
        public IActorRef Cohort => cohort;
        public int Number => number;

        /// <summary>Since when its worker says that it does not hold it.</summary>
        public long? MissedSince { get; set; }

        /// <summary>Whether its cohort has asked for another worker meanwhile.</summary>
        public bool IsForsaken { get; set; }
    }

    private sealed class Worker(string name, bool latent)
    {
        public string Name => name;
        public bool Latent => latent;
        public int Capacity { get; set; }
        public Dictionary<int, Grant> Held { get; } = [];
        public bool HasRoom => Held.Count < Capacity;
        public double Load => Held.Count / (double)Capacity;
    }

    private readonly Dictionary<IActorRef, Worker> workers = [];
    private int numbers;
    private Address? quiet; // the node that a suspect has, or waits for
    private int? lone; // the suspect's order

    /// <summary>All workers.</summary>
    public IEnumerable<IActorRef> All => workers.Keys;

    /// <summary>Whether no suspect is at work.</summary>
    public bool MaySuspectWork => lone is null;

    /// <summary>A worker has said what it holds and can hold; returns the orders that have got lost on the way to it.</summary>
    public Grant[] Ready(IActorRef reference, WorkerReady ready)
    {
        if (!workers.TryGetValue(reference, out var worker))
            workers[reference] = worker = new Worker(ready.Name, ready.Latent);
        worker.Capacity = ready.Capacity;
        var now = time.GetTimestamp();
        foreach (var (number, grant) in worker.Held)
            grant.MissedSince = ready.Held.Contains(number) ? null : grant.MissedSince ?? now;
        Grant[] lost = [.. worker.Held.Values.Where(g => g.MissedSince is { } since && time.GetElapsedTime(since, now) > LongestWay)];
        foreach (var grant in lost)
            Close(grant.Number);
        return lost;
    }

    /// <summary>Nobody works on an order any more; returns it, unless it was closed before.</summary>
    public Grant? Close(int number)
    {
        if (lone == number)
            (lone, quiet) = (null, null);
        foreach (var worker in workers.Values)
            if (worker.Held.Remove(number, out var grant))
                return grant;
        return null;
    }

    /// <summary>A cohort asks for another worker: what it was granted before does not keep anybody waiting.</summary>
    public void Forsake(string cohort)
    {
        foreach (var grant in workers.Values.SelectMany(w => w.Held.Values).Where(g => g.Cohort.Path.Name == cohort))
        {
            grant.IsForsaken = true;
            if (lone == grant.Number)
                (lone, quiet) = (null, null);
        }
    }

    /// <summary>Grants a cohort the least loaded worker of a role; the one that failed before only when there is no other.</summary>
    public (int Number, IActorRef Worker)? Choose(bool latent, IActorRef? avoid, IActorRef cohort) =>
        workers.Where(w => w.Value.Latent == latent && w.Value.HasRoom && w.Key.Path.Address != quiet)
            .OrderBy(w => w.Key.Equals(avoid)).ThenBy(w => w.Value.Load).Select(w => w.Key).FirstOrDefault() is { } worker
            ? Take(worker, cohort)
            : null;

    /// <summary>Grants a suspect a worker on a node where nobody else is at work; such a node takes no orders until it is empty.</summary>
    public (int Number, IActorRef Worker)? ChooseAlone(bool latent, IActorRef? avoid, IActorRef suspect)
    {
        var able = workers.Where(w => w.Value.Latent == latent && w.Value.Capacity > 0).Select(w => w.Key).ToArray();
        if (Array.Find(able, worker => worker.Path.Address == quiet) is not { } worker)
        {
            worker = able.OrderBy(w => w.Equals(avoid)).ThenBy(w => Busy(w.Path.Address)).FirstOrDefault();
            quiet = worker?.Path.Address;
        }
        if (worker is null || Busy(worker.Path.Address) > 0)
            return null;
        var granted = Take(worker, suspect);
        lone = granted.Number;
        return granted;
    }

    /// <summary>A process is gone; returns its workers and the orders that they had.</summary>
    public (string Name, bool WasDraining, Grant[] Held)[] Lose(Address address)
    {
        var gone = workers.Where(w => w.Key.Path.Address == address).ToArray();
        foreach (var (reference, worker) in gone)
        {
            workers.Remove(reference);
            if (lone is { } number && worker.Held.ContainsKey(number))
                (lone, quiet) = (null, null);
        }
        return [.. gone.Select(w => (w.Value.Name, w.Value.Capacity == 0, w.Value.Held.Values.Where(g => !g.IsForsaken).ToArray()))];
    }

    private (int Number, IActorRef Worker) Take(IActorRef worker, IActorRef cohort)
    {
        workers[worker].Held[++numbers] = new Grant(cohort, numbers);
        return (numbers, worker);
    }

    /// <summary>Orders in hand on a node.</summary>
    private int Busy(Address node) => workers.Where(w => w.Key.Path.Address == node).Sum(w => w.Value.Held.Values.Count(g => !g.IsForsaken));
}
