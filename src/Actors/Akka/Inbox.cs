using Akka.Actor;

namespace LedCluster.Actors.Akka;

/// <summary>
/// Puts messages together from parcels. Holds no more than the bytes that have arrived, of a limited number of messages.
/// Belongs to one actor.
/// </summary>
/// <param name="self">The actor.</param>
internal sealed class Inbox(IActorRef self)
{
    private const int MostOpen = 1024;

    private sealed class Shipment(int count)
    {
        public ReadOnlyMemory<byte>?[] Pieces { get; } = new ReadOnlyMemory<byte>?[count];
        public int Missing { get; set; } = count;
    }

    private readonly Dictionary<(IActorRef Sender, long Shipment), Shipment> open = [];
    private readonly Queue<(IActorRef, long)> order = new();

    /// <summary>Takes a parcel; returns the message when it is whole.</summary>
    public byte[]? Take(Parcel parcel, IActorRef sender)
    {
        sender.Tell(new ParcelReceived(parcel.Shipment, parcel.Index), self);
        if (parcel.Count == 1)
            return parcel.Bytes.ToArray();
        var key = (sender, parcel.Shipment);
        if (!open.TryGetValue(key, out var shipment))
        {
            open[key] = shipment = new Shipment(parcel.Count);
            order.Enqueue(key);
            while (order.Count > MostOpen) // long forgotten by their senders, or already whole
                open.Remove(order.Dequeue());
        }
        if (parcel.Index >= shipment.Pieces.Length || shipment.Pieces[parcel.Index] is not null)
            return null;
        shipment.Pieces[parcel.Index] = parcel.Bytes;
        if (--shipment.Missing > 0)
            return null;
        open.Remove(key);
        var message = new byte[shipment.Pieces.Sum(p => p!.Value.Length)];
        var rest = message.AsSpan();
        foreach (var piece in shipment.Pieces)
        {
            piece!.Value.Span.CopyTo(rest);
            rest = rest[piece.Value.Length..];
        }
        return message;
    }
}
