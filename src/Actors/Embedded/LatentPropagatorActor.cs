using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Embedded;

/// <summary>Takes all cohorts that wait for the propagator and runs those of one shape as one batch.</summary>
internal sealed class LatentPropagatorActor(LatentWorker worker, Mailbox<Cohort> inbox, Mailbox<IReply> coordinator)
{
    /// <summary>Members beyond which a batch gains nothing more and only delays the others.</summary>
    private const int LargestBatch = 1024;

    public void Run()
    {
        foreach (var first in inbox.Receive())
        {
            var waiting = new List<Cohort> { first };
            for (var members = first.Members.Length; members < LargestBatch && inbox.TryReceive(out var next); members += next.Members.Length)
                waiting.Add(next);
            foreach (var batch in waiting.GroupBy(worker.Shape))
                Answer([.. batch]);
        }
    }

    private void Answer(Cohort[] batch)
    {
        try
        {
            foreach (var result in worker.Run(batch))
                coordinator.Send(new LegFinished(result));
        }
        catch (Exception) when (batch.Length > 1) // find the guilty cohort: alone, each fails or passes by itself
        {
            foreach (var cohort in batch)
                Answer([cohort]);
        }
        catch (Exception error)
        {
            coordinator.Send(new LegFailed(batch[0], $"{error.GetType().Name}: {error.Message}"));
        }
    }
}
