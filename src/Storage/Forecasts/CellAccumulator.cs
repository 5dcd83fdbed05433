using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LedCluster.Storage.Forecasts;

/// <summary>
/// Moments, extremes and histograms of one frame, cell by cell. Vectorised over cells, never over members, so that a
/// cell's bits depend only on its own values in member order. It takes a tile of cells through all members before the next:
/// the tile's sums stay in registers and its bins in the first cache.
/// </summary>
internal sealed class CellAccumulator
{
    /// <summary>Bins between a cell's own minimum and maximum.</summary>
    public const int Bins = 256;

    /// <summary>Numbers that a buffer of rows must have beyond its last row: the last tile reads over the end of a row, and forgets what it read.</summary>
    public const int Beyond = Tile - 1;

    private const int Group = 16, Tile = 16, Half = 8, Quarter = 4;

    private readonly int cells;
    private readonly double[] sum, squares;
    private readonly float[] low, high, scale;
    private readonly int[] histogram;
    private int count;

    /// <summary>Makes room for some cells.</summary>
    public CellAccumulator(int cells)
    {
        this.cells = cells;
        var padded = (cells + Tile - 1) / Tile * Tile;
        (sum, squares, low, high, scale) = (new double[padded], new double[padded], new float[padded], new float[padded], new float[padded]);
        histogram = new int[padded * Bins];
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Array.Clear(sum);
        Array.Clear(squares);
        Array.Fill(low, float.PositiveInfinity);
        Array.Fill(high, float.NegativeInfinity);
        Array.Clear(histogram);
        count = 0;
    }

    /// <summary>First pass: Σx, min and max.</summary>
    /// <param name="fields">Values [members, cells], and <see cref="Beyond"/> numbers of no matter.</param>
    /// <param name="members">Number of members.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // its loop is long, its calls are few
    public void AddToMoments(ReadOnlySpan<float> fields, int members)
    {
        Check(fields, members);
        count += members;
        for (var tile = 0; tile < cells; tile += Tile)
        {
            ref var x = ref Unsafe.Add(ref MemoryMarshal.GetReference(fields), tile);
            var (s0, s1, s2, s3) = Load(sum, tile);
            var (l0, l1) = (Vector256.LoadUnsafe(ref low[tile]), Vector256.LoadUnsafe(ref low[tile + Half]));
            var (h0, h1) = (Vector256.LoadUnsafe(ref high[tile]), Vector256.LoadUnsafe(ref high[tile + Half]));
            for (var m = 0; m < members; m++)
            {
                var (v0, v1) = (Vector256.LoadUnsafe(ref x), Vector256.LoadUnsafe(ref x, Half));
                s0 += Vector256.WidenLower(v0);
                s1 += Vector256.WidenUpper(v0);
                s2 += Vector256.WidenLower(v1);
                s3 += Vector256.WidenUpper(v1);
                (l0, l1) = (Vector256.Min(l0, v0), Vector256.Min(l1, v1));
                (h0, h1) = (Vector256.Max(h0, v0), Vector256.Max(h1, v1));
                x = ref Unsafe.Add(ref x, cells);
            }
            Store(sum, tile, s0, s1, s2, s3);
            l0.StoreUnsafe(ref low[tile]);
            l1.StoreUnsafe(ref low[tile + Half]);
            h0.StoreUnsafe(ref high[tile]);
            h1.StoreUnsafe(ref high[tile + Half]);
        }
    }

    /// <summary>Ends the first pass: sums become means, and each cell gets its bins.</summary>
    public void CloseMoments()
    {
        for (var i = 0; i < cells; i++)
        {
            sum[i] /= count;
            scale[i] = high[i] > low[i] ? Bins / (high[i] - low[i]) : 0;
        }
    }

    /// <summary>Second pass: Σ(x − mean)² and the histogram.</summary>
    /// <param name="fields">Values [members, cells], and <see cref="Beyond"/> numbers of no matter.</param>
    /// <param name="members">Number of members.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // its loop is long, its calls are few
    public void AddToHistogram(ReadOnlySpan<float> fields, int members)
    {
        Check(fields, members);
        for (var tile = 0; tile < cells; tile += Tile)
        {
            ref var x = ref Unsafe.Add(ref MemoryMarshal.GetReference(fields), tile);
            ref var bins = ref histogram[tile * Bins];
            var (m0, m1, m2, m3) = Load(sum, tile);
            var (s0, s1, s2, s3) = Load(squares, tile);
            var (l0, l1) = (Vector256.LoadUnsafe(ref low[tile]), Vector256.LoadUnsafe(ref low[tile + Half]));
            var (f0, f1) = (Vector256.LoadUnsafe(ref scale[tile]), Vector256.LoadUnsafe(ref scale[tile + Half]));
            for (var m = 0; m < members; m++)
            {
                var (v0, v1) = (Vector256.LoadUnsafe(ref x), Vector256.LoadUnsafe(ref x, Half));
                var (d0, d1) = (Vector256.WidenLower(v0) - m0, Vector256.WidenUpper(v0) - m1);
                var (d2, d3) = (Vector256.WidenLower(v1) - m2, Vector256.WidenUpper(v1) - m3);
                s0 += d0 * d0;
                s1 += d1 * d1;
                s2 += d2 * d2;
                s3 += d3 * d3;
                Count(ref bins, (v0 - l0) * f0);
                Count(ref Unsafe.Add(ref bins, Half * Bins), (v1 - l1) * f1);
                x = ref Unsafe.Add(ref x, cells);
            }
            Store(squares, tile, s0, s1, s2, s3);
        }
    }

    /// <summary>Counts eight cells' values, given in units of their bins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Count(ref int bins, Vector256<float> at)
    {
        // Numbers are within the bins but for rounding; what is not a number must not count outside of them.
        var bin = Vector256.Min(Vector256.Max(Vector256.ConvertToInt32Native(at), Vector256<int>.Zero), Vector256.Create(Bins - 1));
        var (lower, upper) = (bin.GetLower(), bin.GetUpper());
        Unsafe.Add(ref bins, lower.GetElement(0))++;
        Unsafe.Add(ref bins, lower.GetElement(1) + Bins)++;
        Unsafe.Add(ref bins, lower.GetElement(2) + 2 * Bins)++;
        Unsafe.Add(ref bins, lower.GetElement(3) + 3 * Bins)++;
        Unsafe.Add(ref bins, upper.GetElement(0) + 4 * Bins)++;
        Unsafe.Add(ref bins, upper.GetElement(1) + 5 * Bins)++;
        Unsafe.Add(ref bins, upper.GetElement(2) + 6 * Bins)++;
        Unsafe.Add(ref bins, upper.GetElement(3) + 7 * Bins)++;
    }

    private static (Vector256<double>, Vector256<double>, Vector256<double>, Vector256<double>) Load(double[] from, int tile) => (
        Vector256.LoadUnsafe(ref from[tile]), Vector256.LoadUnsafe(ref from[tile + Quarter]),
        Vector256.LoadUnsafe(ref from[tile + 2 * Quarter]), Vector256.LoadUnsafe(ref from[tile + 3 * Quarter]));

    private static void Store(double[] to, int tile, Vector256<double> a, Vector256<double> b, Vector256<double> c, Vector256<double> d)
    {
        a.StoreUnsafe(ref to[tile]);
        b.StoreUnsafe(ref to[tile + Quarter]);
        c.StoreUnsafe(ref to[tile + 2 * Quarter]);
        d.StoreUnsafe(ref to[tile + 3 * Quarter]);
    }

    private void Check(ReadOnlySpan<float> fields, int members)
    {
        if (fields.Length < members * cells + Beyond)
            throw new ArgumentException($"{members} members of {cells} cells and {Beyond} numbers beyond them are read; {fields.Length} numbers were given.");
    }

    /// <summary>Ends the second pass: hands out the frame's statistics.</summary>
    /// <param name="frame">Position of the frame within the block.</param>
    /// <param name="block">Receives the statistics.</param>
    public void CopyTo(int frame, StatisticsBlock block)
    {
        var first = frame * cells;
        for (var i = 0; i < cells; i++)
        {
            block.Mean[first + i] = sum[i];
            block.Std[first + i] = count > 1 ? Math.Sqrt(squares[i] / (count - 1)) : double.NaN;
            block.Minimum[first + i] = low[i];
            block.Maximum[first + i] = high[i];
            Quantiles(i, block.Quantile.AsSpan(first + i), block.Frames * cells);
        }
    }

    /// <summary>
    /// Quantiles by linear interpolation between order statistics at rank q·(n − 1), numpy's default; each order
    /// statistic is placed in its bin as if the bin's members were spread evenly. The error is at most one bin width.
    /// </summary>
    private void Quantiles(int cell, Span<float> quantiles, int stride)
    {
        var bins = histogram.AsSpan(cell * Bins, Bins);
        Span<int> groups = stackalloc int[Bins / Group]; // sums of 16 bins, so that a rank is found in few steps
        for (var g = 0; g < groups.Length; g++)
            groups[g] = Vector256.Sum(Vector256.LoadUnsafe(ref bins[g * Group]) + Vector256.LoadUnsafe(ref bins[g * Group + Group / 2]));
        var width = ((double)high[cell] - low[cell]) / Bins;
        for (var q = 0; q < EnsembleStatistics.Quantiles.Length; q++)
        {
            var rank = EnsembleStatistics.Quantiles[q] * (count - 1);
            var whole = (int)rank;
            var value = Ordered(bins, groups, whole);
            if (rank > whole)
                value += (rank - whole) * (Ordered(bins, groups, whole + 1) - value);
            quantiles[q * stride] = (float)Math.Clamp(low[cell] + width * value, low[cell], high[cell]);
        }
    }

    /// <summary>Where the order statistic of a rank lies, in bins.</summary>
    private static double Ordered(ReadOnlySpan<int> bins, ReadOnlySpan<int> groups, int rank)
    {
        var (group, before) = (0, 0);
        while (before + groups[group] <= rank)
            before += groups[group++];
        var bin = group * Group;
        while (before + bins[bin] <= rank)
            before += bins[bin++];
        return bin + (rank - before + 0.5) / bins[bin];
    }
}
