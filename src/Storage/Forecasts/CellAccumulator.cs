using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LedCluster.Storage.Forecasts;

/// <summary>
/// Moments, extremes and histograms of one frame, cell by cell. Vectorised over cells, never over members, so that a
/// cell's bits depend only on its own values in member order.
/// </summary>
internal sealed class CellAccumulator(int cells)
{
    /// <summary>Bins between a cell's own minimum and maximum.</summary>
    public const int Bins = 256;

    private const int Group = 16;

    private readonly double[] sum = new double[cells];
    private readonly double[] squares = new double[cells];
    private readonly float[] low = new float[cells];
    private readonly float[] high = new float[cells];
    private readonly float[] scale = new float[cells];
    private readonly int[] binBase = [.. Enumerable.Range(0, cells).Select(c => c * Bins)];
    private readonly int[] histogram = new int[cells * Bins];
    private int count;

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
    /// <param name="row">One member's values, [cells].</param>
    public void AddToMoments(ReadOnlySpan<float> row)
    {
        count++;
        ref var x = ref MemoryMarshal.GetReference(row);
        var i = 0;
        for (; i <= cells - 8; i += 8)
        {
            var v = Vector256.LoadUnsafe(ref x, (nuint)i);
            (Vector256.LoadUnsafe(ref sum[i]) + Vector256.WidenLower(v)).StoreUnsafe(ref sum[i]);
            (Vector256.LoadUnsafe(ref sum[i + 4]) + Vector256.WidenUpper(v)).StoreUnsafe(ref sum[i + 4]);
            Vector256.Min(Vector256.LoadUnsafe(ref low[i]), v).StoreUnsafe(ref low[i]);
            Vector256.Max(Vector256.LoadUnsafe(ref high[i]), v).StoreUnsafe(ref high[i]);
        }
        for (; i < cells; i++)
        {
            sum[i] += row[i];
            low[i] = MathF.Min(low[i], row[i]);
            high[i] = MathF.Max(high[i], row[i]);
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
    /// <param name="row">One member's values, [cells].</param>
    public void AddToHistogram(ReadOnlySpan<float> row)
    {
        ref var x = ref MemoryMarshal.GetReference(row);
        ref var bins = ref MemoryMarshal.GetArrayDataReference(histogram);
        var i = 0;
        for (; i <= cells - 8; i += 8)
        {
            var v = Vector256.LoadUnsafe(ref x, (nuint)i);
            var below = Vector256.WidenLower(v) - Vector256.LoadUnsafe(ref sum[i]);
            var above = Vector256.WidenUpper(v) - Vector256.LoadUnsafe(ref sum[i + 4]);
            (Vector256.LoadUnsafe(ref squares[i]) + below * below).StoreUnsafe(ref squares[i]);
            (Vector256.LoadUnsafe(ref squares[i + 4]) + above * above).StoreUnsafe(ref squares[i + 4]);
            var bin = Vector256.ConvertToInt32((v - Vector256.LoadUnsafe(ref low[i])) * Vector256.LoadUnsafe(ref scale[i]));
            var at = Vector256.Min(Vector256.Max(bin, Vector256<int>.Zero), Vector256.Create(Bins - 1)) + Vector256.LoadUnsafe(ref binBase[i]);
            var (lower, upper) = (at.GetLower(), at.GetUpper());
            Unsafe.Add(ref bins, lower.GetElement(0))++;
            Unsafe.Add(ref bins, lower.GetElement(1))++;
            Unsafe.Add(ref bins, lower.GetElement(2))++;
            Unsafe.Add(ref bins, lower.GetElement(3))++;
            Unsafe.Add(ref bins, upper.GetElement(0))++;
            Unsafe.Add(ref bins, upper.GetElement(1))++;
            Unsafe.Add(ref bins, upper.GetElement(2))++;
            Unsafe.Add(ref bins, upper.GetElement(3))++;
        }
        for (; i < cells; i++)
        {
            var d = row[i] - sum[i];
            squares[i] += d * d;
            histogram[binBase[i] + Math.Clamp((int)((row[i] - low[i]) * scale[i]), 0, Bins - 1)]++;
        }
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
