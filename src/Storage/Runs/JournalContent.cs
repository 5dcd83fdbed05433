using System.Collections.Immutable;
using LedCluster.Domain.Cohorts;

namespace LedCluster.Storage.Runs;

/// <summary>What a journal holds.</summary>
/// <param name="Events">The events, in order.</param>
/// <param name="TornBytes">Bytes of a last line that was never completed; 0 when there is none.</param>
public sealed record JournalContent(ImmutableArray<JournalEvent> Events, long TornBytes)
{
    /// <summary>Members that are set aside at the end of the journal, ascending: those that failed and got no other chance since.</summary>
    public ImmutableArray<MemberFailure> Failures
    {
        get
        {
            var failures = new SortedDictionary<int, MemberFailure>();
            foreach (var what in Events)
            {
                if (what is MemberFailed failed)
                    failures[failed.Member] = failed.ToFailure();
                else if (what is MembersRetried retried)
                    foreach (var member in retried.Members.Indices)
                        failures.Remove(member);
            }
            return [.. failures.Values];
        }
    }
}
