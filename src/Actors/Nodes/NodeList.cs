using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace LedCluster.Actors.Nodes;

/// <summary>The last reports of nodes. May be used by many threads.</summary>
/// <param name="time">Stamps what is heard.</param>
public sealed class NodeList(TimeProvider time)
{
    /// <summary>Silence after which a node counts as lost.</summary>
    public static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(5);

    /// <summary>Time after which a node that is drained or lost is no longer listed.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, (NodeReport Report, DateTimeOffset Heard)> nodes = [];

    /// <summary>Nodes heard of lately, by name.</summary>
    public ImmutableArray<SeenNode> Seen
    {
        get
        {
            var now = time.GetUtcNow();
            foreach (var (name, node) in nodes)
                if (now - node.Heard > Remembered)
                    nodes.TryRemove(KeyValuePair.Create(name, node));
            return [.. nodes.Values.OrderBy(n => n.Report.Node, StringComparer.Ordinal)
                .Select(n => new SeenNode(n.Report, n.Heard, n.Report.State != NodeState.Drained && now - n.Heard > LongestSilence))];
        }
    }

    /// <summary>A node has told how it is.</summary>
    public void Hear(NodeReport report) => nodes[report.Node] = (report, time.GetUtcNow());
}
