using System.Collections.Immutable;

namespace LedCluster.Domain.Cycle;

/// <summary>The LED cycle as a pure function of the timetable: which legs a cohort runs, in order.</summary>
public static class LedCycle
{
    /// <summary>Longest leg of small fields, in frames.</summary>
    public const int MostFrames = 200;

    /// <summary>Frames of one member that a leg leaves behind, in bytes of float64: 64 MiB, or a single frame.</summary>
    private const long MostBytes = 64L << 20;

    /// <summary>
    /// Longest leg, in frames. A leg is the unit of checkpointing and of cancelling, and a micro leg's frames are in memory
    /// at once, so that legs are cut by what their frames take.
    /// </summary>
    /// <param name="fieldSize">Numbers C·X per frame of the fields.</param>
    public static int LongestLeg(int fieldSize) => (int)Math.Clamp(MostBytes / (sizeof(double) * (long)fieldSize), 1, MostFrames);

    /// <summary>Largest cohort, in members: its frames of a leg must fit into one array, 1 GiB of float64.</summary>
    /// <param name="fieldSize">Numbers C·X per frame of the fields.</param>
    public static int LargestCohort(int fieldSize) => (int)Math.Max(1, (1L << 30) / (sizeof(double) * (long)fieldSize * LongestLeg(fieldSize)));

    /// <summary>Bytes that a member in flight may take: its fields, or those that a leg of it keeps.</summary>
    /// <param name="fieldSize">Numbers C·X per frame of the fields.</param>
    /// <param name="keepFields">Whether fields are kept.</param>
    public static long MemberBytes(int fieldSize, bool keepFields) => fieldSize * (keepFields ? (long)sizeof(float) * LongestLeg(fieldSize) : sizeof(double));

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
            new(index, phase, frame + 1, Math.Min(Math.Min(last, schedule.Final) - frame, schedule.LongestLeg));
    }
}

/// <summary>
/// Timetable of the LED cycle in coarse frames (Vlachas et al. 2022, doi:10.1038/s42256-022-00464-w, figure 1):
/// micro until <see cref="Warm"/>, then alternately <see cref="Macro"/> frames of latent propagation and
/// <see cref="Micro"/> frames of micro solver, until <see cref="Final"/>.
/// </summary>
/// <param name="Warm">T_warm: frames 0..Warm are computed by the micro solver.</param>
/// <param name="Macro">T_m: frames per macro leg; 0 means micro solver only.</param>
/// <param name="Micro">T_μ: frames per micro leg; 0 means Latent-LED, which never returns to the micro solver.</param>
/// <param name="Final">T_f: index of the last frame.</param>
public sealed record LedSchedule(int Warm, int Macro, int Micro, int Final)
{
    /// <summary>Longest leg, in frames; a longer stretch of one phase becomes several legs. See <see cref="LedCycle.LongestLeg"/>.</summary>
    public int LongestLeg { get; init; } = LedCycle.MostFrames;

    /// <summary>True when the propagator is ever used.</summary>
    public bool HasMacro => Macro > 0 && Warm < Final;
}
