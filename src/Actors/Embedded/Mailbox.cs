using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace LedCluster.Actors.Embedded;

/// <summary>A bounded first-in-first-out mailbox: a full one makes its senders wait.</summary>
/// <param name="capacity">Messages it holds.</param>
internal sealed class Mailbox<T>(int capacity) : IDisposable
{
    private readonly BlockingCollection<T> messages = new(capacity);

    /// <summary>Puts a message in, waiting while the mailbox is full.</summary>
    public void Send(T message) => messages.Add(message);

    /// <summary>Messages as they come, until the mailbox is closed and empty.</summary>
    public IEnumerable<T> Receive() => messages.GetConsumingEnumerable();

    /// <summary>The next message if one is waiting.</summary>
    public bool TryReceive([MaybeNullWhen(false)] out T message) => messages.TryTake(out message);

    /// <summary>No more messages will come.</summary>
    public void Close() => messages.CompleteAdding();

    /// <inheritdoc />
    public void Dispose() => messages.Dispose();
}
