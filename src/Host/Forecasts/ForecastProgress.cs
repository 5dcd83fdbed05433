using System.Collections.Immutable;
using System.Diagnostics;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Workers;
using LedCluster.Storage.Runs;

namespace LedCluster.Host.Forecasts;

/// <summary>How far a run has come.</summary>
/// <param name="MemberFrames">Frames recorded, summed over members, those of earlier sessions included.</param>
/// <param name="SecondsLeft">Wall-clock seconds that are left, by what legs of each phase cost so far; null while that is not known.</param>
/// <param name="Waits">On a cluster, who waits for whom, in words for a person; null when nobody does.</param>
internal readonly record struct ForecastProgress(long MemberFrames, double? SecondsLeft, string? Waits);

/// <summary>A recorder that counts what is done and what is left of a run.</summary>
internal sealed class CountingRecorder : IRecorder
{
    /// <summary>Below this nothing is foretold: legs at work, which are not recorded yet, are still a large part of what was done.</summary>
    private const double ShortestSeconds = 1;

    private readonly IRecorder recorder;
    private readonly ImmutableArray<Leg> plan;
    private readonly Stopwatch watch = Stopwatch.StartNew();
    private readonly FrameCosts costs = new();
    private readonly long[] left = new long[FrameCosts.Phases];

    /// <summary>Starts where a run stands.</summary>
    /// <param name="recorder">The recorder that keeps the legs.</param>
    /// <param name="plan">All legs of a member.</param>
    /// <param name="members">Number of members.</param>
    /// <param name="state">Where the run stands.</param>
    public CountingRecorder(IRecorder recorder, ImmutableArray<Leg> plan, int members, RecoveredRun state)
    {
        (this.recorder, this.plan) = (recorder, plan);
        Left(0, state.Fresh.Length, 1);
        foreach (var cohort in state.Cohorts)
            Left(cohort.Leg, cohort.Members.Length, 1);
        var lost = state.Failures.Sum(failure => plan.Skip(failure.Leg).Sum(leg => (long)leg.Frames));
        MemberFrames = plan.Sum(leg => (long)leg.Frames) * members - left.Sum() - lost;
    }

    /// <summary>Frames recorded, summed over members.</summary>
    public long MemberFrames { get; private set; }

    /// <summary>Wall-clock seconds that are left; null while that is not known.</summary>
    public double? SecondsLeft => watch.Elapsed.TotalSeconds is >= ShortestSeconds and var elapsed ? costs.SecondsLeft(left, elapsed) : null;

    /// <inheritdoc />
    public void Record(LegResult result)
    {
        recorder.Record(result);
        var (leg, members) = (result.Segment.Leg, result.Segment.Members.Length);
        costs.Add(leg.Phase, (long)members * leg.Frames, result.Times);
        MemberFrames += (long)members * leg.Frames;
        left[(int)leg.Phase] -= (long)members * leg.Frames;
        Left(leg.Index, result.Segment.Failures.Length, -1);
    }

    /// <inheritdoc />
    public void Flush() => recorder.Flush();

    private void Left(int first, int members, int sign)
    {
        foreach (var leg in plan.AsSpan(first, plan.Length - first))
            left[(int)leg.Phase] += (long)sign * members * leg.Frames;
    }
}
