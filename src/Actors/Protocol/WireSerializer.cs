using Akka.Actor;
using Akka.Serialization;
using Hyperion;
using LedCluster.Domain.Wire;

namespace LedCluster.Actors.Protocol;

/// <summary>
/// Binary form of the messages with arrays. Each is a task or an outcome in its own versioned form; the manifest says which
/// message it is: <c>A1</c> an advance (the tag <c>LCA1</c>, the entity as text, the task preceded by its length), <c>T1</c> a
/// task, <c>O2</c> orders (the tag <c>LCO3</c>, how many, each with its number and the task preceded by its length), <c>R2</c> outcomes
/// (the tag <c>LCRS</c>, how many, each preceded by its length). Numbers and lengths are 32-bit integers.
/// </summary>
/// <param name="system">The actor system.</param>
public sealed class WireSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private const string AdvanceManifest = "A1", TaskManifest = "T1", OrdersManifest = "O2", OutcomesManifest = "R2";
    private const string AdvanceTag = "LCA1", OrdersTag = "LCO3", OutcomesTag = "LCRS";
    private const int LongestEntity = 100;

    /// <inheritdoc />
    public override int Identifier => 4201;

    /// <inheritdoc />
    public override string Manifest(object o) => o switch
    {
        Advance => AdvanceManifest,
        LegTask => TaskManifest,
        RunLegs => OrdersManifest,
        LegOutcomes => OutcomesManifest,
        _ => throw new ArgumentException($"There is no binary form of {o.GetType().Name}."),
    };

    /// <inheritdoc />
    public override byte[] ToBinary(object obj)
    {
        using var writer = obj switch
        {
            Advance advance => new ByteWriter(AdvanceTag, 128 + advance.Task.Size).Text(advance.Entity, LongestEntity).Block(advance.Task, LegTask.Write),
            LegTask task => LegTask.Write(new ByteWriter("", task.Size), task),
            RunLegs(var orders) => Each(
                new ByteWriter(OrdersTag, 64 + orders.Sum(o => 8 + o.Task.Size)), orders, (w, o) => w.Int(o.Number).Block(o.Task, LegTask.Write)),
            LegOutcomes(var outcomes) => Each(new ByteWriter(OutcomesTag, 64 + outcomes.Sum(o => o.Size)), outcomes, (w, o) => w.Block(o, LegOutcome.Write)),
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
            case OrdersManifest:
                return new RunLegs(Each(new ByteReader(bytes, OrdersTag, "orders"), (ref r) => new Order(r.Int(), LegTask.Decode(r.Bytes()))));
            case TaskManifest:
                return LegTask.Decode(bytes);
            case OutcomesManifest:
                return new LegOutcomes(Each(new ByteReader(bytes, OutcomesTag, "outcomes"), (ref r) => LegOutcome.Decode(r.Bytes())));
            default:
                throw new FormatException($"A message has the unknown manifest '{manifest}'.");
        }
    }

    private delegate T Read<T>(ref ByteReader reader);

    private static ByteWriter Each<T>(ByteWriter writer, IReadOnlyList<T> parts, Action<ByteWriter, T> write)
    {
        writer.Int(parts.Count);
        foreach (var part in parts)
            write(writer, part);
        return writer;
    }

    private static List<T> Each<T>(ByteReader reader, Read<T> read)
    {
        var count = reader.Int();
        List<T> parts = [];
        for (var i = 0; i < count; i++) // a wrong count ends with the bytes
            parts.Add(read(ref reader));
        reader.End();
        return parts.Count > 0 ? parts : throw new FormatException($"A message brings {count} orders or outcomes, expected 1 or more.");
    }
}

/// <summary>What Hyperion may read, whatever a peer sends: control messages, and references to actors within them.</summary>
internal sealed class ControlTypes : ITypeFilter
{
    private static readonly HashSet<string> Names =
    [
        .. typeof(IControl).Assembly.GetTypes().Where(t => t is { IsSealed: true } && t.IsAssignableTo(typeof(IControl))).Select(t => t.FullName!),
        typeof(ActorRefBase.Surrogate).FullName!,
    ];

    /// <inheritdoc />
    public bool IsAllowed(string typeName) => Names.Contains(typeName.Split(',')[0].Trim());
}
