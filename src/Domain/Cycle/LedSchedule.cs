namespace LedCluster.Domain.Cycle;

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
