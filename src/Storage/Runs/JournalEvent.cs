using System.Text.Json.Serialization;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Workers;
using LedCluster.Storage.Forecasts;

namespace LedCluster.Storage.Runs;

/// <summary>Something that happened in a run; one line of <c>journal.ndjson</c>.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(RunStarted), "runStarted")]
[JsonDerivedType(typeof(RunResumed), "runResumed")]
[JsonDerivedType(typeof(LegRecorded), "legRecorded")]
[JsonDerivedType(typeof(MemberFailed), "memberFailed")]
[JsonDerivedType(typeof(MembersRetried), "membersRetried")]
[JsonDerivedType(typeof(MembersRepaired), "membersRepaired")]
[JsonDerivedType(typeof(RunCancelled), "runCancelled")]
[JsonDerivedType(typeof(RunFinished), "runFinished")]
public abstract record JournalEvent
{
    /// <summary>When it was appended.</summary>
    [JsonPropertyOrder(-1)]
    public DateTimeOffset Time { get; init; }

    /// <summary>Whether the event can be one of a run.</summary>
    /// <param name="members">Number of members of the run.</param>
    /// <param name="legs">Number of legs of each member.</param>
    internal bool IsOf(int members, int legs) => this switch
    {
        LegRecorded e => e.Members.IsBelow(members) && Is(e.Leg, legs) && (e.Checksums is null || e.Checksums.Members.Length == e.Members.Indices.Length),
        MemberFailed e => Is(e.Member, members) && Is(e.Leg, legs),
        MembersRetried e => e.Members.IsBelow(members),
        MembersRepaired e => e.Members.IsBelow(members),
        _ => true,
    };

    private static bool Is(int index, int count) => index >= 0 && index < count;
}

/// <summary>A run began.</summary>
/// <param name="Members">Number of members.</param>
/// <param name="Legs">Number of legs of each member.</param>
/// <param name="Detail">How it is carried out: engine, workers, cohort size.</param>
public sealed record RunStarted(int Members, int Legs, string Detail) : JournalEvent;

/// <summary>A run went on after it had stopped.</summary>
/// <param name="Continuing">Members that go on from a checkpoint.</param>
/// <param name="Fresh">Members that start from their initial condition.</param>
/// <param name="Finished">Members that had finished.</param>
/// <param name="Failed">Members that had failed.</param>
/// <param name="Detail">How it is carried out, and what was cut off torn files.</param>
public sealed record RunResumed(int Continuing, int Fresh, int Finished, int Failed, string Detail) : JournalEvent;

/// <summary>A leg's output was kept.</summary>
/// <param name="Cohort">The cohort that ran it.</param>
/// <param name="Leg">Index of the leg.</param>
/// <param name="Phase">Who advanced the members.</param>
/// <param name="First">First frame.</param>
/// <param name="Frames">Number of frames.</param>
/// <param name="Members">Members kept, for example <c>0-63,70</c>.</param>
/// <param name="Times">What the leg cost; of a batch, the first leg carries the whole cost.</param>
/// <param name="Recovered">
/// Whether a crash kept the line from the journal, and a checkpoint proved the leg when the run was taken up again: time
/// is then that of the resumption, cohort the one that stood at the checkpoint, and what the leg cost is not known.
/// </param>
/// <param name="Checksums">Of what each member's leg left in the output; null in journals of before there were any.</param>
public sealed record LegRecorded(
    int Cohort, int Leg, Phase Phase, int First, int Frames, MemberSet Members, WorkTimes Times,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] LegChecksums? Checksums = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Recovered = false) : JournalEvent;

/// <summary>A member was set aside.</summary>
/// <param name="Member">Index of the member.</param>
/// <param name="Leg">Leg that it could not finish.</param>
/// <param name="Reason">What happened.</param>
public sealed record MemberFailed(int Member, int Leg, string Reason) : JournalEvent
{
    /// <summary>The failure as the domain knows it.</summary>
    public MemberFailure ToFailure() => new(Member, Leg, Reason);
}

/// <summary>Members that had failed get another chance.</summary>
/// <param name="Members">The members.</param>
public sealed record MembersRetried(MemberSet Members) : JournalEvent;

/// <summary>Members whose output was damaged start anew from their initial conditions.</summary>
/// <param name="Members">The members.</param>
public sealed record MembersRepaired(MemberSet Members) : JournalEvent;

/// <summary>A run was stopped by request.</summary>
/// <param name="Reason">Who asked, or why.</param>
public sealed record RunCancelled(string Reason) : JournalEvent;

/// <summary>Every member finished or failed, and the output is complete.</summary>
/// <param name="Completed">Members that reached the final time.</param>
/// <param name="Failed">Members that failed.</param>
/// <param name="Statistics">CRC-32 of each array of statistics: mean, std, minimum, maximum, quantiles; null in journals of before there were any.</param>
public sealed record RunFinished(
    int Completed, int Failed,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] uint[]? Statistics = null) : JournalEvent;
