using System.Collections.Immutable;
using LedCluster.Domain.Cohorts;

namespace LedCluster.Storage.Runs;

/// <summary>Where a run stands: every member is in exactly one of the four lists.</summary>
/// <param name="Cohorts">Cohorts to go on with, each from its furthest checkpoint; no member is in two of them.</param>
/// <param name="Fresh">Members without a checkpoint, ascending: they start from their initial condition.</param>
/// <param name="Finished">Members whose last leg is recorded, ascending.</param>
/// <param name="Failures">Members that were set aside, ascending.</param>
public sealed record RecoveredRun(
    ImmutableArray<Cohort> Cohorts,
    ImmutableArray<int> Fresh,
    ImmutableArray<int> Finished,
    ImmutableArray<MemberFailure> Failures)
{
    /// <summary>Whether anything had been recorded or set aside.</summary>
    public bool HasBegun => Cohorts.Length + Finished.Length + Failures.Length > 0;
}
