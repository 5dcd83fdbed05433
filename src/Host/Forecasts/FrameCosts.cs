using LedCluster.Domain.Cycle;
using LedCluster.Domain.Workers;

namespace LedCluster.Host.Forecasts;

/// <summary>
/// Cost of the member-frames of each phase so far, and the remaining time estimated from it. Frames of a macro leg cost much less than those of the
/// warm-up, which come first, so the overall rate so far would give a poor estimate.
/// </summary>
internal sealed class FrameCosts
{
    /// <summary>Number of phases.</summary>
    public static readonly int Phases = Enum.GetValues<Phase>().Length;

    private readonly long[] frames = new long[Phases];
    private readonly double[] seconds = new double[Phases];

    /// <summary>Adds a leg.</summary>
    /// <param name="phase">Its phase.</param>
    /// <param name="memberFrames">Frames, summed over members.</param>
    /// <param name="times">What they cost.</param>
    public void Add(Phase phase, long memberFrames, WorkTimes times)
    {
        frames[(int)phase] += memberFrames;
        seconds[(int)phase] += times.Wall.Sum();
    }

    /// <summary>Wall-clock seconds for what is left, by as many workers as so far; null while a phase of it has not been measured.</summary>
    /// <param name="left">Member-frames that are left, by phase.</param>
    /// <param name="elapsed">Wall-clock seconds that the legs added so far took.</param>
    public double? SecondsLeft(ReadOnlySpan<long> left, double elapsed)
    {
        var work = 0.0;
        for (var phase = 0; phase < Phases; phase++)
        {
            if (left[phase] <= 0)
                continue;
            if (seconds[phase] <= 0)
                return null;
            work += left[phase] * seconds[phase] / frames[phase];
        }
        return work == 0 ? 0 : work * elapsed / seconds.Sum();
    }
}
