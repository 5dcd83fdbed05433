using System.Collections.Concurrent;
using System.Collections.Immutable;
using LedCluster.Domain.Workers;

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

/// <summary>Ensemble statistics of consecutive frames; N is the number of cells C·X.</summary>
/// <param name="FirstFrame">First frame.</param>
/// <param name="Frames">Number of frames F.</param>
/// <param name="Mean">Mean, [F, N].</param>
/// <param name="Std">Unbiased standard deviation, [F, N]; NaN for a single member.</param>
/// <param name="Minimum">Smallest value, [F, N].</param>
/// <param name="Maximum">Largest value, [F, N].</param>
/// <param name="Quantile">Quantiles in the order of <see cref="EnsembleStatistics.Quantiles"/>, [5, F, N].</param>
public sealed record StatisticsBlock(
    int FirstFrame, int Frames, double[] Mean, double[] Std, float[] Minimum, float[] Maximum, float[] Quantile);

/// <summary>What a run keeps of its members, frame by frame, for the statistics pass.</summary>
/// <param name="Size">Numbers kept per member and frame: C·X, or d_z where latents alone are kept.</param>
/// <param name="Read">Reads them, [M, frames, Size]; may be called from several threads.</param>
/// <param name="Decoder">Turns them into fields; null where they are fields.</param>
public sealed record KeptFrames(int Size, FrameSource Read, MemberDecoder? Decoder);

/// <summary>Hands out the frames of some members.</summary>
/// <param name="members">Indices of the members wanted, ascending; M of them.</param>
/// <param name="firstFrame">First frame wanted.</param>
/// <param name="frames">Number of frames wanted.</param>
/// <param name="block">Receives them, [M, frames, numbers per frame].</param>
public delegate void FrameSource(ReadOnlySpan<int> members, int firstFrame, int frames, Span<float> block);

/// <summary>A thread's part of the statistics pass: one frame after the other, with buffers of its own.</summary>
/// <param name="members">Members to include.</param>
/// <param name="cells">Numbers per frame of fields, C·X.</param>
/// <param name="kept">What is kept of the members.</param>
/// <param name="perSlice">Members whose fields are held at once; when not all, they are decoded or read twice.</param>
/// <param name="stage">What is kept for the block's frames, [M, frames, size]; empty when it is to be read frame by frame.</param>
internal sealed class FrameWorker(ReadOnlyMemory<int> members, int cells, KeptFrames kept, int perSlice, float[] stage)
{
    private readonly CellAccumulator accumulator = new(cells);
    private readonly float[] rows = new float[kept.Decoder is null ? 0 : perSlice * kept.Size];
    private readonly float[] fields = new float[perSlice * cells + CellAccumulator.Beyond];

    /// <summary>Computes a frame's statistics.</summary>
    /// <param name="frame">Position of the frame within the block.</param>
    /// <param name="block">Receives them.</param>
    public void Run(int frame, StatisticsBlock block)
    {
        accumulator.Clear();
        for (var first = 0; first < members.Length; first += perSlice)
            accumulator.AddToMoments(fields, Load(first, frame, block));
        accumulator.CloseMoments();
        for (var first = 0; first < members.Length; first += perSlice)
            accumulator.AddToHistogram(fields, members.Length > perSlice ? Load(first, frame, block) : members.Length);
        accumulator.CopyTo(frame, block);
    }

    /// <summary>Fills the fields of a slice of members, [m, C·X]; returns m.</summary>
    private int Load(int first, int frame, StatisticsBlock block)
    {
        var count = Math.Min(perSlice, members.Length - first);
        var wanted = (kept.Decoder is null ? fields : rows).AsSpan(0, count * kept.Size);
        if (stage.Length == 0)
            kept.Read(members.Span.Slice(first, count), block.FirstFrame + frame, 1, wanted);
        else
            for (var m = 0; m < count; m++)
                stage.AsSpan(((first + m) * block.Frames + frame) * kept.Size, kept.Size).CopyTo(wanted[(m * kept.Size)..]);
        kept.Decoder?.Decode(members.Slice(first, count), block.FirstFrame + frame, wanted, fields.AsSpan(0, count * cells));
        return count;
    }
}
