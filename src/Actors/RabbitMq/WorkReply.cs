using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Wire;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.RabbitMq;

/// <summary>
/// What became of an order, as it travels from a node to the coordinator. Little-endian: the tag <c>LCR1</c>, the run as
/// text, epoch, number and cohort id as 32-bit integers, the worker as text, then 1 for a finished leg, 0 for a failed one, or
/// one of <see cref="OrderReturn"/>, after which nothing follows.
/// Finished: the next cohort (length 0: none is left), the segment, wall and CPU seconds, each an array preceded by its
/// length. Failed: the reason as text.
/// </summary>
/// <param name="Run">The run it belongs to.</param>
/// <param name="Epoch">Epoch of the order.</param>
/// <param name="Number">Number of the order.</param>
/// <param name="Cohort">The cohort of the order.</param>
/// <param name="Worker">Who ran it.</param>
/// <param name="Result">What the leg left behind; null when it failed.</param>
/// <param name="Reason">Why it failed; null when it did not.</param>
public sealed record WorkReply(RunId Run, int Epoch, int Number, CohortId Cohort, string Worker, LegResult? Result, string? Reason)
{
    private const string Tag = "LCR1";
    /// <summary>Why the order came back without its leg having been run; then there is neither result nor reason.</summary>
    public OrderReturn Return { get; init; }

    private const int LongestWorker = 200, FinishedKind = 1, FailedKind = 0;

    /// <summary>Encodes the reply.</summary>
    /// <returns>The bytes, in memory that goes back to a pool when it is disposed of.</returns>
    public ByteWriter Encode()
    {
        var next = Result?.Next;
        var writer = new ByteWriter(Tag, 1000L + (next is null ? 0 : CohortCodec.Size(next)) + (Result is null ? 0 : SegmentCodec.Size(Result.Segment)))
            .Text(Run.Value, RunId.Longest).Int(Epoch).Int(Number).Int(Cohort.Value).Text(Worker, LongestWorker);
        if (Return != OrderReturn.None)
            return writer.Int((int)Return);
        if (Result is null)
            return writer.Int(FailedKind).Text(Reason ?? "", SegmentCodec.LongestReason);
        writer.Int(FinishedKind);
        return (next is null ? writer.Int(0) : writer.Block(next, CohortCodec.Write))
            .Block(Result.Segment, SegmentCodec.Write).Array<double>(Result.Times.Wall).Array<double>(Result.Times.Cpu);
    }

    /// <summary>Decodes a reply.</summary>
    /// <exception cref="FormatException">The bytes are not a whole reply of a known form.</exception>
    public static WorkReply Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new ByteReader(bytes, Tag, "a work reply");
        var (run, epoch, number, cohort) = (new RunId(reader.Text(RunId.Longest)), reader.Int(), reader.Int(), new CohortId(reader.Int()));
        var (worker, kind) = (reader.Text(LongestWorker), reader.Int());
        var reply = kind switch
        {
            FailedKind => new WorkReply(run, epoch, number, cohort, worker, null, reader.Text(SegmentCodec.LongestReason)),
            FinishedKind => new WorkReply(run, epoch, number, cohort, worker, Finished(ref reader), null),
            (int)OrderReturn.WorkerLost or (int)OrderReturn.HandedBack => new WorkReply(run, epoch, number, cohort, worker, null, null) { Return = (OrderReturn)kind },
            _ => throw new FormatException($"A work reply is of kind {kind}; known are {FailedKind}, {FinishedKind}, {(int)OrderReturn.WorkerLost} and {(int)OrderReturn.HandedBack}."),
        };
        reader.End();
        return reply;
    }

    private static LegResult Finished(ref ByteReader reader)
    {
        var next = reader.Bytes();
        var cohort = next.Length == 0 ? null : CohortCodec.Decode(next);
        var segment = SegmentCodec.Decode(reader.Bytes());
        var times = new WorkTimes { Wall = reader.Array<double>(), Cpu = reader.Array<double>() };
        return times.Wall.Length == WorkTimes.Kinds && times.Cpu.Length == WorkTimes.Kinds ? new LegResult(cohort, segment, times)
            : throw new FormatException($"A work reply has {times.Wall.Length} and {times.Cpu.Length} times, expected {WorkTimes.Kinds} of each.");
    }
}
