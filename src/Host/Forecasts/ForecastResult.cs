using System.Collections.Immutable;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Workers;

namespace LedCluster.Host.Forecasts;

/// <summary>How a forecast ended and what it cost.</summary>
/// <param name="Run">The run directory.</param>
/// <param name="Done">Members that reached the final time.</param>
/// <param name="Failures">Members set aside.</param>
/// <param name="Times">Seconds per kind of work, over all sessions of the run.</param>
/// <param name="Frames">What was computed for them.</param>
/// <param name="WallSeconds">Wall-clock seconds of this session's ensemble, from the first leg to the last statistic.</param>
/// <param name="CpuSeconds">CPU seconds of the whole process over the same time.</param>
/// <param name="Cancelled">Whether it was stopped before the end.</param>
/// <param name="Resumed">Whether there were sessions before this one; wall and CPU seconds of the process cover the last only.</param>
internal sealed record ForecastResult(
    string Run,
    int Done,
    ImmutableArray<MemberFailure> Failures,
    WorkTimes Times,
    MemberFrames Frames,
    double WallSeconds,
    double CpuSeconds,
    bool Cancelled,
    bool Resumed)
{
    /// <summary>What the program's exit code says about it.</summary>
    public int ExitCode => Cancelled ? Host.ExitCode.Cancelled : Failures.Length > 0 ? Host.ExitCode.SomeMembersFailed : Host.ExitCode.Done;
}

/// <summary>Frames of members that were computed at a known cost.</summary>
/// <param name="All">By micro solver and propagator.</param>
/// <param name="Micro">By the micro solver alone.</param>
internal readonly record struct MemberFrames(long All, long Micro);
