using Akka.Actor;
using LedCluster.Domain.Wire;

namespace LedCluster.Actors.Akka;

/// <summary>
/// Sends messages of any size as parcels: a few at once, the next when the receiver has one, so that a large message
/// neither fills the connection nor holds up signs of life. Belongs to one actor.
/// </summary>
/// <param name="self">The actor.</param>
/// <param name="time">Where the time is read from.</param>
internal sealed class Outbox(IActorRef self, TimeProvider time)
{
    /// <summary>Parcels of a message that may be on their way.</summary>
    private const int Ahead = 4;

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private sealed class Shipment(ICanTell to, string entity, byte[] message)
    {
        public ICanTell To => to;
        public string Entity => entity;
        public byte[] Message => message;
        public int Count { get; } = Math.Max(1, (message.Length + Parcel.LargestPiece - 1) / Parcel.LargestPiece);
        public int Sent { get; set; }
        public int Received { get; set; }
        public long Moved { get; set; }
    }

    private readonly Dictionary<long, Shipment> shipments = [];
    private long last;

    /// <summary>Messages whose last parcel is not known to have arrived.</summary>
    public int Count => shipments.Count;

    /// <summary>Sends a message and gives its memory back.</summary>
    public void Send(ICanTell to, ByteWriter message, string entity = "")
    {
        using (message)
            Send(to, message.ToArray(), entity);
    }

    /// <summary>Sends a message.</summary>
    public void Send(ICanTell to, byte[] message, string entity = "")
    {
        Prune();
        var shipment = shipments[++last] = new Shipment(to, entity, message) { Moved = time.GetTimestamp() };
        while (shipment.Sent < Math.Min(Ahead, shipment.Count))
            Next(last, shipment);
    }

    /// <summary>A parcel has arrived.</summary>
    public void Received(ParcelReceived receipt)
    {
        if (!shipments.TryGetValue(receipt.Shipment, out var shipment))
            return;
        shipment.Moved = time.GetTimestamp();
        if (++shipment.Received >= shipment.Count)
            shipments.Remove(receipt.Shipment);
        else if (shipment.Sent < shipment.Count)
            Next(receipt.Shipment, shipment);
    }

    /// <summary>Gives up messages whose receiver has been silent for long; whoever misses them asks again.</summary>
    public void Prune() => Prune(Longest);

    /// <summary>Gives up messages whose receiver has been silent for so long; returns how many.</summary>
    public int Prune(TimeSpan silent)
    {
        long[] given = [.. shipments.Where(s => time.GetElapsedTime(s.Value.Moved) > silent).Select(s => s.Key)];
        foreach (var id in given)
            shipments.Remove(id);
        return given.Length;
    }

    private void Next(long id, Shipment shipment)
    {
        var first = shipment.Sent * Parcel.LargestPiece;
        var piece = shipment.Message.AsMemory(first, Math.Min(Parcel.LargestPiece, shipment.Message.Length - first));
        shipment.To.Tell(new Parcel(shipment.Entity, id, shipment.Sent++, shipment.Count, piece), self);
    }
}
