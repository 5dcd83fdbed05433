using LedCluster.Domain.Fields;
using LedCluster.Domain.Randomness;
using LedCluster.Domain.Workers;

namespace LedCluster.Solvers.RandomWalk;

/// <summary>
/// Where the walkers are. Jumps are 1/640 on [−1, 1), periodic, 1600 of them per frame; starts are anywhere between the sites. Bins are 51.2 jumps
/// wide, so that their edges cut the way from site to site in fifths: 6400 cells of 1/3200, 256 of them to a bin and 5 to a jump, tell a
/// walker's bin at all times. Walkers of one cell are exchangeable: their number is all that matters (an exact lumping). If all walkers stood on
/// sites, bins of 51 and of 52 sites would show a pattern of ±0.8 % in a uniform density.
/// </summary>
public static class WalkerLattice
{
    /// <summary>Bins.</summary>
    public const int Bins = 25;

    /// <summary>Cells of a bin.</summary>
    public const int CellsPerBin = 256;

    /// <summary>Cells.</summary>
    public const int Cells = Bins * CellsPerBin;

    /// <summary>Cells that a jump crosses.</summary>
    public const int CellsPerJump = 5;

    /// <summary>Jumps of a walker from frame to frame: Δt = 4 of δt = 2.5e-3.</summary>
    public const int Jumps = 1600;

    /// <summary>The share of walkers in each bin, every Δt = 4.</summary>
    public static FieldLayout Layout { get; } = new(
        [new("share", "share of the walkers in a bin", "1", 10)], [new Axis("s", Bins, 2.0 / Bins, -1 + 1.0 / Bins, Periodic: true)], 4);

    /// <summary>Shares of walkers in bins.</summary>
    /// <param name="cells">Walkers in each cell.</param>
    /// <param name="shares">Receives the shares [25].</param>
    public static void Count(ReadOnlySpan<double> cells, Span<double> shares)
    {
        var all = 0.0;
        for (var bin = 0; bin < Bins; bin++)
        {
            shares[bin] = 0;
            foreach (var walkers in cells.Slice(bin * CellsPerBin, CellsPerBin))
                shares[bin] += walkers;
            all += shares[bin];
        }
        foreach (ref var share in shares[..Bins])
            share /= all;
    }

    /// <summary>What makes numbers no shares of walkers, as a clause; null when they are, or one is not a number.</summary>
    /// <param name="shares">Shares [25].</param>
    public static string? Fault(ReadOnlySpan<double> shares)
    {
        var sum = 0.0;
        for (var bin = 0; bin < shares.Length; bin++)
        {
            if (shares[bin] < 0)
                return FormattableString.Invariant(
                    $"the share of bin {bin} is {shares[bin]}; shares must not be negative. Clip them at 0 and divide them by their sum");
            sum += shares[bin];
        }
        return Math.Abs(sum - 1) > 1e-4
            ? FormattableString.Invariant($"the shares of the {Bins} bins add up to {sum}; they must add up to 1. Divide them by their sum")
            : null;
    }

    /// <summary>
    /// Walkers with given shares, N in all: those of a bin are drawn independently, uniformly in the bin, or with the slope that the bins beside it
    /// tell (<see cref="LiftRule.Gradient"/>, never a negative density).
    /// </summary>
    /// <param name="shares">Shares [25]; NaN anywhere gives NaN in all cells.</param>
    /// <param name="walkers">N.</param>
    /// <param name="lift">How they are distributed within bins.</param>
    /// <param name="random">Where random numbers come from.</param>
    /// <param name="cells">Receives the walkers in each cell [6400].</param>
    /// <exception cref="ArgumentException">A share is negative, or their sum is not 1.</exception>
    public static void Fill(ReadOnlySpan<double> shares, long walkers, LiftRule lift, ref Philox random, Span<double> cells)
    {
        var sum = 0.0;
        foreach (var share in shares)
            sum += share;
        if (!double.IsFinite(sum))
        {
            cells.Fill(double.NaN);
            return;
        }
        if (Fault(shares) is { } fault)
            throw new ArgumentException($"Walkers cannot be placed: {fault}.");
        var (counts, weights) = (Rounded(shares, walkers), new double[CellsPerBin]);
        for (var bin = 0; bin < Bins; bin++)
        {
            var slope = lift == LiftRule.Gradient && shares[bin] > 0
                ? Math.Clamp((shares[(bin + 1) % Bins] - shares[(bin + Bins - 1) % Bins]) / (2 * shares[bin]), -2, 2) : 0;
            for (var c = 0; c < CellsPerBin; c++)
                weights[c] = 1 + slope * ((c + 0.5) / CellsPerBin - 0.5);
            Binomial.Multinomial(ref random, counts[bin], weights, cells.Slice(bin * CellsPerBin, CellsPerBin));
        }
    }

    /// <summary>
    /// Expected shares of infinitely many walkers that begin uniformly within their bins: the exact solution, to which shares of N walkers tend
    /// like 1/√N.
    /// </summary>
    /// <param name="shares">Shares at first [25].</param>
    /// <param name="law">The law of a frame's displacement.</param>
    /// <param name="frames">Number of frames.</param>
    /// <returns>Shares of the frames from the first on, [frames + 1, 25].</returns>
    public static double[] Expected(ReadOnlySpan<double> shares, DisplacementLaw law, int frames)
    {
        var (cells, path) = (new double[Cells], new double[(frames + 1) * Bins]);
        for (var c = 0; c < Cells; c++)
            cells[c] = shares[c / CellsPerBin] / CellsPerBin;
        Count(cells, path);
        for (var f = 1; f <= frames; f++)
        {
            var next = new double[Cells];
            for (var k = 0; k < law.Probabilities.Length; k++)
            {
                var by = (law.First + k) * CellsPerJump % Cells;
                for (int c = 0, to = by < 0 ? by + Cells : by; c < Cells; c++, to = to + 1 == Cells ? 0 : to + 1)
                    next[to] += law.Probabilities[k] * cells[c];
            }
            cells = next;
            Count(cells, path.AsSpan(f * Bins, Bins));
        }
        return path;
    }

    /// <summary>Numbers of walkers nearest to given shares, N in all: those with the largest remainders are rounded up.</summary>
    /// <param name="shares">Shares [25], not negative.</param>
    /// <param name="walkers">N.</param>
    public static long[] Rounded(ReadOnlySpan<double> shares, long walkers)
    {
        var sum = 0.0;
        foreach (var share in shares)
            sum += share;
        var exact = new double[shares.Length];
        for (var bin = 0; bin < exact.Length; bin++)
            exact[bin] = shares[bin] / sum * walkers;
        var counts = exact.Select(x => (long)Math.Floor(x + 1e-6)).ToArray(); // shares that are counts over N stay what they are
        foreach (var bin in Enumerable.Range(0, exact.Length).OrderByDescending(b => exact[b] - counts[b]).ThenBy(b => b)
            .Take((int)Math.Clamp(walkers - counts.Sum(), 0, exact.Length)))
            counts[bin]++;
        for (var over = counts.Sum() - walkers; over > 0; over--) // never more than rounding makes
            counts[Array.IndexOf(counts, counts.Max())]--;
        return counts;
    }
}
