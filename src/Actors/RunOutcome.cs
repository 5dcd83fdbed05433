namespace LedCluster.Actors;

/// <summary>How a job ended.</summary>
/// <param name="Progress">What was recorded.</param>
/// <param name="Cancelled">Whether it was cancelled before every member was done.</param>
public sealed record RunOutcome(RunProgress Progress, bool Cancelled);
