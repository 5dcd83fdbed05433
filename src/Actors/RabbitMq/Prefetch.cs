namespace LedCluster.Actors.RabbitMq;

/// <summary>
/// How many of a run's orders the workers of a lane hold. An order is held from its delivery until the broker has
/// confirmed the reply, which takes milliseconds; a worker that holds too few is idle meanwhile, one that holds too many
/// keeps them from others. So each holds a tenth of a second of work: few long legs, many short ones.
/// </summary>
/// <param name="workers">Threads of the lane.</param>
/// <param name="least">Orders that each holds at least.</param>
internal sealed class Prefetch(int workers, int least)
{
    /// <summary>Work that a worker holds, in seconds.</summary>
    public const double Seconds = 0.1;

    /// <summary>Bytes of orders that a worker holds at most, unless its least number of orders has more: 64 MiB.</summary>
    public const double MostBytes = 64 << 20;

    /// <summary>Orders that a worker holds at most.</summary>
    public const int Most = 64;

    private const double Weight = 0.125; // of the newest order in the averages

    private readonly Lock gate = new();
    private double seconds = double.NaN, bytes;

    /// <summary>Orders to hold now; first the least.</summary>
    public ushort Now { get; private set; } = Limited(workers * least);

    /// <summary>Learns what an order took.</summary>
    /// <param name="legSeconds">Time of a worker.</param>
    /// <param name="orderBytes">Bytes of the order.</param>
    /// <returns>Whether <see cref="Now"/> has changed, which it does by half or double at least.</returns>
    public bool Learn(double legSeconds, double orderBytes)
    {
        lock (gate)
        {
            (seconds, bytes) = double.IsNaN(seconds) ? (legSeconds, orderBytes)
                : (seconds + Weight * (legSeconds - seconds), bytes + Weight * (orderBytes - bytes));
            var each = Math.Clamp(Math.Min(Seconds / seconds, MostBytes / bytes), least, Math.Max(least, Most));
            var wanted = Limited(each * workers);
            if (wanted < 2 * Now && 2 * wanted > Now)
                return false;
            Now = wanted;
            return true;
        }
    }

    /// <summary>Legs have become long all of a sudden: back to the least.</summary>
    public void Shrink()
    {
        lock (gate)
            (seconds, Now) = (Seconds, Limited(workers * least));
    }

    private static ushort Limited(double orders) => (ushort)Math.Min(orders, ushort.MaxValue);
}
