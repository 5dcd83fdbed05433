using System.Collections.Immutable;
using LedCluster.Domain.Cohorts;
using LedCluster.Storage.Forecasts;

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
                else if (what is MembersRetried or MembersRepaired)
                    foreach (var member in what is MembersRetried retried ? retried.Members.Indices : ((MembersRepaired)what).Members.Indices)
                        failures.Remove(member);
            }
            return [.. failures.Values];
        }
    }

    /// <summary>The same, if it is that of a run.</summary>
    /// <param name="path">The file, for the message.</param>
    /// <param name="members">Number of members of the run.</param>
    /// <param name="legs">Number of legs of each member.</param>
    /// <exception cref="InvalidDataException">It tells of members or legs that the run does not have.</exception>
    public JournalContent Of(string path, int members, int legs) => Events.FirstOrDefault(e => !e.IsOf(members, legs)) is not { } foreign ? this : throw new InvalidDataException(
        $"'{path}' tells of a member or a leg that the run does not have ({foreign.GetType().Name} of {foreign.Time:u}); it has {members} members with {legs} legs each. Restore the file from a copy.");

    /// <summary>What is recorded of each member, with its checksums.</summary>
    /// <param name="members">Number of members of the run.</param>
    /// <param name="legs">Number of legs of each member.</param>
    public ChecksumTable Checksums(int members, int legs)
    {
        var table = new ChecksumTable(members, legs);
        foreach (var what in Events)
        {
            if (what is LegRecorded line)
                for (var i = 0; i < line.Members.Indices.Length; i++)
                    table.Add(line.Members.Indices[i], line.Leg, line.Checksums?.Members[i]);
            else if (what is MembersRepaired repaired)
                foreach (var member in repaired.Members.Indices)
                    table.Forget(member);
        }
        return table;
    }
}
