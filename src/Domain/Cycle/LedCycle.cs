using System.Collections.Immutable;

namespace LedCluster.Domain.Cycle;

/// <summary>The LED cycle as a pure function of the timetable: which legs a cohort runs, in order.</summary>
public static class LedCycle
{
    /// <summary>
    /// Longest leg, in frames; a longer stretch of one phase becomes several legs. A leg is the unit of checkpointing and of
    /// cancelling, and a micro leg's frames are in memory at once, so it must stay short.
    /// </summary>
    public const int LongestLeg = 200;

    /// <summary>All legs from the initial condition to the final frame; together they cover every frame once.</summary>
    public static ImmutableArray<Leg> Plan(LedSchedule schedule)
    {
        var legs = ImmutableArray.CreateBuilder<Leg>();
        for (var frame = -1; Next(schedule, legs.Count, frame) is { } leg; frame = leg.Last)
            legs.Add(leg);
        return legs.ToImmutable();
    }

    /// <summary>The leg after the given frame, or null at the end.</summary>
    /// <param name="schedule">The timetable.</param>
    /// <param name="index">Index that the leg gets.</param>
    /// <param name="frame">Last frame already recorded; −1 at the start.</param>
    public static Leg? Next(LedSchedule schedule, int index, int frame)
    {
        if (frame >= schedule.Final)
            return null;
        var warm = Math.Min(schedule.Warm, schedule.Final);
        if (frame < warm)
            return Until(Phase.Warmup, warm);

        var inCycle = (frame - warm) % Math.Max(1, schedule.Macro + schedule.Micro);
        return (schedule.Macro, schedule.Micro) switch
        {
            (0, _) => Until(Phase.Micro, schedule.Final),
            (_, 0) => Until(Phase.Macro, schedule.Final),
            var (macro, _) when inCycle < macro => Until(Phase.Macro, frame + macro - inCycle),
            var (macro, micro) => Until(Phase.Micro, frame + macro + micro - inCycle),
        };

        Leg Until(Phase phase, int last) =>
            new(index, phase, frame + 1, Math.Min(Math.Min(last, schedule.Final) - frame, LongestLeg));
    }
}
