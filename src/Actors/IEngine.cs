using System.Collections.Immutable;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors;

/// <summary>
/// Carries cohorts between workers until every member is done. All engines keep one contract: every leg of every member is
/// recorded exactly once and in order; a member that cannot go on is set aside with its reason and the others complete;
/// cancelling stops within one leg; the output's bits depend on none of the engine's choices.
/// </summary>
public interface IEngine
{
    /// <summary>Runs a job to its end.</summary>
    /// <param name="job">What to run.</param>
    /// <param name="cancel">
    /// Cancels: no new leg starts, and those at work are finished and recorded; in a cluster, as long as their workers answer
    /// in time. A leg that is not recorded is run again when the run goes on.
    /// </param>
    /// <exception cref="System.IO.IOException">The recorder could not keep a leg; what was recorded before stays.</exception>
    RunOutcome Run(EngineJob job, CancellationToken cancel);
}

/// <summary>A job for an engine: cohorts, the legs they run, who runs them and who keeps the results.</summary>
/// <param name="Cohorts">Cohorts to bring to the end, each at its last checkpoint; taken only as capacity frees.</param>
/// <param name="Plan">All legs of the run, in order.</param>
/// <param name="Micro">Runs warm-up and micro legs; shared by all micro-solver actors.</param>
/// <param name="Latent">Runs macro legs; shared by all latent-propagator actors.</param>
/// <param name="Recorder">Keeps results; called by one thread.</param>
/// <param name="Options">How to carry the run out.</param>
public sealed record EngineJob(
    IEnumerable<Cohort> Cohorts,
    ImmutableArray<Leg> Plan,
    MicroWorker Micro,
    LatentWorker Latent,
    IRecorder Recorder,
    ExecutionOptions Options)
{
    /// <summary>Told after each recorded leg, on the coordinator's thread; may be null.</summary>
    public Action<RunProgress>? Progress { get; init; }
}

/// <summary>How a job ended.</summary>
/// <param name="Progress">What was recorded.</param>
/// <param name="Cancelled">Whether it was cancelled before every member was done.</param>
public sealed record RunOutcome(RunProgress Progress, bool Cancelled);

/// <summary>How far a run has come since it was started or resumed.</summary>
/// <param name="MemberFrames">Frames recorded, summed over members.</param>
/// <param name="MembersDone">Members that reached the final frame.</param>
/// <param name="MembersFailed">Members set aside.</param>
public readonly record struct RunProgress(long MemberFrames, int MembersDone, int MembersFailed)
{
    /// <summary>On a cluster, who waits for whom, as text for the user; null when nobody does.</summary>
    public string? Waits { get; init; }
}
