using LedCluster.Domain.Cohorts;

namespace LedCluster.Domain.Tests;

public class CohortTests
{
    private static readonly Cohort Three = new(
        new CohortId(4), [4, 5, 9], Leg: 2, Frame: 160, Pending: 2,
        Latents: [1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16], Memory: [.1f, .2f, .3f], Fields: [1, 1, 2, 2, 3, 3], Fine: []);

    [Fact]
    public void Keep_takes_the_rows_of_every_block()
    {
        var kept = Three.Keep(0, 2);
        Assert.Equal([4, 9], kept.Members);
        Assert.Equal([1, 2, 5, 6, 11, 12, 15, 16], kept.Latents);
        Assert.Equal([.1f, .3f], kept.Memory);
        Assert.Equal([1.0, 1, 3, 3], kept.Fields);
        Assert.Empty(kept.Fine);
    }

    [Fact]
    public void Split_gives_every_member_a_cohort_of_its_own()
    {
        var singles = Three.Split().ToArray();
        Assert.Equal([4, 5, 9], singles.Select(c => c.Id.Value));
        Assert.Equal([3f, 4, 13, 14], singles[1].Latents);
    }

    [Fact]
    public void Codec_round_trips()
    {
        var back = CohortCodec.Decode(CohortCodec.Encode(Three));
        Assert.Equivalent(Three, back, strict: true);
    }

    [Fact]
    public void Codec_writes_the_frozen_bytes_of_form_1()
    {
        var cohort = new Cohort(new CohortId(1), [1, 2], 3, 4, 1, [0.5f, -1f], [], [], [2.0, 0.25]);
        Assert.Equal(
            "4C434331" + "01000000" + "03000000" + "04000000" + "01000000" + "02000000" + "01000000" + "02000000"
            + "02000000" + "0000003F" + "000080BF" + "00000000" + "00000000"
            + "02000000" + "0000000000000040" + "000000000000D03F",
            Convert.ToHexString(CohortCodec.Encode(cohort)));
    }

    [Fact]
    public void Codec_rejects_every_truncation()
    {
        var bytes = CohortCodec.Encode(Three);
        for (var length = 0; length < bytes.Length; length++)
            Assert.Throws<FormatException>(() => CohortCodec.Decode(bytes.AsSpan(0, length)));
        Assert.Throws<FormatException>(() => CohortCodec.Decode([.. bytes, 0]));
    }

    [Fact]
    public void Codec_never_allocates_more_than_the_bytes_can_hold()
    {
        var bytes = CohortCodec.Encode(Three);
        BitConverter.GetBytes(int.MaxValue).CopyTo(bytes, 20); // the number of members
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<FormatException>(() => CohortCodec.Decode(bytes));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }
}
