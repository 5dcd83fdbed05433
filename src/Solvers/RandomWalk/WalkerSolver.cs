using System.Collections.Concurrent;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Randomness;
using LedCluster.Domain.Workers;

namespace LedCluster.Solvers.RandomWalk;

/// <summary>
/// Independent random walkers: from frame to frame each jumps 1600 times on <see cref="WalkerLattice"/>. The state is the number of walkers in
/// each cell [6400]. Solvers differ in how they draw where the walkers go; they agree in law, not in bits.
/// </summary>
public abstract class WalkerSolver : FixedSizeSolver
{
    /// <summary>Laws that are kept, of about 10 kB each.</summary>
    private const int MostLaws = 1024;

    private static readonly ConcurrentDictionary<(double, double), DisplacementLaw> Laws = new();

    /// <inheritdoc />
    public override FieldLayout Layout => WalkerLattice.Layout;

    /// <inheritdoc />
    public override int StateSize => WalkerLattice.Cells;

    /// <inheritdoc />
    public override void Lift(ReadOnlySpan<double> fields, Span<double> state, LiftRule lift, in StepContext context)
    {
        for (var m = 0; m < context.Count; m++)
        {
            var random = context.Random(m, context.Frame, DrawPurpose.Lift);
            WalkerLattice.Fill(
                fields.Slice(m * WalkerLattice.Bins, WalkerLattice.Bins), WalkersSystem.Walkers(context.ParametersOf(m)), lift, ref random,
                state.Slice(m * StateSize, StateSize));
        }
    }

    /// <inheritdoc />
    public override void Advance(Span<double> state, int frames, Span<double> fields, in StepContext context)
    {
        var next = new double[StateSize];
        for (var f = 0; f < frames; f++)
            for (var m = 0; m < context.Count; m++)
            {
                var own = state.Slice(m * StateSize, StateSize);
                var share = fields.Slice((f * context.Count + m) * WalkerLattice.Bins, WalkerLattice.Bins);
                if (double.IsNaN(own[0]))
                {
                    share.Fill(double.NaN);
                    continue;
                }
                var random = context.Random(m, context.Frame + f + 1, DrawPurpose.Solver);
                Array.Clear(next);
                var (left, right) = WalkersSystem.JumpProbabilities(context.ParametersOf(m));
                Move(own, next, left, right, ref random);
                next.CopyTo(own);
                WalkerLattice.Count(own, share);
            }
    }

    /// <summary>Moves all walkers of a member by a frame.</summary>
    /// <param name="cells">Walkers in each cell.</param>
    /// <param name="next">Receives where they are then; 0 everywhere at first.</param>
    /// <param name="left">Probability of a jump to the left.</param>
    /// <param name="right">Probability of a jump to the right.</param>
    /// <param name="random">Where random numbers come from.</param>
    protected abstract void Move(ReadOnlySpan<double> cells, Span<double> next, double left, double right, ref Philox random);

    /// <summary>The law of a frame's displacement. Laws are kept until there are too many, as schedules of the probabilities make them.</summary>
    protected static DisplacementLaw Law(double left, double right)
    {
        if (Laws.TryGetValue((left, right), out var known))
            return known;
        if (Laws.Count >= MostLaws)
            Laws.Clear();
        return Laws.GetOrAdd((left, right), p => new DisplacementLaw(p.Item1, p.Item2, WalkerLattice.Jumps));
    }

    /// <summary>Moves the walkers of a cell one by one, each by a displacement of its own.</summary>
    protected static void MoveEach(int cell, double walkers, DisplacementLaw law, Span<double> next, ref Philox random)
    {
        for (var walker = 0; walker < walkers; walker++)
            next[Moved(cell, law.Draw(ref random))]++;
    }

    /// <summary>The cell that is so many sites to the right.</summary>
    protected static int Moved(int cell, int sites)
    {
        var to = (cell + sites * WalkerLattice.CellsPerJump) % WalkerLattice.Cells;
        return to < 0 ? to + WalkerLattice.Cells : to;
    }
}

/// <summary>
/// Step by step: every walker makes its 1600 jumps, one after the other. Cost: 1600 N draws per frame, of 32 bits each, to which the
/// probabilities are rounded.
/// </summary>
public sealed class StepwiseWalkers : WalkerSolver
{
    private const double Whole = 4294967296; // 2³²

    /// <inheritdoc />
    protected override void Move(ReadOnlySpan<double> cells, Span<double> next, double left, double right, ref Philox random)
    {
        var (key0, key1) = ((uint)(random.NextUniform() * Whole), (uint)(random.NextUniform() * Whole));
        var (toLeft, toRight) = ((ulong)(left * Whole), (ulong)((1 - right) * Whole));
        var index = 0u;
        for (var cell = 0; cell < cells.Length; cell++)
            for (var walker = 0; walker < cells[cell]; walker++, index++)
            {
                var sites = 0;
                for (var four = 0u; four < WalkerLattice.Jumps / 4; four++)
                {
                    var (a, b, c, d) = Philox.Block(four, index, 0, 0, key0, key1);
                    sites += Jump(a) + Jump(b) + Jump(c) + Jump(d);
                }
                next[Moved(cell, sites)]++;
            }

        int Jump(uint u) => (u >= toRight ? 1 : 0) - (u < toLeft ? 1 : 0);
    }
}

/// <summary>One displacement per walker, drawn from <see cref="DisplacementLaw"/>. Cost: N draws per frame.</summary>
public sealed class DisplacedWalkers : WalkerSolver
{
    /// <inheritdoc />
    protected override void Move(ReadOnlySpan<double> cells, Span<double> next, double left, double right, ref Philox random)
    {
        var law = Law(left, right);
        for (var cell = 0; cell < cells.Length; cell++)
            MoveEach(cell, cells[cell], law, next, ref random);
    }
}

/// <summary>
/// Cell by cell: the walkers of a cell are distributed over all displacements at once, by a multinomial draw, unless they are fewer than the
/// displacements. Cost: the smaller of N and 6400 times about 500 draws per frame, so that any number of walkers can be afforded.
/// </summary>
public sealed class LumpedWalkers : WalkerSolver
{
    /// <inheritdoc />
    protected override void Move(ReadOnlySpan<double> cells, Span<double> next, double left, double right, ref Philox random)
    {
        var law = Law(left, right);
        var counts = new double[law.Probabilities.Length];
        for (var cell = 0; cell < cells.Length; cell++)
        {
            if (cells[cell] < counts.Length)
            {
                MoveEach(cell, cells[cell], law, next, ref random);
                continue;
            }
            Binomial.Multinomial(ref random, (long)cells[cell], law.Probabilities.AsSpan(), counts);
            for (var k = 0; k < counts.Length; k++)
                next[Moved(cell, law.First + k)] += counts[k];
        }
    }
}
