using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Wire;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Protocol;

/// <summary>
/// What became of a leg. Little-endian on the wire: the tag <c>LCR2</c>, the run as text, then as 32-bit integers epoch,
/// serial, leg index and order number, the worker as text, then 1 for a finished leg, 0 for a failed one, 2 for one that the
/// machine could not run. Finished: the next cohort (length 0: none is left), the segment, wall and CPU seconds, each
/// preceded by its length. Otherwise: the reason as text.
/// </summary>
/// <param name="Run">The run.</param>
/// <param name="Epoch">Epoch of the task.</param>
/// <param name="Serial">Serial of the task.</param>
/// <param name="Leg">Index of the leg.</param>
/// <param name="Number">Number of the order.</param>
/// <param name="Worker">Who ran it, for messages.</param>
/// <param name="Result">What the leg left behind; null when it was not run.</param>
/// <param name="Reason">Why it was not run; null when it was.</param>
internal sealed record LegOutcome(RunId Run, int Epoch, int Serial, int Leg, int Number, string Worker, LegResult? Result, string? Reason)
{
    /// <summary>Longest name of a worker, in bytes of UTF-8.</summary>
    public const int LongestWorker = 200;

    private const string Tag = "LCR2";
    private const int FailedKind = 0, FinishedKind = 1, MachineKind = 2;

    /// <summary>Whether the machine is at fault: elsewhere the leg may succeed.</summary>
    public bool IsMachines { get; init; }

    /// <summary>Called when the coordinator is done with it; does not travel.</summary>
    public Action? Taken { get; init; }

    /// <summary>Bytes that it takes, if failures need few words.</summary>
    public long Size => 1024 + (Result is null ? 0 : SegmentCodec.Size(Result.Segment) + (Result.Next is { } next ? CohortCodec.Size(next) : 0));

    /// <summary>Writes the outcome as a part of a message.</summary>
    public static ByteWriter Write(ByteWriter writer, LegOutcome outcome)
    {
        writer.Tag(Tag).Text(outcome.Run.Value, RunId.Longest).Int(outcome.Epoch).Int(outcome.Serial).Int(outcome.Leg).Int(outcome.Number)
            .Text(outcome.Worker, LongestWorker);
        if (outcome.Result is not var (next, segment, times))
            return writer.Int(outcome.IsMachines ? MachineKind : FailedKind).Text(outcome.Reason ?? "", SegmentCodec.LongestReason);
        writer.Int(FinishedKind);
        _ = next is null ? writer.Int(0) : writer.Block(next, CohortCodec.Write);
        return writer.Block(segment, SegmentCodec.Write).Array<double>(times.Wall).Array<double>(times.Cpu);
    }

    /// <summary>Decodes an outcome.</summary>
    /// <exception cref="FormatException">The bytes are not a whole outcome of a known form.</exception>
    public static LegOutcome Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new ByteReader(bytes, Tag, "a leg's outcome");
        var (run, epoch, serial, leg, number) = (new RunId(reader.Text(RunId.Longest)), reader.Int(), reader.Int(), reader.Int(), reader.Int());
        var (worker, kind) = (reader.Text(LongestWorker), reader.Int());
        var outcome = kind switch
        {
            FinishedKind => new LegOutcome(run, epoch, serial, leg, number, worker, Finished(ref reader), null),
            FailedKind or MachineKind => new LegOutcome(
                run, epoch, serial, leg, number, worker, null, reader.Text(SegmentCodec.LongestReason)) { IsMachines = kind == MachineKind },
            _ => throw new FormatException($"A leg's outcome is of kind {kind}; known are {FailedKind}, {FinishedKind} and {MachineKind}."),
        };
        reader.End();
        return outcome;
    }

    /// <summary>Why this cannot be the outcome of a leg of a cohort; null when it can.</summary>
    public string? Contradiction(Cohort cohort, Leg leg)
    {
        if (Result is not var (next, segment, _))
            return null;
        int[] lost = [.. segment.Failures.Select(f => f.Member)];
        return segment.Cohort != cohort.Id || segment.Leg != leg
            ? $"it brings leg {segment.Leg.Index} of {segment.Cohort}, expected leg {leg.Index} of {cohort.Id}"
            : !segment.Members.Concat(lost).Order().SequenceEqual(cohort.Members) ? $"its members are not those of {cohort.Id}"
            : !(next?.Members ?? []).SequenceEqual(segment.Members) ? "its next cohort has other members than its segment"
            : next is not null && (next.Id != cohort.Id || next.Leg != leg.Index + 1 || next.Frame != leg.Last) ? "its next cohort does not continue the leg"
            : null;
    }

    private static LegResult Finished(ref ByteReader reader)
    {
        var next = reader.Bytes();
        var cohort = next.Length == 0 ? null : CohortCodec.Decode(next);
        var segment = SegmentCodec.Decode(reader.Bytes());
        var (wall, cpu) = (reader.Array<double>(), reader.Array<double>());
        return wall.Length == WorkTimes.Kinds && cpu.Length == WorkTimes.Kinds ? new LegResult(cohort, segment, new WorkTimes { Wall = wall, Cpu = cpu })
            : throw new FormatException($"A leg's outcome has {wall.Length} and {cpu.Length} times, expected {WorkTimes.Kinds} of each.");
    }
}
