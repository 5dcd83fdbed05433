using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace LedCluster.Storage.Forecasts;

/// <summary>
/// Mean, spread, extremes and quantiles of an ensemble in two passes over blocks of frames, with bounded memory. The
/// result does not depend, bit for bit, on block sizes or on the degree of parallelism.
/// </summary>
public static class EnsembleStatistics
{
    /// <summary>
    /// Largest block of what is kept, and largest one of fields of all threads together, held at once, in bytes; a single
    /// member's frame may exceed it.
    /// </summary>
    public const int BlockBytes = 64 << 20;

    /// <summary>Probabilities of the quantiles.</summary>
    public static readonly ImmutableArray<double> Quantiles = [0.05, 0.25, 0.5, 0.75, 0.95];

    /// <summary>How accurate the quantiles are, in words; also an attribute of the array.</summary>
    public const string QuantileAccuracy =
        "From a histogram of 256 bins between each cell's own ensemble minimum and maximum, interpolated linearly: " +
        "the error is at most 1/256 of (maximum - minimum) of that cell and time.";

    /// <summary>What the statistics of a cell take, in float32 numbers: two float64, minimum, maximum, five quantiles.</summary>
    private const int StatisticsPerCell = 11;

    /// <summary>Members that a thread reads at once.</summary>
    private const int MembersAtOnce = 32;

    /// <summary>Computes the statistics of every frame.</summary>
    /// <param name="members">Members to include, ascending: those that did not fail. With none, all statistics are NaN.</param>
    /// <param name="frames">Number of frames.</param>
    /// <param name="cells">Numbers per frame of fields, C·X.</param>
    /// <param name="kept">What is kept of the members.</param>
    /// <param name="sink">Receives blocks of consecutive frames, in order; called from one thread. Their arrays are used again afterwards.</param>
    /// <param name="degree">Number of threads, at least 1.</param>
    /// <param name="blockBytes">Largest block, in bytes.</param>
    public static void Compute(
        ReadOnlyMemory<int> members, int frames, int cells, KeptFrames kept, Action<StatisticsBlock> sink, int degree = 1, int blockBytes = BlockBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(degree, 1);
        var (ofKept, ofFields) = ((long)kept.Size * sizeof(float), (long)cells * sizeof(float));
        var staged = ReadsOnce(members.Length, kept.Size, blockBytes);
        var perBlock = (int)Math.Clamp(blockBytes / Math.Max(ofKept * members.Length, ofFields * StatisticsPerCell), 1, frames);
        var perSlice = (int)Math.Clamp(blockBytes / degree / ofFields, 1, Math.Max(1, members.Length));
        var stage = new float[staged ? members.Length * perBlock * kept.Size : 0];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = degree };
        var idle = new ConcurrentBag<FrameWorker>();
        var block = Empty(0, Math.Min(perBlock, frames), cells);
        for (var first = 0; first < frames; first += perBlock)
        {
            var count = Math.Min(perBlock, frames - first);
            block = count == block.Frames ? block with { FirstFrame = first } : Empty(first, count, cells);
            if (members.Length == 0)
            {
                Blank(block);
            }
            else
            {
                if (staged)
                    Stage(members, kept, block, stage, parallel);
                Parallel.For(
                    0, block.Frames, parallel, () => idle.TryTake(out var worker) ? worker : new FrameWorker(members, cells, kept, perSlice, stage),
                    (frame, _, worker) =>
                    {
                        worker.Run(frame, block);
                        return worker;
                    },
                    idle.Add);
            }
            sink(block);
        }
    }

    /// <summary>Whether each member's frames are read once, in order of time: when a frame of all members fits a block.</summary>
    /// <param name="members">Number of members.</param>
    /// <param name="size">Numbers kept per member and frame.</param>
    /// <param name="blockBytes">Largest block, in bytes.</param>
    internal static bool ReadsOnce(int members, int size, int blockBytes = BlockBytes) => (long)size * sizeof(float) * members <= blockBytes;

    /// <summary>Reads what is kept of all members for a block of frames.</summary>
    private static void Stage(ReadOnlyMemory<int> members, KeptFrames kept, StatisticsBlock block, float[] stage, ParallelOptions parallel)
    {
        var (at, row) = ((members.Length + MembersAtOnce - 1) / MembersAtOnce, block.Frames * kept.Size);
        Parallel.For(0, at, parallel, i =>
        {
            var own = members.Span.Slice(i * MembersAtOnce, Math.Min(MembersAtOnce, members.Length - i * MembersAtOnce));
            kept.Read(own, block.FirstFrame, block.Frames, stage.AsSpan(i * MembersAtOnce * row, own.Length * row));
        });
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
