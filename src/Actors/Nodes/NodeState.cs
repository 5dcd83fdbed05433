namespace LedCluster.Actors.Nodes;

/// <summary>What a node says of itself.</summary>
public enum NodeState : byte
{
    /// <summary>Takes orders.</summary>
    Ready,

    /// <summary>Finishes the legs in hand and takes no more.</summary>
    Draining,

    /// <summary>Has finished, and is about to end.</summary>
    Drained,
}
