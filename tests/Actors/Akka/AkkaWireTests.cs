using Akka.Actor;
using Akka.Serialization;
using LedCluster.Actors.Akka;
using Inbox = LedCluster.Actors.Akka.Inbox;

namespace LedCluster.Actors.Tests;

/// <summary>The messages between the processes of an Akka.NET cluster.</summary>
public sealed class AkkaWireTests : IDisposable
{
    private readonly ClusterMember member = ClusterMember.Start(
        new AkkaOptions { SeedNodes = ["akka.tcp://led@127.0.0.1:1"], Host = "127.0.0.1", ExitWhenExcluded = false }, [], _ => { });

    public void Dispose() => member.System.Terminate().Wait();

    [Fact]
    public void A_parcel_has_the_frozen_bytes_of_form_1()
    {
        var parcel = new Parcel("r1_7", 0x1_0000_0002, 3, 4, new byte[] { 1, 2, 3 });
        var bytes = ParcelSerializer.Encode(parcel);
        Assert.Equal("4C435031" + "04000000" + "72315F37" + "02000000" + "01000000" + "03000000" + "04000000" + "03000000" + "010203", Convert.ToHexString(bytes));
        var back = ParcelSerializer.Decode(bytes);
        Assert.Equal((parcel.Entity, parcel.Shipment, parcel.Index, parcel.Count), (back.Entity, back.Shipment, back.Index, back.Count));
        Assert.Equal(parcel.Bytes.ToArray(), back.Bytes.ToArray());
        for (var length = 0; length < bytes.Length; length++)
            Assert.Throws<FormatException>(() => ParcelSerializer.Decode(bytes[..length]));
        Assert.Throws<FormatException>(() => ParcelSerializer.Decode([.. bytes, 0]));
        var random = new Random(5);
        for (var trial = 0; trial < 3000; trial++)
        {
            var damaged = (byte[])bytes.Clone();
            for (var hits = random.Next(1, 4); hits > 0; hits--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            try
            {
                Assert.InRange(ParcelSerializer.Decode(damaged).Count, 1, 512); // nothing larger is ever put together
            }
            catch (FormatException)
            {
            }
        }
    }

    [Theory]
    [InlineData(0, 0)] // no pieces
    [InlineData(2, 2)] // a piece behind the last
    [InlineData(-1, 2)]
    [InlineData(0, 513)] // more than 128 MiB
    public void A_parcel_that_cannot_be_is_rejected(int index, int count) =>
        Assert.Throws<FormatException>(() => ParcelSerializer.Decode(ParcelSerializer.Encode(new Parcel("", 1, index, count, new byte[1]))));

    [Fact]
    public void Arrays_go_by_our_own_serializer_and_control_messages_by_hyperion()
    {
        var serialization = member.System.Serialization;
        var reference = member.System.ActorOf(Props.Empty, "somebody");
        Assert.IsType<ParcelSerializer>(serialization.FindSerializerForType(typeof(Parcel)));
        IControl[] messages =
        [
            new RunAnnounced("r", 1, "hash"), new RunEnded("r", 1), new SetupWanted("hash"), new WorkerReady("n", true, 3, [1, 2]), new OrdersClosed([4]),
            new WorkerWanted(2, 1, reference), new WorkerWanted(2, 0, null), new WorkerGranted(5, reference, 60, false), new OrderLost(5), new LegCondemned("why"), new NoMoreWork(),
            new LegWithdrawn("r_1", 2), new LegRecorded(1, 2), new CohortDone(1, 2), new StillThere("r_1", 1, 2), new AssignmentWanted("r_1"), new ParcelReceived(1L << 40, 2),
            new ReportWanted(), new NodeTold([1, 2], true), new DrainWanted("n"),
        ];
        Assert.Equal(typeof(IControl).Assembly.GetTypes().Count(t => t.IsSealed && t.IsAssignableTo(typeof(IControl))), messages.DistinctBy(m => m.GetType()).Count());
        foreach (var message in messages)
        {
            var serializer = serialization.FindSerializerFor(message);
            Assert.IsType<HyperionSerializer>(serializer);
            Assert.Equivalent(message, Serialization.WithTransport(
                (ExtendedActorSystem)member.System, () => serialization.Deserialize(serializer.ToBinary(message), serializer.Identifier, "")), strict: true);
        }
    }

    /// <summary>A peer could name any type; only our own messages are made.</summary>
    [Fact]
    public void Hyperion_reads_nothing_but_control_messages()
    {
        var foreign = new Hyperion.Serializer();
        using var bytes = new MemoryStream();
        foreign.Serialize(new AkkaOptions { SeedNodes = [], Host = "elsewhere" }, bytes);
        var serializer = member.System.Serialization.FindSerializerForType(typeof(IControl));
        Assert.ThrowsAny<Exception>(() => serializer.FromBinary(bytes.ToArray(), typeof(object)));
    }

    [Fact]
    public void A_message_of_many_parcels_arrives_whole_in_any_order_and_more_than_once()
    {
        var probe = member.System.ActorOf(Props.Empty, "probe");
        var (inbox, message) = (new Inbox(probe), new byte[3 * Parcel.LargestPiece + 5]);
        new Random(1).NextBytes(message);
        byte[]? whole = null;
        foreach (var index in (int[])[2, 0, 0, 3, 1])
        {
            Assert.Null(whole);
            var first = index * Parcel.LargestPiece;
            whole = inbox.Take(new Parcel("", 7, index, 4, message.AsMemory(first, Math.Min(Parcel.LargestPiece, message.Length - first))), probe);
        }
        Assert.Equal(message, whole);
    }
}
