using LedCluster.Actors.Protocol;
using LedCluster.Actors.Transfer;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Wire;
using LedCluster.Domain.Workers;
using LedCluster.Tests;

namespace LedCluster.Actors.Tests;

/// <summary>What is decoded from damaged bytes is exactly what they say, or nothing is.</summary>
public sealed class FuzzTests
{
    private static readonly Cohort Cohort = new(new CohortId(7), [7, 9], 3, 12, 1, [1f, 2f], [3f, 4f], [], []);
    private static readonly LegTask Task = new(new RunId("r1"), 2, 5, Cohort.Id, new Leg(3, Phase.Micro, 13, 10), 2, Cohort);

    [Fact]
    public void A_task_is_read_as_it_was_written_or_refused() => new Fuzz(Bytes(LegTask.Write, Task), Bytes(LegTask.Write, Task with { Cohort = null }))
        .Try<FormatException>(bytes => Assert.Equal(bytes, Bytes(LegTask.Write, LegTask.Decode(bytes))));

    [Fact]
    public void An_outcome_is_read_as_it_was_written_or_refused()
    {
        var segment = new Segment(
            Cohort.Id, Task.Leg with { Frames = 1 }, [7, 9], [1, 2], [], [new Trust(0, 0), new Trust(0, 0)], [new MemberFailure(8, 3, "u = ∞")]);
        new Fuzz(
            Bytes(LegOutcome.Write, new LegOutcome(new RunId("r1"), 2, 5, 3, 11, "n", null, "no") { IsMachines = true }),
            Bytes(LegOutcome.Write, new LegOutcome(new RunId("r1"), 2, 5, 3, 11, "n", new LegResult(Cohort with { Leg = 4 }, segment, new WorkTimes()), null)),
            Bytes(LegOutcome.Write, new LegOutcome(
                new RunId("r1"), 2, 5, 3, 11, "n", new LegResult(null, segment with { Members = [], Latents = [], Trust = [] }, new WorkTimes()),
                null)))
            .Try<FormatException>(bytes => Assert.Equal(bytes, Bytes(LegOutcome.Write, LegOutcome.Decode(bytes))));
    }

    [Fact]
    public void A_request_is_read_as_it_was_written_or_refused() => new Fuzz(new TransferRequest(new RunId("r1"), 2, 5, 3).Write().ToArray())
        .Try<FormatException>(bytes => Assert.Equal(bytes, TransferRequest.Decode(bytes).Write().ToArray()));

    [Fact]
    public void A_frame_takes_memory_as_it_arrives() => new Fuzz([3, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3], [0, 0, 0, 0, 0, 0, 0, 0]).Try<FormatException>(bytes =>
    {
        try
        {
            using var frame = Frames.ReadAsync(new MemoryStream(bytes), CancellationToken.None).Result;
            Assert.True(frame is null ? bytes.Length < 8 : bytes.AsSpan(8).StartsWith(frame.Bytes));
        }
        catch (AggregateException error) when (error.InnerException is FormatException fault)
        {
            throw fault;
        }
        catch (AggregateException error) when (error.InnerException is EndOfStreamException) // the connection ended within the frame
        {
        }
    }, sizePerInput: 4 << 20);

    private static byte[] Bytes<T>(Func<ByteWriter, T, ByteWriter> write, T message)
    {
        using var writer = write(new ByteWriter(""), message);
        return writer.ToArray();
    }
}
