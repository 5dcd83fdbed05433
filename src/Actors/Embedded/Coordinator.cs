using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Embedded;

/// <summary>
/// Sends every cohort to whom its next leg belongs, records what comes back, and admits new cohorts as others finish.
/// A cohort goes on only after its last leg is recorded, so that a checkpoint is never behind by more than one leg and a
/// slow disk slows the workers down.
/// </summary>
internal sealed class Coordinator(EngineJob job, Mailbox<Cohort> micro, Mailbox<Cohort> latent, Mailbox<IReply> inbox, int window)
{
    private readonly Queue<Cohort> waiting = new(); // split off or handed back, before new ones are admitted
    private RunProgress progress;
    private int inFlight;

    public RunOutcome Run(CancellationToken cancel)
    {
        using var cohorts = job.Cohorts.GetEnumerator();
        var exhausted = false;
        while (true)
        {
            while (inFlight < window && !cancel.IsCancellationRequested && TryNext(out var cohort))
                Dispatch(cohort);
            if (inFlight == 0)
                break;
            Handle(inbox.Receive().First(), cancel);
        }
        job.Recorder.Flush();
        return new RunOutcome(progress, cancel.IsCancellationRequested && !(exhausted && waiting.Count == 0));

        bool TryNext(out Cohort cohort)
        {
            if (waiting.TryDequeue(out cohort!))
                return true;
            exhausted = exhausted || !cohorts.MoveNext();
            cohort = exhausted ? null! : cohorts.Current;
            return !exhausted;
        }
    }

    private void Handle(IReply reply, CancellationToken cancel)
    {
        inFlight--;
        switch (reply)
        {
            // Keep what the leg left behind; the cohort goes on unless it is done, lost, or the run is cancelled.
            case LegFinished(var result):
                Record(result);
                if (result.Next is { } next && next.Leg < job.Plan.Length)
                    GoOn(next, cancel);
                break;

            // Someone in the cohort is poison: each member tries alone, so that only the guilty one is lost.
            case LegFailed({ Members.Length: > 1 } cohort, _):
                foreach (var single in cohort.Split())
                    waiting.Enqueue(single);
                break;

            // The guilty member: set it aside with its reason.
            case LegFailed(var cohort, var reason):
                var leg = job.Plan[cohort.Leg];
                Record(new LegResult(null, new Segment(
                    cohort.Id, leg, [], [], [], [],
                    [new MemberFailure(cohort.Members[0], leg.Index, $"{leg.Phase} leg, frames {leg.First} to {leg.Last}: {reason}")]), new WorkTimes()));
                break;
        }
    }

    private void GoOn(Cohort cohort, CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested)
            waiting.Enqueue(cohort);
        else
            Dispatch(cohort);
    }

    private void Dispatch(Cohort cohort)
    {
        inFlight++;
        (job.Plan[cohort.Leg].Phase == Phase.Macro ? latent : micro).Send(cohort);
    }

    private void Record(LegResult result)
    {
        job.Recorder.Record(result);
        var (segment, done) = (result.Segment, result.Next is { } next && next.Leg == job.Plan.Length);
        progress = new RunProgress(
            progress.MemberFrames + (long)segment.Members.Length * segment.Leg.Frames,
            progress.MembersDone + (done ? segment.Members.Length : 0),
            progress.MembersFailed + segment.Failures.Length);
        job.Progress?.Invoke(progress);
    }
}
