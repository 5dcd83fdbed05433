namespace LedCluster.Solvers.Systems;

/// <summary>
/// What is known of the grid of cells without a network: every state is one curve shifted in time, u(i, j, t) = U(t − d/v) with the
/// distance d from the firing point (<see cref="CellGrid"/>). U is the mean of given cells from the pulse's arrival on; before it, a cell
/// is at rest.
/// </summary>
public sealed class ShiftedCurve
{
    /// <summary>Potential at whose first upward crossing a cell has fired.</summary>
    public const double Level = 0.5;

    private const int PlacesPerFrame = 8;

    private readonly CellGrid grid;
    private readonly double[] curve; // [place, channel], a place every eighth of a frame from the arrival on

    /// <summary>The mean curve of some members.</summary>
    /// <param name="grid">The grid.</param>
    /// <param name="members">Members to average over.</param>
    /// <param name="frames">Frames of each.</param>
    public ShiftedCurve(CellGrid grid, ReadOnlySpan<CellGridMember> members, int frames)
    {
        this.grid = grid;
        var (cells, places) = (grid.Side * grid.Side, frames * PlacesPerFrame + 1);
        var (sums, counts, arrivals, path) = (new double[2 * places], new int[places], new double[cells], new double[frames * grid.Size]);
        foreach (var member in members)
        {
            grid.ArrivalTimes(member, arrivals);
            grid.Advance(new double[grid.Size], [member], 0, frames, path);
            for (var i = 0; i < frames * cells; i++)
            {
                var (f, cell) = (i / cells, i % cells);
                if (((f + 1) * grid.TimeStep - arrivals[cell]) / grid.TimeStep * PlacesPerFrame is >= 0 and var place)
                {
                    var nearest = (int)Math.Round(place);
                    for (var c = 0; c < 2; c++)
                        sums[2 * nearest + c] += path[(f * 2 + c) * cells + cell];
                    counts[nearest]++;
                }
            }
        }
        curve = new double[2 * places];
        for (var place = 0; place < places; place++)
            for (var c = 0; c < 2; c++)
                curve[2 * place + c] = counts[place] > 0 ? sums[2 * place + c] / counts[place] : place > 0 ? curve[2 * place - 2 + c] : 0;
        var crossing = Enumerable.Range(1, places - 1).First(place => curve[2 * place] >= Level);
        Delay = grid.TimeStep / PlacesPerFrame * (crossing - (curve[2 * crossing] - Level) / (curve[2 * crossing] - curve[2 * crossing - 2]));
    }

    /// <summary>Time from the arrival to the crossing of <see cref="Level"/>, ms.</summary>
    public double Delay { get; }

    /// <summary>The states that a firing point implies.</summary>
    /// <param name="member">The firing point; other parameters than the speed count as they did for the mean.</param>
    /// <param name="first">Index of the first frame.</param>
    /// <param name="path">Receives [frames, 2, G, G].</param>
    public void Fill(CellGridMember member, int first, Span<double> path)
    {
        var cells = grid.Side * grid.Side;
        var arrivals = new double[cells];
        grid.ArrivalTimes(member, arrivals);
        for (var f = 0; f < path.Length / grid.Size; f++)
            for (var cell = 0; cell < cells; cell++)
            {
                var place = ((first + f) * grid.TimeStep - arrivals[cell]) / grid.TimeStep * PlacesPerFrame;
                var before = (int)Math.Min(Math.Floor(place), curve.Length / 2 - 2);
                for (var c = 0; c < 2; c++)
                    path[(f * 2 + c) * cells + cell] = place < 0 ? 0
                        : curve[2 * before + c] + Math.Min(1, place - before) * (curve[2 * before + 2 + c] - curve[2 * before + c]);
            }
    }

    /// <summary>
    /// When each cell fires: time of the first upward crossing of <see cref="Level"/>, by a straight line between frames; NaN when there is
    /// none.
    /// </summary>
    /// <param name="path">States [frames, 2, G, G].</param>
    /// <param name="first">Index of the first frame.</param>
    public double[] Firings(ReadOnlySpan<double> path, int first)
    {
        var cells = grid.Side * grid.Side;
        var times = new double[cells];
        Array.Fill(times, double.NaN);
        for (var f = 1; f < path.Length / grid.Size; f++)
            for (var cell = 0; cell < cells; cell++)
                if (double.IsNaN(times[cell]) && path[(f - 1) * grid.Size + cell] is < Level and var low && path[f * grid.Size + cell] is >= Level and var high)
                    times[cell] = grid.TimeStep * (first + f - (high - Level) / (high - low));
        return times;
    }

    /// <summary>The firing point that fits the cells that have fired best, by Gauss and Newton's method from the first of them.</summary>
    /// <param name="firings">When each cell fires, [G, G], ms; NaN where that is not known.</param>
    /// <param name="speed">Speed v of the pulse.</param>
    /// <exception cref="ArgumentException">Fewer than three cells have fired.</exception>
    public CellGridMember Fit(ReadOnlySpan<double> firings, double speed)
    {
        var (side, known) = (grid.Side, new List<int>());
        for (var cell = 0; cell < firings.Length; cell++)
            if (!double.IsNaN(firings[cell]))
                known.Add(cell);
        if (known.Count < 3)
            throw new ArgumentException($"{known.Count} cells have fired; a firing point needs three at least.", nameof(firings));
        var earliest = known[0];
        foreach (var cell in known)
            earliest = firings[cell] < firings[earliest] ? cell : earliest;
        var (x, y) = ((double)(earliest / side) / side + 1e-3, (double)(earliest % side) / side + 1e-3);
        for (var iteration = 0; iteration < 50; iteration++)
        {
            double xx = 1e-12, xy = 0, yy = 1e-12, bx = 0, by = 0;
            foreach (var cell in known)
            {
                var (dx, dy) = (x - (double)(cell / side) / side, y - (double)(cell % side) / side);
                var distance = Math.Max(1e-9, Math.Sqrt(dx * dx + dy * dy));
                var residual = (firings[cell] - Delay) * speed - distance;
                (dx, dy) = (dx / distance, dy / distance);
                (xx, xy, yy, bx, by) = (xx + dx * dx, xy + dx * dy, yy + dy * dy, bx + dx * residual, by + dy * residual);
            }
            var determinant = xx * yy - xy * xy;
            (x, y) = (x + (yy * bx - xy * by) / determinant, y + (xx * by - xy * bx) / determinant);
        }
        return new(x, y, Speed: speed);
    }
}
