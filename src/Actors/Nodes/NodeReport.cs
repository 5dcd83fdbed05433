using LedCluster.Domain.Wire;

namespace LedCluster.Actors.Nodes;

/// <summary>
/// A node's sign of life, told about once a second and whenever its state changes. Little-endian: the tag <c>LCN1</c>, the
/// node as text, its state as a 32-bit integer, its device as text, then for the roles micro and latent an array of three
/// 64-bit integers each: workers, legs in hand, legs done.
/// </summary>
/// <param name="Node">Name of the node.</param>
/// <param name="State">What it says of itself.</param>
/// <param name="Device">Where its macro legs run, for example <c>cpu</c>.</param>
/// <param name="Micro">Its warm-up and micro legs.</param>
/// <param name="Latent">Its macro legs.</param>
public sealed record NodeReport(string Node, NodeState State, string Device, RoleLoad Micro, RoleLoad Latent)
{
    /// <summary>Longest name of a node, in bytes of UTF-8.</summary>
    public const int LongestName = 200;

    /// <summary>Whether it hosts cohorts. Only nodes of the Akka.NET engine do; those send it beside this form.</summary>
    public bool HostsCohorts { get; init; }

    private const string Tag = "LCN1";
    private const int LongestDevice = 40;

    /// <summary>Encodes the report.</summary>
    public byte[] Encode() => new ByteWriter(Tag).Text(Node, LongestName).Int((int)State).Text(Device, LongestDevice)
        .Array<long>([Micro.Workers, Micro.InFlight, Micro.LegsDone]).Array<long>([Latent.Workers, Latent.InFlight, Latent.LegsDone]).ToArray();

    /// <summary>Decodes a report.</summary>
    /// <exception cref="FormatException">The bytes are not a whole report of a known form.</exception>
    public static NodeReport Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new ByteReader(bytes, Tag, "a node's report");
        var report = new NodeReport(
            reader.Text(LongestName), (NodeState)reader.Int(), reader.Text(LongestDevice), Load(reader.Array<long>()), Load(reader.Array<long>()));
        reader.End();
        return Enum.IsDefined(report.State) ? report : throw new FormatException($"A node's report has the unknown state {(int)report.State}.");
    }

    private static RoleLoad Load(long[] numbers) => numbers is [>= 0 and var workers, >= 0 and var inFlight, >= 0 and var done]
        ? new RoleLoad(workers, inFlight, done)
        : throw new FormatException($"A node's report has {numbers.Length} numbers for a role, some of them possibly negative; expected 3 that are not.");
}
