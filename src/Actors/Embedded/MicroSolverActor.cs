using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Embedded;

/// <summary>Takes cohorts that wait for physics, one at a time, and runs their leg.</summary>
internal sealed class MicroSolverActor(MicroWorker worker, Mailbox<Cohort> inbox, Mailbox<IReply> coordinator)
{
    public void Run()
    {
        foreach (var cohort in inbox.Receive())
            coordinator.Send(LegRunner.Run(worker, cohort));
    }
}
