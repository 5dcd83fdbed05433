namespace LedCluster.Actors.RabbitMq;

/// <summary>
/// Which orders must have left their queue, judged by later ones that were answered. A queue is first in, first out, but
/// for orders that are sent again: those overtake first ones, which therefore may wait although a later order is answered.
/// </summary>
internal sealed class AnsweredOrders
{
    private readonly Dictionary<(string Queue, bool Again), int> highest = [];

    /// <summary>An order was answered.</summary>
    /// <param name="queue">Where it had waited.</param>
    /// <param name="number">Its number.</param>
    /// <param name="again">Whether it was sent again, and not the first for its leg.</param>
    public void Add(string queue, int number, bool again) => highest[(queue, again)] = Math.Max(highest.GetValueOrDefault((queue, again)), number);

    /// <summary>Whether an order must have been taken by a worker; its queue may still hold others.</summary>
    public bool Passed(string queue, InFlight leg) => leg.Number < Math.Max(
        highest.GetValueOrDefault((queue, false)), leg.IsSentAgain ? highest.GetValueOrDefault((queue, true)) : 0);
}
