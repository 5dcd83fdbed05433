using LedCluster.Domain.Cohorts;

namespace LedCluster.Domain.Workers;

/// <summary>
/// Keeps what finished legs leave behind. Called by one thread at a time, each leg of a cohort in order; recording a leg
/// again must change nothing.
/// </summary>
public interface IRecorder
{
    /// <summary>Keeps a leg's segment and the cohort that results from it. The arrays of fields and latents may be used again after that.</summary>
    void Record(LegResult result);

    /// <summary>Makes durable whatever was recorded; called before a run ends.</summary>
    void Flush();
}

/// <summary>Outcome of a leg.</summary>
/// <param name="Next">The cohort after the leg, without the members that failed; null when none is left.</param>
/// <param name="Segment">What the leg leaves behind.</param>
/// <param name="Times">What the leg cost; of a batch, the first result carries the cost of what the cohorts share.</param>
public sealed record LegResult(Cohort? Next, Segment Segment, WorkTimes Times);
