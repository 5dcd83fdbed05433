using Akka.Actor;

namespace LedCluster.Actors.Workers;

/// <summary>
/// The orders that a node holds for one role. Its pool puts them in; each worker takes the next ones itself, so that no
/// message passes between two legs.
/// </summary>
/// <param name="latent">Whether a worker takes all that wait and fit into a batch, rather than one.</param>
internal sealed class HeldOrders(bool latent)
{
    private readonly Lock gate = new();
    private readonly List<Delivery> waiting = [], taken = [];
    private readonly Stack<IActorRef> idle = [];

    /// <summary>Whether no order was taken and not answered yet.</summary>
    public bool IsQuiet
    {
        get
        {
            lock (gate)
                return taken.Count == 0;
        }
    }

    /// <summary>Puts an order in; returns a worker that has to be woken, if there is one.</summary>
    public IActorRef? Add(Delivery delivery)
    {
        lock (gate)
        {
            waiting.Add(delivery);
            return idle.TryPop(out var worker) ? worker : null;
        }
    }

    /// <summary>What a worker runs next; nothing: then it is idle, until it is woken.</summary>
    public Delivery[] Take(IActorRef worker)
    {
        lock (gate)
        {
            var count = Next(out _);
            if (count == 0)
                idle.Push(worker);
            return Take(count);
        }
    }

    /// <summary>What a worker runs next if it is a whole batch; nothing: then more may come that joins it.</summary>
    public Delivery[] TakeWhole()
    {
        lock (gate)
            return Next(out var isWhole) is var count && isWhole ? Take(count) : [];
    }

    /// <summary>Orders of the next batch, and whether no other one of the size of its first would fit.</summary>
    private int Next(out bool isWhole)
    {
        var (count, members) = (0, 0);
        var most = latent && waiting.Count > 0 ? waiting[0].Workers.Latent.LargestBatch : 1;
        while (count < waiting.Count && (count == 0 || members + waiting[count].Task.Members <= most))
            members += waiting[count++].Task.Members;
        isWhole = count > 0 && (count < waiting.Count || members + waiting[0].Task.Members > most);
        return count;
    }

    private Delivery[] Take(int count)
    {
        Delivery[] batch = [.. waiting[..count]];
        waiting.RemoveRange(0, count);
        taken.AddRange(batch);
        return batch;
    }

    /// <summary>An order is answered, or given up.</summary>
    public void Done(Delivery delivery)
    {
        lock (gate)
            taken.Remove(delivery);
    }

    /// <summary>Takes out orders that no worker has taken.</summary>
    public Delivery[] Remove(Predicate<Delivery> which)
    {
        lock (gate)
        {
            Delivery[] removed = [.. waiting.Where(d => which(d))];
            waiting.RemoveAll(which);
            return removed;
        }
    }

    /// <summary>Numbers of a router's orders: those that wait, and those that were taken.</summary>
    public (int[] Waiting, int[] Taken) Of(IActorRef router)
    {
        lock (gate)
            return (Numbers(waiting), Numbers(taken));

        int[] Numbers(List<Delivery> orders) => [.. orders.Where(d => d.Router.Equals(router)).Select(d => d.Number)];
    }
}
