using LedCluster.Domain.Cohorts;

namespace LedCluster.Actors.RabbitMq;

/// <summary>
/// Cohorts that workers were lost with again and again. A worker holds several orders, so that it cannot be told which of
/// them killed it; therefore each suspect in turn is at work with no other order beside it, and one with which a worker is
/// lost then is guilty.
/// </summary>
internal sealed class SuspectLine
{
    private readonly List<CohortId> line = [];

    /// <summary>The suspect whose turn it is; null when there is none.</summary>
    public CohortId? Turn => line.Count > 0 ? line[0] : null;

    /// <summary>A cohort is suspected from now on.</summary>
    public void Join(CohortId suspect)
    {
        if (!line.Contains(suspect))
            line.Add(suspect);
    }

    /// <summary>A cohort is answered or given up.</summary>
    public void Leave(CohortId cohort) => line.Remove(cohort);
}
