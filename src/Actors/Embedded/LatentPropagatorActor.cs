using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Embedded;

/// <summary>Takes all cohorts that wait for the propagator and runs those of one shape as one batch.</summary>
internal sealed class LatentPropagatorActor(LatentWorker worker, Mailbox<Cohort> inbox, Mailbox<IReply> coordinator)
{
    public void Run()
    {
        foreach (var first in inbox.Receive())
        {
            var waiting = new List<Cohort> { first };
            for (var members = first.Members.Length; members < LegRunner.LargestBatch && inbox.TryReceive(out var next); members += next.Members.Length)
                waiting.Add(next);
            foreach (var batch in waiting.GroupBy(worker.Shape))
                foreach (var reply in LegRunner.Run(worker, [.. batch]))
                    coordinator.Send(reply);
        }
    }
}
