using LedCluster.Domain.Cohorts;

namespace LedCluster.Actors.RabbitMq;

/// <summary>
/// Cohorts that workers were lost with again and again. A worker holds several orders, so that it cannot be told which of
/// them killed it; therefore suspects are at work one at a time, and one with which a worker is lost then is guilty.
/// </summary>
internal sealed class SuspectLine
{
    private readonly List<CohortId> waiting = [];
    private CohortId? atWork;

    /// <summary>Whether a suspect may be at work now; otherwise it waits for its turn.</summary>
    public bool MayWork(CohortId suspect)
    {
        atWork ??= suspect;
        if (atWork == suspect)
            return true;
        waiting.Add(suspect);
        return false;
    }

    /// <summary>Whether a cohort waits for its turn.</summary>
    public bool IsWaiting(CohortId cohort) => waiting.Contains(cohort);

    /// <summary>A cohort is answered or given up; returns the suspect whose turn has come with that, if any.</summary>
    public CohortId? Leave(CohortId cohort)
    {
        waiting.Remove(cohort);
        if (atWork != cohort)
            return null;
        atWork = waiting.Count > 0 ? waiting[0] : null;
        if (waiting.Count > 0)
            waiting.RemoveAt(0);
        return atWork;
    }
}
