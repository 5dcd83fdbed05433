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
