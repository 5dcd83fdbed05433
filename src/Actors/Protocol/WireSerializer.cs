using Akka.Actor;
using Akka.Serialization;
using LedCluster.Domain.Wire;

namespace LedCluster.Actors.Protocol;

/// <summary>
/// Binary form of the messages with arrays. Each is a task or an outcome in its own versioned form; the manifest says which
/// message it is: <c>A1</c> an advance (the tag <c>LCA1</c>, the entity as text, the task preceded by its length), <c>T1</c> a
/// task, <c>O1</c> an order (the tag <c>LCO2</c>, its number as a 32-bit integer, the task preceded by its length), <c>R1</c> an outcome.
/// </summary>
/// <param name="system">The actor system.</param>
public sealed class WireSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private const string AdvanceManifest = "A1", TaskManifest = "T1", OrderManifest = "O1", OutcomeManifest = "R1";
    private const string AdvanceTag = "LCA1", OrderTag = "LCO2";
    private const int LongestEntity = 100;

    /// <inheritdoc />
    public override int Identifier => 4201;

    /// <inheritdoc />
    public override string Manifest(object o) => o switch
    {
        Advance => AdvanceManifest,
        LegTask => TaskManifest,
        RunLeg => OrderManifest,
        LegOutcome => OutcomeManifest,
        _ => throw new ArgumentException($"There is no binary form of {o.GetType().Name}."),
    };

    /// <inheritdoc />
    public override byte[] ToBinary(object obj)
    {
        using var writer = obj switch
        {
            Advance advance => new ByteWriter(AdvanceTag, 128 + advance.Task.Size).Text(advance.Entity, LongestEntity).Block(advance.Task, LegTask.Write),
            LegTask task => LegTask.Write(new ByteWriter("", task.Size), task),
            RunLeg order => new ByteWriter(OrderTag, 64 + order.Task.Size).Int(order.Number).Block(order.Task, LegTask.Write),
            LegOutcome outcome => LegOutcome.Write(new ByteWriter("", outcome.Size), outcome),
            _ => throw new ArgumentException($"There is no binary form of {obj.GetType().Name}."),
        };
        return writer.ToArray();
    }

    /// <inheritdoc />
    /// <exception cref="FormatException">The bytes are not a whole message of a known form.</exception>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        switch (manifest)
        {
            case AdvanceManifest:
                var advance = new ByteReader(bytes, AdvanceTag, "an advance");
                var (entity, task) = (advance.Text(LongestEntity), LegTask.Decode(advance.Bytes()));
                advance.End();
                return new Advance(entity, task);
            case OrderManifest:
                var order = new ByteReader(bytes, OrderTag, "an order");
                var (number, ordered) = (order.Int(), LegTask.Decode(order.Bytes()));
                order.End();
                return new RunLeg(number, ordered);
            case TaskManifest:
                return LegTask.Decode(bytes);
            case OutcomeManifest:
                return LegOutcome.Decode(bytes);
            default:
                throw new FormatException($"A message has the unknown manifest '{manifest}'.");
        }
    }
}
