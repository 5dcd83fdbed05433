using System.Collections.Immutable;

namespace LedCluster.Storage.Runs;

/// <summary>A checkpoint that is the furthest one of some members.</summary>
/// <param name="Members">Members whose furthest checkpoint this is, ascending.</param>
/// <param name="Leg">Number of legs finished.</param>
/// <param name="Payload">The encoded cohort; it may hold more members than those listed.</param>
public sealed record Checkpoint(ImmutableArray<int> Members, int Leg, byte[] Payload);
