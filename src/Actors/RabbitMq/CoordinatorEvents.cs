using System.Threading.Channels;

namespace LedCluster.Actors.RabbitMq;

/// <summary>What a session with the broker tells the coordinator.</summary>
internal interface ICoordinatorEvent
{
    /// <summary>The session it comes from; those of a session that was given up are ignored.</summary>
    CoordinatorSession Session { get; }
}

/// <summary>A reply came.</summary>
internal sealed record ReplyArrived(CoordinatorSession Session, ulong Tag, WorkReply Reply) : ICoordinatorEvent;

/// <summary>Bytes that are no reply came.</summary>
internal sealed record ForeignArrived(CoordinatorSession Session, ulong Tag, byte[] Body, string Reason) : ICoordinatorEvent;

/// <summary>A coordinator announced itself.</summary>
internal sealed record Announced(CoordinatorSession Session, Announcement Announcement) : ICoordinatorEvent;

/// <summary>The session is of no more use.</summary>
internal sealed record SessionLost(CoordinatorSession Session, string Reason) : ICoordinatorEvent;

/// <summary>Waiting for them.</summary>
internal static class CoordinatorEvents
{
    /// <summary>The next event; null when there is none for a while, or when cancelled.</summary>
    public static async Task<ICoordinatorEvent?> NextAsync(this ChannelReader<ICoordinatorEvent> events, TimeSpan longest, CancellationToken cancel)
    {
        if (events.TryRead(out var ready))
            return ready;
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        wait.CancelAfter(longest);
        try
        {
            return await events.ReadAsync(wait.Token);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
