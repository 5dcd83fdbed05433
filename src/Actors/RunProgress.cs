namespace LedCluster.Actors;

/// <summary>How far a run has come since it was started or resumed.</summary>
/// <param name="MemberFrames">Frames recorded, summed over members.</param>
/// <param name="MembersDone">Members that reached the final frame.</param>
/// <param name="MembersFailed">Members set aside.</param>
public readonly record struct RunProgress(long MemberFrames, int MembersDone, int MembersFailed);
