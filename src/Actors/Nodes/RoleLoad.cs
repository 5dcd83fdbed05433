namespace LedCluster.Actors.Nodes;

/// <summary>What a node does in one role.</summary>
/// <param name="Workers">Threads of the role; 0 when the node does not have it.</param>
/// <param name="InFlight">Legs in hand: at work, or waiting for a thread.</param>
/// <param name="LegsDone">Legs of cohorts that were run since the node started.</param>
public readonly record struct RoleLoad(long Workers, long InFlight, long LegsDone);
