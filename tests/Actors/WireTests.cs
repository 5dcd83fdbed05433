using LedCluster.Actors.RabbitMq;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Wire;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Tests;

/// <summary>The messages between coordinator and nodes.</summary>
public class WireTests
{
    private static readonly Cohort Cohort = new(new CohortId(1), [1], 3, 4, 1, [0.5f], [], [], [2.0]);
    private static readonly WorkOrder Order = new(new RunId("r1"), 2, 7, Cohort);
    private static readonly WorkReply Finished = new(new RunId("r1"), 2, 7, Cohort.Id, "w", new LegResult(
        Cohort, new Segment(Cohort.Id, new Leg(2, Phase.Micro, 4, 1), [1], [0.5f], [], [new Trust(1, 0)], []),
        new WorkTimes { Wall = [1, 0, 0, 0], Cpu = [0, 0, 0, 2] }), null);
    private static readonly WorkReply Failed = new(new RunId("r1"), 2, 7, Cohort.Id, "w", null, "no");
    private static readonly Announcement Announcement = new(new RunId("r1"), 2, new string('a', 64));

    private const string CohortBytes = "4C434331" + "01000000" + "03000000" + "04000000" + "01000000" + "01000000" + "01000000"
        + "01000000" + "0000003F" + "00000000" + "00000000" + "01000000" + "0000000000000040";

    [Fact]
    public void An_order_has_the_frozen_bytes_of_form_1() => AssertForm(
        Order, Order.Encode(), b => WorkOrder.Decode(b),
        "4C434F31" + "02000000" + "7231" + "02000000" + "07000000" + "38000000" + CohortBytes);

    [Fact]
    public void A_reply_to_a_finished_leg_has_the_frozen_bytes_of_form_1() => AssertForm(
        Finished, Finished.Encode(), b => WorkReply.Decode(b),
        "4C435231" + "02000000" + "7231" + "02000000" + "07000000" + "01000000" + "01000000" + "77" + "01000000"
        + "38000000" + CohortBytes
        + "3C000000" + "4C435331" + "01000000" + "02000000" + "02000000" + "04000000" + "01000000" + "01000000" + "01000000"
        + "01000000" + "0000003F" + "00000000" + "02000000" + "0000803F" + "00000000" + "00000000"
        + "04000000" + "000000000000F03F" + "0000000000000000" + "0000000000000000" + "0000000000000000"
        + "04000000" + "0000000000000000" + "0000000000000000" + "0000000000000000" + "0000000000000040");

    [Fact]
    public void A_reply_to_a_failed_leg_has_the_frozen_bytes_of_form_1() => AssertForm(
        Failed, Failed.Encode(), b => WorkReply.Decode(b),
        "4C435231" + "02000000" + "7231" + "02000000" + "07000000" + "01000000" + "01000000" + "77" + "00000000" + "02000000" + "6E6F");

    [Fact]
    public void An_order_that_came_back_has_the_frozen_bytes_of_form_1()
    {
        AssertForm(Failed with { Reason = null, Return = OrderReturn.WorkerLost }, (Failed with { Return = OrderReturn.WorkerLost }).Encode(), b => WorkReply.Decode(b),
            "4C435231" + "02000000" + "7231" + "02000000" + "07000000" + "01000000" + "01000000" + "77" + "02000000");
        AssertForm(Failed with { Reason = null, Return = OrderReturn.HandedBack }, (Failed with { Return = OrderReturn.HandedBack }).Encode(), b => WorkReply.Decode(b),
            "4C435231" + "02000000" + "7231" + "02000000" + "07000000" + "01000000" + "01000000" + "77" + "03000000");
    }

    [Fact]
    public void An_announcement_has_the_frozen_bytes_of_form_1() => AssertForm(
        Announcement, Announcement.Encode(), b => Announcement.Decode(b),
        "4C434131" + "02000000" + "7231" + "02000000" + "40000000" + string.Concat(Enumerable.Repeat("61", 64)));

    [Theory]
    [InlineData("")]
    [InlineData("Run")]
    [InlineData("a/b")]
    [InlineData("a\n")]
    public void A_foreign_run_identity_is_rejected(string identity) => Assert.Throws<FormatException>(() => new RunId(identity));

    [Fact]
    public void A_reply_that_is_not_the_outcome_of_its_leg_is_told_apart()
    {
        var leg = new Leg(3, Phase.Macro, 5, 2);
        var inFlight = new InFlight(Cohort, FirstNumber: 7, Number: 9, Attempts: 1, Deadline: 0);
        var segment = new Segment(Cohort.Id, leg, [1], [0.5f, 0.5f], [], [new Trust(1, 0)], []);
        var good = Finished with { Result = new LegResult(Cohort with { Leg = 4, Frame = 6 }, segment, new WorkTimes()) };
        Assert.Null(inFlight.Contradiction(good, leg));
        Assert.Null(inFlight.Contradiction(Failed, leg));
        Assert.Contains("expected leg 3", inFlight.Contradiction(Finished, leg));
        Assert.Contains("does not continue", inFlight.Contradiction(good with { Result = good.Result! with { Next = Cohort with { Leg = 5, Frame = 6 } } }, leg));
        Assert.Contains("members", inFlight.Contradiction(good with { Result = good.Result! with { Segment = segment with { Members = [2] } } }, leg));
        Assert.Contains("members", inFlight.Contradiction(good with { Result = good.Result! with { Next = null } }, leg));
        Assert.True(inFlight.IsAnsweredBy(good) && inFlight.IsAnsweredBy(good with { Number = 9 }));
        Assert.False(inFlight.IsAnsweredBy(good with { Number = 6 }));
    }

    private static void AssertForm<T>(T message, ByteWriter writer, Func<byte[], T> decode, string hexadecimal)
    {
        var bytes = writer.ToArray();
        writer.Dispose();
        Assert.Equal(hexadecimal, Convert.ToHexString(bytes));
        Assert.Equivalent(message, decode(bytes), strict: true);
        for (var length = 0; length < bytes.Length; length++)
            Assert.Throws<FormatException>(() => decode(bytes[..length]));
        Assert.Throws<FormatException>(() => decode([.. bytes, 0]));
        var random = new Random(5);
        for (var trial = 0; trial < 3000; trial++)
        {
            var damaged = (byte[])bytes.Clone();
            for (var hits = random.Next(1, 4); hits > 0; hits--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            try
            {
                decode(damaged);
            }
            catch (FormatException)
            {
            }
        }
    }
}
