using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace LedCluster.Actors.RabbitMq;

/// <summary>
/// Publishing to a broker that may be short of room: a message that it refuses (a queue is full) is offered again with
/// growing pauses, and one that it leaves unread (it is out of memory or disk space) waits. Both end when the connection does.
/// </summary>
internal sealed class BrokerPatience
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(0.05), LongestPause = TimeSpan.FromSeconds(1);

    private readonly string who;
    private readonly Action<string> log;
    private int refused;
    private volatile bool blocked;

    /// <summary>Watches a connection.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="who">Whose it is, for a person.</param>
    /// <param name="log">Told what an operator should know.</param>
    public BrokerPatience(IConnection connection, string who, Action<string> log)
    {
        (this.who, this.log) = (who, log);
        connection.ConnectionBlockedAsync += (_, e) => Blocked(true, $"the broker takes no messages of {who}: {e.Reason}; waiting");
        connection.ConnectionUnblockedAsync += (_, _) => Blocked(false, $"the broker takes messages of {who} again");
    }

    /// <summary>Whether some message is refused or unread at the moment.</summary>
    public bool IsHeldUp => blocked || Volatile.Read(ref refused) > 0;

    /// <summary>Publishes a message until the broker has confirmed it.</summary>
    /// <param name="publish">Publishes it once and waits for the confirmation.</param>
    public async Task PublishAsync(Func<ValueTask> publish)
    {
        var held = false;
        try
        {
            for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
            {
                try
                {
                    await publish();
                    return;
                }
                catch (PublishException error) when (!error.IsReturn)
                {
                    if (!held && Interlocked.Increment(ref refused) == 1)
                        log($"the broker refuses messages of {who}: a queue is full; offering them again");
                    held = true;
                }
                await Task.Delay(pause);
            }
        }
        finally
        {
            if (held)
                Interlocked.Decrement(ref refused);
        }
    }

    private Task Blocked(bool now, string text)
    {
        blocked = now;
        log(text);
        return Task.CompletedTask;
    }
}
