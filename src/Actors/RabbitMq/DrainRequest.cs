using LedCluster.Actors.Nodes;
using LedCluster.Domain.Wire;

namespace LedCluster.Actors.RabbitMq;

/// <summary>Asks a node to finish its legs and end; all nodes hear it. The tag <c>LCD1</c>, then the node as text.</summary>
/// <param name="Node">Name of the node; the others ignore the request.</param>
public sealed record DrainRequest(string Node)
{
    private const string Tag = "LCD1";

    /// <summary>Encodes the request.</summary>
    public byte[] Encode() => new ByteWriter(Tag).Text(Node, NodeReport.LongestName).ToArray();

    /// <summary>Decodes a request.</summary>
    /// <exception cref="FormatException">The bytes are not a whole request of a known form.</exception>
    public static DrainRequest Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new ByteReader(bytes, Tag, "a request to drain");
        var request = new DrainRequest(reader.Text(NodeReport.LongestName));
        reader.End();
        return request;
    }
}
