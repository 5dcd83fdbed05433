using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors;

/// <summary>Runs legs for an actor: whatever a worker throws becomes a reply, never the end of the actor; but a lost device is no leg's failure.</summary>
internal static class LegRunner
{
    /// <summary>Runs a cohort's micro leg.</summary>
    public static IReply Run(MicroWorker worker, Cohort cohort) => Reply(cohort, () => worker.Run(cohort));

    /// <summary>Runs the macro legs of cohorts of one shape as one batch.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="batch">The cohorts.</param>
    /// <param name="threads">Threads that may gather what the batch needs.</param>
    /// <returns>Makes the reply for a cohort, by its place; to be called once for each, by any thread.</returns>
    public static Func<int, IReply> Run(LatentWorker worker, Cohort[] batch, int threads = 1)
    {
        Func<int, LegResult> results;
        try
        {
            results = worker.Run(batch, threads);
        }
        catch (Exception error) when (batch.Length > 1 && error is not DeviceLostException) // find the guilty cohort: alone, each fails or passes by itself
        {
            return i => Run(worker, [batch[i]])(0);
        }
        catch (Exception error) when (error is not DeviceLostException)
        {
            return _ => Failed(batch[0], error);
        }
        return i => Reply(batch[i], () => results(i));
    }

    private static IReply Reply(Cohort cohort, Func<LegResult> run)
    {
        try
        {
            return new LegFinished(run());
        }
        catch (Exception error) when (error is not DeviceLostException)
        {
            return Failed(cohort, error);
        }
    }

    /// <summary>A leg that could not be run.</summary>
    public static LegFailed Failed(Cohort cohort, Exception error) =>
        new(cohort, $"{error.GetType().Name}: {error.Message}") { IsMachines = error is OutOfMemoryException };
}

/// <summary>What workers tell the coordinator.</summary>
internal interface IReply;

/// <summary>A leg is finished.</summary>
internal sealed record LegFinished(LegResult Result) : IReply;

/// <summary>A leg could not be run at all; the cohort is as it was before.</summary>
internal sealed record LegFailed(Cohort Cohort, string Reason) : IReply
{
    /// <summary>Whether it is the machine's fault: elsewhere the leg may succeed.</summary>
    public bool IsMachines { get; init; }
}
