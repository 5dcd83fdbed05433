using LedCluster.Domain.Cohorts;

namespace LedCluster.Domain.Workers;

/// <summary>Outcome of a leg.</summary>
/// <param name="Next">The cohort after the leg, without the members that failed; null when none is left.</param>
/// <param name="Segment">What the leg leaves behind.</param>
/// <param name="Times">What the leg cost; of a batch, the first result carries the cost of what the cohorts share.</param>
public sealed record LegResult(Cohort? Next, Segment Segment, WorkTimes Times);
