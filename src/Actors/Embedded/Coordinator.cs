using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;

namespace LedCluster.Actors.Embedded;

/// <summary>
/// Sends every cohort to whom its next leg belongs, records what comes back, and admits new cohorts as others finish.
/// A cohort goes on only after its last leg is recorded, so that a checkpoint is never behind by more than one leg and a
/// slow disk slows the workers down.
/// </summary>
internal sealed class Coordinator(EngineJob job, Mailbox<Cohort> micro, Mailbox<Cohort> latent, Mailbox<IReply> inbox, int window)
{
    private int inFlight;

    public RunOutcome Run(CancellationToken cancel)
    {
        using var ledger = new RunLedger(job);
        while (true)
        {
            while (inFlight < window && !cancel.IsCancellationRequested && ledger.TryNext(out var cohort))
                Dispatch(cohort);
            if (inFlight == 0)
                break;
            Handle(ledger, inbox.Receive().First(), cancel);
        }
        return ledger.Conclude(cancel.IsCancellationRequested);
    }

    private void Handle(RunLedger ledger, IReply reply, CancellationToken cancel)
    {
        inFlight--;
        switch (reply)
        {
            // Keep what the leg left behind; the cohort goes on unless it is done, lost, or the run is cancelled.
            case LegFinished(var result):
                if (ledger.Finished(result) is { } next)
                {
                    if (cancel.IsCancellationRequested)
                        ledger.HandBack(next);
                    else
                        Dispatch(next);
                }
                break;

            // Split the cohort, or set its only member aside.
            case LegFailed(var cohort, var reason):
                ledger.Failed(cohort, reason);
                break;
        }
    }

    private void Dispatch(Cohort cohort)
    {
        inFlight++;
        (job.Plan[cohort.Leg].Phase == Phase.Macro ? latent : micro).Send(cohort);
    }
}
