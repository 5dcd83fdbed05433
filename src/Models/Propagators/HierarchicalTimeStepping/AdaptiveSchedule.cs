using System.Collections.Immutable;

namespace LedCluster.Models.Propagators.HierarchicalTimeStepping;

/// <summary>
/// Steps chosen once, on validation data, for all members: from the current states the largest step over which their mean square change
/// is below a tolerance, the smallest if there is none, until the horizon (adaptive HiTS, arXiv:2311.05961).
/// </summary>
public static class AdaptiveSchedule
{
    /// <summary>Chooses the steps.</summary>
    /// <param name="maps">The maps, in any order; their steps differ and their states have one size.</param>
    /// <param name="starts">States of the validation members at frame 0, [V, d].</param>
    /// <param name="horizon">Frames N to cover.</param>
    /// <param name="tolerance">Mean square change over members and components that a step may have.</param>
    /// <returns>Steps in frames; their sum is at least N.</returns>
    /// <exception cref="ArgumentException">The maps do not form a hierarchy.</exception>
    public static ImmutableArray<int> Choose(IEnumerable<IFlowMap> maps, ReadOnlySpan<float> starts, int horizon, double tolerance)
    {
        var hierarchy = HierarchicalPropagator.LargestFirst(maps);
        var (state, next, steps) = (starts.ToArray(), new float[starts.Length], ImmutableArray.CreateBuilder<int>());
        for (var frame = 0; frame < horizon; frame += steps[^1])
        {
            foreach (var map in hierarchy)
            {
                map.Advance(state, next, state.Length / map.Size);
                if (map != hierarchy[^1] && !(MeanSquareChange(state, next) < tolerance))
                    continue;
                steps.Add(map.Step);
                break;
            }
            (state, next) = (next, state);
        }
        return steps.ToImmutable();
    }

    /// <summary>Forecasts along chosen steps, with linear interpolation between them.</summary>
    /// <param name="maps">The maps that the steps were chosen from.</param>
    /// <param name="steps">Steps in frames, in order.</param>
    /// <param name="latents">States of the current frame, [M, d].</param>
    /// <param name="members">Number of members M.</param>
    /// <param name="path">Receives the states of the following frames, [N, M, d].</param>
    /// <exception cref="ArgumentException">The steps do not reach the horizon, or one has no map.</exception>
    public static void Run(IEnumerable<IFlowMap> maps, ImmutableArray<int> steps, ReadOnlySpan<float> latents, int members, Span<float> path)
    {
        var byStep = maps.ToDictionary(map => map.Step);
        var row = members * byStep.Values.First().Size;
        var horizon = path.Length / row;
        if (steps.Sum() < horizon || steps.FirstOrDefault(step => !byStep.ContainsKey(step)) is var missing && missing != 0)
            throw new ArgumentException(
                $"Steps of {steps.Sum()} frames in all, by maps for {string.Join(", ", byStep.Keys.Order())} frames, "
                + $"do not forecast {horizon} frames. Choose them for that horizon and with these maps.",
                nameof(steps));
        var (state, next, frame) = (latents[..row].ToArray(), new float[row], 0);
        foreach (var step in steps)
        {
            byStep[step].Advance(state, next, members);
            for (var s = 1; s <= step && frame + s <= horizon; s++)
                if (s == step)
                    next.CopyTo(path[((frame + s - 1) * row)..]);
                else
                    HierarchicalPropagator.Interpolate(state, next, (float)s / step, path.Slice((frame + s - 1) * row, row));
            frame += step;
            (state, next) = (next, state);
            if (frame >= horizon)
                return;
        }
    }

    /// <summary>Mean of (b − a)², summed in order in float64.</summary>
    internal static double MeanSquareChange(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = 0.0;
        for (var k = 0; k < a.Length; k++)
        {
            var change = (double)b[k] - a[k];
            sum = Math.FusedMultiplyAdd(change, change, sum);
        }
        return sum / a.Length;
    }
}
