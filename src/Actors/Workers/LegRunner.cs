using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors;

/// <summary>Runs legs for an actor: whatever a worker throws becomes a reply, never the end of the actor; but a lost device is no leg's failure.</summary>
internal static class LegRunner
{
    /// <summary>Runs a cohort's micro leg.</summary>
    public static IReply Run(MicroWorker worker, Cohort cohort) => Reply(cohort, () => worker.Run(cohort));

    /// <summary>Runs the macro legs of cohorts of one shape as one batch.</summary>
    /// <returns>One reply per cohort, in order, each made when it is asked for.</returns>
    public static IEnumerable<IReply> Run(LatentWorker worker, Cohort[] batch)
    {
        Func<int, LegResult> results;
        try
        {
            results = worker.Run(batch);
        }
        catch (Exception error) when (batch.Length > 1 && error is not DeviceLostException) // find the guilty cohort: alone, each fails or passes by itself
        {
            return batch.SelectMany(cohort => Run(worker, [cohort]));
        }
        catch (Exception error) when (error is not DeviceLostException)
        {
            return [Failed(batch[0], error)];
        }
        return batch.Select((cohort, i) => Reply(cohort, () => results(i)));
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
