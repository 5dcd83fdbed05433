using System.Collections.Immutable;

namespace LedCluster.Actors.Nodes;

/// <summary>Hears the reports of all nodes of a cluster, and can ask one to drain.</summary>
public interface INodeRegistry : IAsyncDisposable
{
    /// <summary>Nodes heard of lately, by name.</summary>
    ImmutableArray<SeenNode> Nodes { get; }

    /// <summary>Asks a node to drain; returns when the request is on its way for certain.</summary>
    /// <exception cref="IOException">The node cannot be asked at this moment.</exception>
    Task DrainAsync(string node);
}
