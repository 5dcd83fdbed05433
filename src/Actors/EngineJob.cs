using System.Collections.Immutable;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors;

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
