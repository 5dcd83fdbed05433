using System.Collections.Immutable;

namespace LedCluster.Models.Propagators.HierarchicalTimeStepping;

/// <summary>Applications of one flow map that do not wait for each other: the state at To[i] from that at From[i].</summary>
/// <param name="From">Frames of the known states, ascending.</param>
/// <param name="To">Frames of the states that are made, Step later.</param>
public sealed record CouplingBatch(ImmutableArray<int> From, ImmutableArray<int> To);

/// <summary>What one flow map of a coupling does.</summary>
/// <param name="Map">Its index among the maps, largest step first.</param>
/// <param name="Batches">Its applications, in the order in which they need each other.</param>
/// <param name="Nodes">All frames whose states are known afterwards, ascending, from 0 on.</param>
/// <param name="After">
/// Frame beyond the horizon whose state this map makes from the last node, so that all frames lie between two nodes; 0 if the last node
/// is the horizon. Made only when no finer map follows.
/// </param>
public sealed record CouplingLevel(int Map, ImmutableArray<CouplingBatch> Batches, ImmutableArray<int> Nodes, int After);

/// <summary>
/// Which states a hierarchy of flow maps makes, and from which, to forecast N frames (Liu, Kutz &amp; Brunton 2022,
/// doi:10.1098/rsta.2021.0200, section 2c): the map of the largest step goes from frame 0 as far as N; each finer one starts from every
/// node there is and stops short of the next. No node is made twice, and coarse nodes are never replaced. Frames between nodes are
/// interpolated linearly.
/// </summary>
public sealed class CouplingPlan
{
    /// <summary>Plans a forecast.</summary>
    /// <param name="steps">Steps of the maps in frames, falling.</param>
    /// <param name="horizon">Frames N to forecast, from 1.</param>
    /// <exception cref="ArgumentException">There is no step, or the steps do not fall, or the horizon is not positive.</exception>
    public CouplingPlan(IReadOnlyList<int> steps, int horizon)
    {
        if (steps.Count == 0 || steps[^1] < 1 || Enumerable.Range(1, steps.Count - 1).Any(i => steps[i] >= steps[i - 1]))
            throw new ArgumentException($"The steps of a coupling must fall and be at least 1; given: {string.Join(", ", steps)}.", nameof(steps));
        ArgumentOutOfRangeException.ThrowIfLessThan(horizon, 1);
        Horizon = horizon;
        var nodes = new List<int> { 0 };
        for (var map = 0; map < steps.Count; map++)
        {
            var batches = new List<CouplingBatch>();
            var added = new List<int>();
            var step = steps[map];
            int[] last = [.. nodes], limit = [.. nodes.Skip(1).Select(node => node - 1), horizon];
            while (true)
            {
                int[] going = [.. Enumerable.Range(0, last.Length).Where(i => last[i] + step <= limit[i])];
                if (going.Length == 0)
                    break;
                (last, limit) = ([.. going.Select(i => last[i] + step)], [.. going.Select(i => limit[i])]);
                batches.Add(new CouplingBatch([.. last.Select(frame => frame - step)], [.. last]));
                added.AddRange(last);
            }
            nodes.AddRange(added);
            nodes.Sort();
            levels.Add(new CouplingLevel(map, [.. batches], [.. nodes], nodes[^1] == horizon ? 0 : nodes[^1] + step));
        }
    }

    private readonly List<CouplingLevel> levels = [];

    /// <summary>Frames N to forecast.</summary>
    public int Horizon { get; }

    /// <summary>What each map does, in order.</summary>
    public IReadOnlyList<CouplingLevel> Levels => levels;

    /// <summary>Applications of a map to one member's state in all.</summary>
    public int Applications => levels.Sum(level => level.Batches.Sum(batch => batch.To.Length)) + (levels[^1].After > 0 ? 1 : 0);
}
