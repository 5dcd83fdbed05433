namespace LedCluster.Domain.Workers;

/// <summary>
/// Keeps what finished legs leave behind. Called by one thread at a time, each leg of a cohort in order; recording a leg
/// again must change nothing.
/// </summary>
public interface IRecorder
{
    /// <summary>Keeps a leg's segment and the cohort that results from it.</summary>
    void Record(LegResult result);

    /// <summary>Called when nothing has arrived for a moment, and before the run ends: a chance to make things durable.</summary>
    void Flush();
}
