using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors;

/// <summary>
/// What a coordinator decides about a run: which cohort is next, what a finished or failed leg means, and how far the run
/// has come. Knows nothing of how cohorts travel, and outlives a coordinator whose actor system had to be started again.
/// </summary>
internal sealed class RunLedger(EngineJob job) : IDisposable
{
    private readonly IEnumerator<Cohort> cohorts = job.Cohorts.GetEnumerator();
    private readonly Queue<Cohort> waiting = new(); // split off or handed back, before new ones are admitted
    private RunProgress progress;
    private int serials;
    private bool exhausted;

    /// <summary>The job.</summary>
    public EngineJob Job => job;

    /// <summary>A number that no trajectory of this epoch had.</summary>
    public int NextSerial() => ++serials;

    /// <summary>The next cohort to send out, if there is one.</summary>
    public bool TryNext(out Cohort cohort)
    {
        if (waiting.TryDequeue(out cohort!))
            return true;
        exhausted = exhausted || !cohorts.MoveNext();
        cohort = exhausted ? null! : cohorts.Current;
        return !exhausted;
    }

    /// <summary>Keeps what a leg left behind; returns the cohort that goes on, or null when it is done or lost.</summary>
    public Cohort? Finished(LegResult result)
    {
        Record(result);
        return result.Next is { } next && next.Leg < job.Plan.Length ? next : null;
    }

    /// <summary>
    /// A leg could not be run. Someone in the cohort is poison: each member tries alone, so that only the guilty one is
    /// lost; that one is set aside with its reason.
    /// </summary>
    /// <returns>Whether a member was set aside.</returns>
    public bool Failed(Cohort cohort, string reason)
    {
        if (cohort.Members.Length > 1)
        {
            foreach (var single in cohort.Split())
                waiting.Enqueue(single);
            return false;
        }
        var leg = job.Plan[cohort.Leg];
        Record(new LegResult(null, new Segment(
            cohort.Id, leg, [], [], [], [],
            [new MemberFailure(cohort.Members[0], leg.Index, $"{leg.Phase} leg, frames {leg.First} to {leg.Last}: {reason}")]), new WorkTimes()));
        return true;
    }

    /// <summary>A cohort does not go on now; it comes first when the next one is asked for.</summary>
    public void HandBack(Cohort cohort) => waiting.Enqueue(cohort);

    /// <summary>Who waits for whom, as text for the user; null when nobody does.</summary>
    public void Waits(string? text)
    {
        progress = progress with { Waits = text };
        job.Progress?.Invoke(progress);
    }

    /// <summary>Ends the run.</summary>
    /// <param name="cancelled">Whether it was asked to stop; it counts as cancelled only if something was left to do.</param>
    public RunOutcome Conclude(bool cancelled)
    {
        job.Recorder.Flush();
        return new RunOutcome(progress, cancelled && !(exhausted && waiting.Count == 0));
    }

    /// <inheritdoc />
    public void Dispose() => cohorts.Dispose();

    private void Record(LegResult result)
    {
        job.Recorder.Record(result);
        var (segment, done) = (result.Segment, result.Next is { } next && next.Leg == job.Plan.Length);
        progress = new RunProgress(
            progress.MemberFrames + (long)segment.Members.Length * segment.Leg.Frames,
            progress.MembersDone + (done ? segment.Members.Length : 0),
            progress.MembersFailed + segment.Failures.Length) { Waits = progress.Waits };
        job.Progress?.Invoke(progress);
    }
}
