namespace LedCluster.Actors;

/// <summary>How far a run has come since it was started or resumed.</summary>
/// <param name="MemberFrames">Frames recorded, summed over members.</param>
/// <param name="MembersDone">Members that reached the final frame.</param>
/// <param name="MembersFailed">Members set aside.</param>
public readonly record struct RunProgress(long MemberFrames, int MembersDone, int MembersFailed)
{
    /// <summary>On a cluster, who waits for whom, in words for a person; null when nobody does.</summary>
    public string? Waits { get; init; }
}
