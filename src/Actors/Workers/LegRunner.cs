using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors;

/// <summary>Runs legs for an actor: whatever a worker throws becomes a reply, never the end of the actor.</summary>
internal static class LegRunner
{
    /// <summary>Members beyond which a batch gains nothing more and only delays the others.</summary>
    public const int LargestBatch = 1024;

    /// <summary>Runs a cohort's micro leg.</summary>
    public static IReply Run(MicroWorker worker, Cohort cohort)
    {
        try
        {
            return new LegFinished(worker.Run(cohort));
        }
        catch (Exception error)
        {
            return Failed(cohort, error);
        }
    }

    /// <summary>Runs the macro legs of cohorts of one shape as one batch.</summary>
    /// <returns>One reply per cohort, in order.</returns>
    public static IReply[] Run(LatentWorker worker, Cohort[] batch)
    {
        try
        {
            return [.. worker.Run(batch).Select(result => new LegFinished(result))];
        }
        catch (Exception) when (batch.Length > 1) // find the guilty cohort: alone, each fails or passes by itself
        {
            return [.. batch.SelectMany(cohort => Run(worker, [cohort]))];
        }
        catch (Exception error)
        {
            return [Failed(batch[0], error)];
        }
    }

    private static LegFailed Failed(Cohort cohort, Exception error) => new(cohort, $"{error.GetType().Name}: {error.Message}") { IsMachines = error is OutOfMemoryException };
}
