using System.Collections.Immutable;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Workers;

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
    /// <param name="members">Number of members of the run.</param>
    /// <param name="plan">All legs of the run.</param>
    /// <param name="content">What the journal holds; of every member the first legs without a gap, as they are recorded in order.</param>
    public static IEnumerable<JournalEvent> Of(CheckpointLog checkpoints, int members, ImmutableArray<Leg> plan, JournalContent content)
    {
        var told = new int[members];
        foreach (var line in content.Events.OfType<LegRecorded>())
            foreach (var member in line.Members.Indices)
                told[member] = Math.Max(told[member], line.Leg + 1);
        if (Enumerable.Range(0, members).All(m => told[m] >= checkpoints.LegsOf(m)))
            return [];
        JournalEvent[] start = content.Events.OfType<RunStarted>().Any() ? [] : [new RunStarted(members, plan.Length, "its record was lost in a crash")];
        return start.Concat(checkpoints.Live().SelectMany(Lines));

        IEnumerable<LegRecorded> Lines(Checkpoint checkpoint)
        {
            var first = checkpoint.Members.Min(m => told[m]);
            if (first >= checkpoint.Leg)
                yield break;
            var cohort = CohortCodec.Decode(checkpoint.Payload).Id.Value;
            foreach (var leg in plan[first..checkpoint.Leg])
                yield return new LegRecorded(
                    cohort, leg.Index, leg.Phase, leg.First, leg.Frames, new MemberSet([.. checkpoint.Members.Where(m => told[m] <= leg.Index)]), new WorkTimes(), Recovered: true);
        }
    }
}
