using System.Collections.Immutable;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;

namespace LedCluster.Host.Explanations;

/// <summary>One leg of a member.</summary>
/// <param name="Leg">The leg.</param>
/// <param name="Recorded">When it was recorded; null when it is not.</param>
/// <param name="Cohort">The cohort that ran it.</param>
/// <param name="Trust">How well the model knew the member; NaN where unknown.</param>
internal sealed record LegStory(Leg Leg, DateTimeOffset? Recorded, int? Cohort, Trust Trust)
{
    /// <summary>The system's diagnostics at the leg's last frame, by name; NaN where unknown.</summary>
    public IReadOnlyDictionary<string, float> Diagnostics { get; init; } = ImmutableDictionary<string, float>.Empty;
}
