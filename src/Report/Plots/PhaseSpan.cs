using LedCluster.Domain.Cycle;

namespace LedCluster.Report.Plots;

/// <summary>A stretch of time in one phase of the LED cycle, drawn as a thin strip along a time axis.</summary>
/// <param name="Phase">Who advanced the member.</param>
/// <param name="Start">Where the stretch begins, in the axis' unit.</param>
/// <param name="End">Where it ends.</param>
public readonly record struct PhaseSpan(Phase Phase, double Start, double End)
{
    /// <summary>The stretches of equal phase in a series of frames; they meet half-way between two frames.</summary>
    /// <param name="times">Time of each frame, ascending, [frames].</param>
    /// <param name="phases">Phase of each frame, [frames].</param>
    /// <exception cref="ArgumentException">The two differ in length.</exception>
    public static IReadOnlyList<PhaseSpan> From(IReadOnlyList<double> times, IReadOnlyList<Phase> phases)
    {
        Expect.Equal(phases.Count, times.Count, "phases", "times");
        var spans = new List<PhaseSpan>();
        for (int first = 0, i = 1; i <= phases.Count; i++)
        {
            if (i < phases.Count && phases[i] == phases[first])
                continue;
            var start = first == 0 ? times[0] : (times[first - 1] + times[first]) / 2;
            spans.Add(new(phases[first], start, i == phases.Count ? times[^1] : (times[i - 1] + times[i]) / 2));
            first = i;
        }
        return spans;
    }
}
