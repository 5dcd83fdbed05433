using Akka.Actor;
using Akka.Serialization;
using LedCluster.Actors.Deployment;
using LedCluster.Actors.Protocol;
using LedCluster.Actors.Transfer;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Wire;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Tests;

/// <summary>The messages between the processes of a cluster.</summary>
public sealed class WireTests : IDisposable
{
    private static readonly Cohort Cohort = new(new CohortId(7), [7, 9], 3, 12, 1, [1f, 2f], [3f, 4f], [], []);
    private static readonly LegTask Task = new(new RunId("r1"), 2, 5, Cohort.Id, new Leg(3, Phase.Micro, 13, 10), 2, Cohort);

    private readonly ClusterMember member = ClusterMember.Start(new ClusterOptions { Port = 0 }, [], null, _ => { }, _ => { });

    public void Dispose() => member.System.Terminate().Wait();

    [Fact]
    public void A_task_has_the_frozen_bytes_of_form_1()
    {
        using var writer = LegTask.Write(new ByteWriter(""), Task);
        Assert.Equal(
            "4C435431" + "02000000" + "7231" + "02000000" + "05000000" + "07000000" + "03000000" + "02000000" + "0D000000" + "0A000000"
                + "02000000" + "40000000"
            + "4C434331" + "07000000" + "03000000" + "0C000000" + "01000000" + "02000000" + "07000000" + "09000000"
            + "02000000" + "0000803F" + "00000040" + "02000000" + "00004040" + "00008040" + "00000000" + "00000000",
            Convert.ToHexString(writer.Written.Span));
        AssertRefused(writer.ToArray(), bytes => LegTask.Decode(bytes));
    }

    [Fact]
    public void An_outcome_has_the_frozen_bytes_of_form_2()
    {
        using var failed = LegOutcome.Write(new ByteWriter(""), new LegOutcome(new RunId("r1"), 2, 5, 3, 11, "n", null, "no") { IsMachines = true });
        Assert.Equal(
            "4C435232" + "02000000" + "7231" + "02000000" + "05000000" + "03000000" + "0B000000" + "01000000" + "6E" + "02000000" + "02000000"
                + "6E6F", Convert.ToHexString(failed.Written.Span));
        AssertRefused(failed.ToArray(), bytes => LegOutcome.Decode(bytes));

        var segment = new Segment(Cohort.Id, Task.Leg with { Frames = 1 }, [7, 9], [1, 2], [], [new Trust(0, 0), new Trust(0, 0)], []);
        using var finished = LegOutcome.Write(new ByteWriter(""), new LegOutcome(
            new RunId("r1"), 2, 5, 3, 11, "n", new LegResult(Cohort with { Leg = 4 }, segment, new WorkTimes()), null));
        var back = LegOutcome.Decode(finished.Written.Span);
        Assert.Equal((4, 2, 11), (back.Result!.Next!.Leg, back.Result.Segment.Members.Length, back.Number));
        AssertRefused(finished.ToArray(), bytes => LegOutcome.Decode(bytes));
    }

    [Fact]
    public void Orders_and_outcomes_travel_together_in_their_frozen_forms()
    {
        var serializer = new WireSerializer((ExtendedActorSystem)member.System);
        var order = Convert.ToHexString(serializer.ToBinary(new RunLegs([new(11, Task), new(12, Task)])));
        using var task = LegTask.Write(new ByteWriter(""), Task);
        var block = $"{BitConverter.ToString(BitConverter.GetBytes(task.Written.Length)).Replace("-", "")}{Convert.ToHexString(task.Written.Span)}";
        Assert.Equal($"4C434F33020000000B000000{block}0C000000{block}", order);
    }

    [Fact]
    public void A_batch_is_no_larger_than_a_message_may_be()
    {
        Assert.Equal([[3, 4], [9], [1, 2]], Batches.BySize([3, 4, 9, 1, 2], part => part, 7));
        Assert.Empty(Batches.BySize<int>([], part => part, 7));
    }

    [Fact]
    public async Task A_frame_whose_arrays_are_sent_from_where_they_are_has_the_bytes_of_one_that_was_copied()
    {
        var segment = new Segment(
            new CohortId(7), new Leg(3, Phase.Micro, 13, 1), [7, 9], [1, 2, 3, 4], Numbers(2_000_000), [new Trust(0, 0), new Trust(1, 0)], []);
        var next = new Cohort(new CohortId(7), [7, 9], 4, 13, 1, [1f, 2f], [], [], [.. Numbers(60_000).Select(v => (double)v)]);
        var outcome = new LegOutcome(new RunId("r1"), 2, 5, 3, 11, "n", new LegResult(next, segment, new WorkTimes()), null);
        using var copied = LegOutcome.Write(new ByteWriter(""), outcome);
        using var inPlace = LegOutcome.Write(new ByteWriter("", inPlace: true), outcome);
        Assert.Equal(5, inPlace.Pieces().Count());
        Assert.Equal(copied.Length, inPlace.Length);
        Assert.Throws<InvalidOperationException>(() => inPlace.Written);
        using var sent = new MemoryStream();
        await Frames.WriteAsync(sent, inPlace, CancellationToken.None);
        sent.Position = 0;
        using var frame = await Frames.ReadAsync(sent, CancellationToken.None);
        Assert.True(copied.Written.Span.SequenceEqual(frame!.Bytes));

        static float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => i / 3f)];
    }

    [Fact]
    public void A_request_has_the_frozen_bytes_of_form_1()
    {
        var bytes = new TransferRequest(new RunId("r1"), 2, 5, 3).Write().ToArray();
        Assert.Equal("4C435831" + "02000000" + "7231" + "02000000" + "05000000" + "03000000", Convert.ToHexString(bytes));
        AssertRefused(bytes, part => TransferRequest.Decode(part));
    }

    [Fact]
    public void Every_message_goes_through_the_serialiser_that_is_meant_for_it()
    {
        var serialization = member.System.Serialization;
        var outcome = new LegOutcome(new RunId("r1"), 2, 5, 3, 11, "n", null, "no");
        object[] arrays =
        [
            new Advance("r1_2_5", Task), Task, new RunLegs([new(11, Task), new(12, Task)]),
            new LegOutcomes([outcome, outcome with { Number = 12 }]),
        ];
        foreach (var message in arrays)
        {
            var serializer = Assert.IsType<WireSerializer>(serialization.FindSerializerFor(message));
            var (bytes, manifest) = (serializer.ToBinary(message), serializer.Manifest(message));
            var back = serializer.FromBinary(bytes, manifest);
            Assert.Equal(message.GetType(), back.GetType());
            Assert.Equal(bytes, serializer.ToBinary(back));
            AssertRefused(bytes, part => serializer.FromBinary(part, manifest));
        }
        Assert.Throws<FormatException>(() => serialization.Deserialize(Convert.FromHexString("4C435253" + "00000000"), 4201, "R2"));
        object[] controls =
        [
            new RunAnnounced("r1", 2, "h", "t"), new WorkersReady("n", true, 4, [1, 2], [1]), new RunRefused("n", "no"), new OrdersReturned([3]),
            new TrajectoryEnded("e"), new ClusterSeen(1, 2, "n"),
        ];
        foreach (var message in controls)
        {
            var serializer = serialization.FindSerializerFor(message);
            Assert.IsNotType<WireSerializer>(serializer);
            Assert.Equal(message.GetType(), serializer.FromBinary(serializer.ToBinary(message), message.GetType()).GetType());
        }
    }

    [Fact]
    public void Hyperion_reads_no_types_but_control_messages()
    {
        var filter = new ControlTypes();
        Assert.True(filter.IsAllowed(typeof(RunAnnounced).AssemblyQualifiedName!));
        Assert.All((Type[])[typeof(System.Diagnostics.Process), typeof(FileInfo), typeof(LegTask), typeof(Uri)], type =>
            Assert.False(filter.IsAllowed(type.AssemblyQualifiedName!)));
    }

    /// <summary>Bytes that are cut are refused, whatever else they are.</summary>
    private static void AssertRefused(byte[] bytes, Action<byte[]> decode)
    {
        for (var length = 0; length < bytes.Length; length++)
            Assert.Throws<FormatException>(() => decode(bytes[..length]));
        Assert.Throws<FormatException>(() => decode([.. bytes, 0]));
    }
}
