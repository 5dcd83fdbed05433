using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using LedCluster.Actors.Telemetry;

namespace LedCluster.Actors.Embedded;

/// <summary>A bounded first-in-first-out mailbox: a full one makes its senders wait.</summary>
/// <param name="capacity">Messages it holds.</param>
/// <param name="watch">Told what passes through; may be null.</param>
/// <param name="members">Members of a message; needed for a watch.</param>
internal sealed class Mailbox<T>(int capacity, RoleWatch? watch = null, Func<T, int>? members = null) : IDisposable
{
    private readonly BlockingCollection<(T Message, long Sent)> messages = new(capacity);

    /// <summary>Puts a message in, waiting while the mailbox is full.</summary>
    public void Send(T message)
    {
        watch?.Sent();
        messages.Add((message, Stopwatch.GetTimestamp()));
    }

    /// <summary>Messages as they come, until the mailbox is closed and empty; what is taken until the next one is a batch.</summary>
    public IEnumerable<T> Receive()
    {
        foreach (var item in messages.GetConsumingEnumerable())
            using (watch?.Begin())
                yield return Taken(item);
    }

    /// <summary>The next message if one is waiting.</summary>
    public bool TryReceive([MaybeNullWhen(false)] out T message)
    {
        var taken = messages.TryTake(out var item);
        message = taken ? Taken(item) : default;
        return taken;
    }

    /// <summary>No more messages will come.</summary>
    public void Close() => messages.CompleteAdding();

    /// <inheritdoc />
    public void Dispose() => messages.Dispose();

    private T Taken((T Message, long Sent) item)
    {
        watch?.Taken(item.Sent, members!(item.Message));
        return item.Message;
    }
}
