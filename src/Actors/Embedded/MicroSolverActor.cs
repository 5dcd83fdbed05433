using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Embedded;

/// <summary>Takes cohorts that wait for physics, one at a time, and runs their leg.</summary>
internal sealed class MicroSolverActor(MicroWorker worker, Mailbox<Cohort> inbox, Mailbox<IReply> coordinator)
{
    public void Run()
    {
        foreach (var cohort in inbox.Receive())
            coordinator.Send(Reply(cohort));
    }

    private IReply Reply(Cohort cohort)
    {
        try
        {
            return new LegFinished(worker.Run(cohort));
        }
        catch (Exception error) // whatever a solver throws must reach the coordinator, never end the actor
        {
            return new LegFailed(cohort, $"{error.GetType().Name}: {error.Message}");
        }
    }
}
