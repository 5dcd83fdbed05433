using System.Collections.Immutable;

namespace LedCluster.Storage.Forecasts;

/// <summary>
/// Mean, spread, extremes and quantiles of an ensemble in two passes over blocks of frames, with bounded memory. The
/// result does not depend, bit for bit, on block sizes or on the degree of parallelism.
/// </summary>
public static class EnsembleStatistics
{
    /// <summary>Largest block of fields held at once, in bytes; a single member's frame may exceed it.</summary>
    public const int BlockBytes = 64 << 20;

    /// <summary>Probabilities of the quantiles.</summary>
    public static readonly ImmutableArray<double> Quantiles = [0.05, 0.25, 0.5, 0.75, 0.95];

    /// <summary>How accurate the quantiles are, in words; also an attribute of the array.</summary>
    public const string QuantileAccuracy =
        "From a histogram of 256 bins between each cell's own ensemble minimum and maximum, interpolated linearly: " +
        "the error is at most 1/256 of (maximum - minimum) of that cell and time.";

    /// <summary>What the statistics of a cell take, in float32 numbers: two float64, minimum, maximum, five quantiles.</summary>
    private const int StatisticsPerCell = 11;

    /// <summary>Computes the statistics of every frame.</summary>
    /// <param name="members">Members to include, ascending: those that did not fail. With none, all statistics are NaN.</param>
    /// <param name="frames">Number of frames.</param>
    /// <param name="cells">Numbers per frame, C·X.</param>
    /// <param name="source">Hands out fields; called from one thread.</param>
    /// <param name="sink">Receives blocks of consecutive frames, in order; called from one thread.</param>
    /// <param name="degree">Number of threads, at least 1.</param>
    /// <param name="blockBytes">Largest block, in bytes.</param>
    public static void Compute(
        ReadOnlyMemory<int> members, int frames, int cells, FrameSource source, Action<StatisticsBlock> sink,
        int degree = 1, int blockBytes = BlockBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(degree, 1);
        var row = (long)cells * sizeof(float);
        var perSlice = (int)Math.Clamp(blockBytes / row, 1, Math.Max(1, members.Length));
        var perBlock = perSlice < members.Length ? 1 : (int)Math.Clamp(blockBytes / (row * (members.Length + StatisticsPerCell)), 1, frames);
        var fields = new float[(long)perSlice * perBlock * cells];
        var accumulator = new CellAccumulator(cells);
        for (var first = 0; first < frames; first += perBlock)
        {
            var count = Math.Min(perBlock, frames - first);
            var block = Empty(first, count, cells);
            if (members.Length == 0)
                Blank(block);
            else if (perSlice < members.Length)
                Sliced(members, perSlice, cells, source, fields, accumulator, block);
            else
                Whole(members, cells, source, fields, accumulator, block, degree);
            sink(block);
        }
    }

    /// <summary>All members of several frames fit: read once, then each frame by itself.</summary>
    private static void Whole(
        ReadOnlyMemory<int> members, int cells, FrameSource source, float[] fields, CellAccumulator accumulator,
        StatisticsBlock block, int degree)
    {
        source(members.Span, block.FirstFrame, block.Frames, fields.AsSpan(0, members.Length * block.Frames * cells));
        if (degree == 1)
        {
            for (var f = 0; f < block.Frames; f++)
                Frame(f, accumulator);
            return;
        }
        Parallel.For(
            0, block.Frames, new ParallelOptions { MaxDegreeOfParallelism = degree }, () => new CellAccumulator(cells),
            (f, _, own) =>
            {
                Frame(f, own);
                return own;
            },
            _ => { });

        void Frame(int f, CellAccumulator cell)
        {
            cell.Clear();
            for (var m = 0; m < members.Length; m++)
                cell.AddToMoments(fields.AsSpan((m * block.Frames + f) * cells, cells));
            cell.CloseMoments();
            for (var m = 0; m < members.Length; m++)
                cell.AddToHistogram(fields.AsSpan((m * block.Frames + f) * cells, cells));
            cell.CopyTo(f, block);
        }
    }

    /// <summary>A frame of all members does not fit: slices of members are read twice.</summary>
    private static void Sliced(
        ReadOnlyMemory<int> members, int perSlice, int cells, FrameSource source, float[] fields, CellAccumulator cell,
        StatisticsBlock block)
    {
        cell.Clear();
        Each(row => cell.AddToMoments(row));
        cell.CloseMoments();
        Each(row => cell.AddToHistogram(row));
        cell.CopyTo(0, block);

        void Each(Action<ReadOnlySpan<float>> add)
        {
            for (var first = 0; first < members.Length; first += perSlice)
            {
                var slice = members.Slice(first, Math.Min(perSlice, members.Length - first));
                source(slice.Span, block.FirstFrame, 1, fields.AsSpan(0, slice.Length * cells));
                for (var m = 0; m < slice.Length; m++)
                    add(fields.AsSpan(m * cells, cells));
            }
        }
    }

    private static StatisticsBlock Empty(int first, int frames, int cells) => new(
        first, frames, new double[frames * cells], new double[frames * cells], new float[frames * cells],
        new float[frames * cells], new float[Quantiles.Length * frames * cells]);

    private static void Blank(StatisticsBlock block)
    {
        Array.Fill(block.Mean, double.NaN);
        Array.Fill(block.Std, double.NaN);
        Array.Fill(block.Minimum, float.NaN);
        Array.Fill(block.Maximum, float.NaN);
        Array.Fill(block.Quantile, float.NaN);
    }
}
