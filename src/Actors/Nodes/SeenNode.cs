namespace LedCluster.Actors.Nodes;

/// <summary>A node as others see it.</summary>
/// <param name="Report">The last it told.</param>
/// <param name="Heard">When, by the hearer's clock.</param>
/// <param name="IsSilent">Whether more should have been heard since: it is lost, or cut off.</param>
public sealed record SeenNode(NodeReport Report, DateTimeOffset Heard, bool IsSilent);
