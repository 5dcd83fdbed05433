using LedCluster.Domain.Workers;

namespace LedCluster.Actors;

/// <summary>How a job ended.</summary>
/// <param name="Progress">What was recorded.</param>
/// <param name="Times">Seconds spent per kind of work, summed over workers.</param>
/// <param name="Cancelled">Whether it was cancelled before every member was done.</param>
public sealed record RunOutcome(RunProgress Progress, WorkTimes Times, bool Cancelled);
