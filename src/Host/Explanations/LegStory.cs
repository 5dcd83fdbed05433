using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;

namespace LedCluster.Host.Explanations;

/// <summary>One leg of a member.</summary>
/// <param name="Leg">The leg.</param>
/// <param name="Recorded">When it was recorded; null when it is not.</param>
/// <param name="Cohort">The cohort that ran it.</param>
/// <param name="Trust">How well the model knew the member; NaN where unknown.</param>
internal sealed record LegStory(Leg Leg, DateTimeOffset? Recorded, int? Cohort, Trust Trust);
