using LedCluster.Domain.Workers;
using LedCluster.Storage.Forecasts;

namespace LedCluster.Storage.Runs;

/// <summary>
/// Lines that a crash kept from the journal: a commit makes checkpoints durable before the journal, hence checkpoints may
/// prove legs of which the journal says nothing.
/// </summary>
internal static class LostLines
{
    /// <summary>
    /// The lines to add, so that the journal says that the run began and has each leg of each member; ordered by first member,
    /// then by leg.
    /// </summary>
    /// <param name="checkpoints">What the members have finished.</param>
    /// <param name="output">The output; it was durable before the checkpoints, hence its bytes are those that the legs left.</param>
    /// <param name="content">What the journal holds.</param>
    /// <param name="told">What it tells of each member.</param>
    public static IEnumerable<JournalEvent> Of(CheckpointLog checkpoints, ForecastStore output, JournalContent content, ChecksumTable told)
    {
        var plan = output.Plan;
        if (Enumerable.Range(0, output.Members).All(m => told.LegsOf(m) >= checkpoints.LegsOf(m)))
            return [];
        JournalEvent[] start = content.Events.OfType<RunStarted>().Any() ? [] : [new RunStarted(output.Members, plan.Length, "its record was lost in a crash")];
        return start.Concat(checkpoints.Live().SelectMany(Lines));

        IEnumerable<LegRecorded> Lines(Checkpoint checkpoint)
        {
            var first = checkpoint.Members.Min(told.LegsOf);
            if (first >= checkpoint.Leg)
                yield break;
            var cohort = checkpoint.Cohort.Id.Value;
            foreach (var leg in plan[first..checkpoint.Leg])
            {
                int[] untold = [.. checkpoint.Members.Where(m => told.LegsOf(m) <= leg.Index)];
                yield return new LegRecorded(
                    cohort, leg.Index, leg.Phase, leg.First, leg.Frames, new MemberSet([.. untold]), new WorkTimes(),
                    new LegChecksums([.. untold.Select(m => output.ReadChecksum(m, leg))]), Recovered: true);
            }
        }
    }
}
