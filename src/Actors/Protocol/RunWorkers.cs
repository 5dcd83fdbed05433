using LedCluster.Actors.Protocol;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors;

/// <summary>The workers of one run, as a node builds them from the run's setup.</summary>
/// <param name="Micro">Runs warm-up and micro legs.</param>
/// <param name="Latent">Runs macro legs.</param>
public sealed record RunWorkers(MicroWorker Micro, LatentWorker Latent)
{
    /// <summary>What the cohorts of a batch of macro legs share; a cohort that does not fit the run is alone, so that it fails alone.</summary>
    internal (int Pending, int Frames, int Frame, int Alone) Shape(LegTask task)
    {
        try
        {
            var (pending, frames, frame) = Latent.Shape(task.Cohort!);
            return (pending, frames, frame, 0);
        }
        catch (IndexOutOfRangeException)
        {
            return (0, 0, 0, task.Serial);
        }
    }
}
