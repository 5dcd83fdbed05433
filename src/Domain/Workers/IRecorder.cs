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
