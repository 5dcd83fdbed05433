using System.Collections.Immutable;

namespace LedCluster.Models.Propagators.HierarchicalTimeStepping;

/// <summary>A range of flow maps, by their places when the smallest step comes first.</summary>
/// <param name="Smallest">Place of the smallest step that is used.</param>
/// <param name="Largest">Place of the largest.</param>
/// <param name="Error">Mean squared error over all validation members, frames and components.</param>
public readonly record struct CouplingChoice(int Smallest, int Largest, double Error);

/// <summary>
/// Which flow maps to couple, from their forecasts of validation trajectories. What the finest maps of a coupling add is seen from one
/// forecast with all of them, since a coupling without them makes the same coarse nodes: all ranges cost one forecast per largest step.
/// </summary>
public sealed class CouplingSelection
{
    private readonly double[,] errors; // [smallest, largest]

    /// <summary>Makes the forecasts.</summary>
    /// <param name="maps">The maps, in any order.</param>
    /// <param name="trajectories">True frames 0..N of the validation members, [N + 1, V, d].</param>
    /// <param name="members">Number of validation members V.</param>
    /// <exception cref="ArgumentException">The trajectories are not such an array, or the maps cannot be coupled.</exception>
    public CouplingSelection(IEnumerable<IFlowMap> maps, ReadOnlyMemory<float> trajectories, int members)
    {
        Maps = [.. maps.OrderBy(map => map.Step)];
        var row = members * (Maps.Length == 0 ? 0 : Maps[0].Size);
        if (row == 0 || trajectories.Length % row != 0 || trajectories.Length < 2 * row)
            throw new ArgumentException(
                $"{trajectories.Length} numbers are not trajectories [N + 1, {members}, d] of at least two frames.", nameof(trajectories));
        errors = new double[Maps.Length, Maps.Length];
        var path = new float[trajectories.Length - row];
        for (var i = 0; i < Maps.Length; i++)
        {
            var largest = i;
            new HierarchicalPropagator(Maps[..(largest + 1)]).Run(trajectories.Span[..row], members, path, (used, frames) =>
            {
                var sum = 0.0;
                var truth = trajectories.Span[row..];
                for (var k = 0; k < frames.Length; k++)
                {
                    var difference = (double)frames[k] - truth[k];
                    sum += difference * difference;
                }
                errors[largest + 1 - used, largest] = double.IsFinite(sum) ? sum / frames.Length : double.PositiveInfinity;
            });
        }
    }

    /// <summary>The maps, smallest step first.</summary>
    public ImmutableArray<IFlowMap> Maps { get; }

    /// <summary>Error of the coupling of a range; infinite where its forecast is not finite.</summary>
    /// <param name="smallest">Place of the smallest step that is used.</param>
    /// <param name="largest">Place of the largest.</param>
    public double Error(int smallest, int largest) => errors[smallest, largest];

    /// <summary>
    /// The published choice: drops the largest steps as long as one of the shorter ranges is as good as the best, then, from what is
    /// left, the smallest in the same way (reference implementation of Liu, Kutz &amp; Brunton 2022).
    /// </summary>
    public CouplingChoice Published()
    {
        var best = new CouplingChoice(0, 0, double.PositiveInfinity);
        for (var largest = Maps.Length - 1; largest >= 0; largest--)
            if (errors[0, largest] <= best.Error)
                best = new CouplingChoice(0, largest, errors[0, largest]);
        for (var smallest = 0; smallest <= best.Largest; smallest++)
            if (errors[smallest, best.Largest] <= best.Error)
                best = new CouplingChoice(smallest, best.Largest, errors[smallest, best.Largest]);
        return best;
    }

    /// <summary>The best of all ranges; of equals that with the fewest maps.</summary>
    public CouplingChoice Best()
    {
        var best = new CouplingChoice(0, 0, double.PositiveInfinity);
        for (var largest = Maps.Length - 1; largest >= 0; largest--)
            for (var smallest = 0; smallest <= largest; smallest++)
                if (errors[smallest, largest] < best.Error
                    || (errors[smallest, largest] == best.Error && largest - smallest <= best.Largest - best.Smallest))
                    best = new CouplingChoice(smallest, largest, errors[smallest, largest]);
        return best;
    }

    /// <summary>The propagator of a choice.</summary>
    /// <param name="choice">A choice.</param>
    public HierarchicalPropagator Propagator(CouplingChoice choice) => new(Maps[choice.Smallest..(choice.Largest + 1)]);
}
