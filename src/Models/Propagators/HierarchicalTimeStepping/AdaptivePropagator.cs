using System.Collections.Immutable;
using LedCluster.Domain.Workers;

namespace LedCluster.Models.Propagators.HierarchicalTimeStepping;

/// <summary>What an adaptive forecast of a member took.</summary>
/// <param name="Steps">Steps that it consists of.</param>
/// <param name="Applications">Flow maps applied, rejected attempts included.</param>
public readonly record struct AdaptiveCount(int Steps, int Applications);

/// <summary>
/// Flow maps with a step of each member's own: a step stands if the mean square change of the state over it is below a tolerance, or if
/// it is the smallest there is (criterion of adaptive HiTS, arXiv:2311.05961, there once for all members on validation data:
/// <see cref="AdaptiveSchedule"/>). It begins with the smallest step and after each step first tries the next larger one, so that most
/// attempts stand, and a step of a whole period, over which nothing seems to change, is not taken from a small one. Between steps
/// linear interpolation. No memory; a member's bits do not depend on its company.
/// </summary>
public sealed class AdaptivePropagator : IPropagator
{
    private readonly ImmutableArray<IFlowMap> maps;
    private readonly double tolerance;

    /// <summary>Prepares the propagator.</summary>
    /// <param name="maps">The maps, in any order; their steps differ and their states have one size.</param>
    /// <param name="tolerance">Mean square change that a step may have, in the squared unit of the latents; above 0.</param>
    /// <exception cref="ArgumentException">The maps do not form a hierarchy, or the tolerance is not above 0.</exception>
    public AdaptivePropagator(IEnumerable<IFlowMap> maps, double tolerance)
    {
        this.maps = HierarchicalPropagator.LargestFirst(maps);
        if (!(tolerance > 0))
            throw new ArgumentException(FormattableString.Invariant($"The tolerance is {tolerance}; it must be above 0."), nameof(tolerance));
        this.tolerance = tolerance;
    }

    /// <inheritdoc />
    public int LatentSize => maps[0].Size;

    /// <inheritdoc />
    public int MemorySize => 0;

    /// <inheritdoc />
    public void Feed(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory)
    {
    }

    /// <inheritdoc />
    public void Run(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory, Span<float> path) => Forecast(latents, context.Count, path);

    /// <summary>Runs, and tells what it took.</summary>
    /// <param name="latents">Latents of the current frame, [M, d_z].</param>
    /// <param name="members">Number of members M.</param>
    /// <param name="path">Receives the latents of the following frames, [steps, M, d_z].</param>
    /// <param name="counts">Receives what each member took [M]; empty to keep none.</param>
    public void Forecast(ReadOnlySpan<float> latents, int members, Span<float> path, Span<AdaptiveCount> counts = default)
    {
        var d = LatentSize;
        if (path.IsEmpty || members == 0)
            return;
        counts.Clear();
        var horizon = path.Length / (members * d);
        var (state, from, to) = (latents[..(members * d)].ToArray(), new float[members * d], new float[members * d]);
        var (frame, attempt, trying) = (new int[members], new int[members], new List<int>(members));
        Array.Fill(attempt, maps.Length - 1);
        while (frame.AsSpan().ContainsAnyInRange(0, horizon - 1))
            for (var map = maps.Length - 1; map >= 0; map--) // the smallest step first; a round may take a member several steps on
            {
                trying.Clear();
                for (var m = 0; m < members; m++)
                    if (attempt[m] == map && frame[m] < horizon)
                        trying.Add(m);
                for (var i = 0; i < trying.Count; i++)
                    state.AsSpan(trying[i] * d, d).CopyTo(from.AsSpan(i * d));
                if (trying.Count > 0)
                    maps[map].Advance(from.AsSpan(0, trying.Count * d), to.AsSpan(0, trying.Count * d), trying.Count);
                for (var i = 0; i < trying.Count; i++)
                {
                    var m = trying[i];
                    ReadOnlySpan<float> old = from.AsSpan(i * d, d), now = to.AsSpan(i * d, d);
                    var stands = map == maps.Length - 1 || AdaptiveSchedule.MeanSquareChange(old, now) < tolerance;
                    if (!counts.IsEmpty)
                        counts[m] = new AdaptiveCount(counts[m].Steps + (stands ? 1 : 0), counts[m].Applications + 1);
                    attempt[m] = stands ? Math.Max(0, map - 1) : map + 1;
                    if (!stands)
                        continue;
                    for (var s = 1; s <= maps[map].Step && frame[m] + s <= horizon; s++)
                    {
                        var target = path.Slice(((frame[m] + s - 1) * members + m) * d, d);
                        if (s == maps[map].Step)
                            now.CopyTo(target);
                        else
                            HierarchicalPropagator.Interpolate(old, now, (float)s / maps[map].Step, target);
                    }
                    frame[m] += maps[map].Step;
                    now.CopyTo(state.AsSpan(m * d));
                }
            }
    }
}
