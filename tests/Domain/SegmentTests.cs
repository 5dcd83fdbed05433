using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;

namespace LedCluster.Domain.Tests;

public class SegmentTests
{
    private static readonly Segment Two = new(
        new CohortId(4), new Leg(3, Phase.Macro, 10, 2), [4, 9], [1, 2, 3, 4], [5, 6, 7, 8], [new Trust(0.5f, 0), new Trust(float.NaN, 1)],
        [new MemberFailure(5, 3, "u = ∞")]);

    [Fact]
    public void Codec_round_trips() => Assert.Equivalent(Two, SegmentCodec.Decode(SegmentCodec.Encode(Two)), strict: true);

    [Fact]
    public void Codec_writes_the_frozen_bytes_of_form_1() => Assert.Equal(
        "4C435331" + "04000000" + "03000000" + "01000000" + "0A000000" + "02000000"
        + "02000000" + "04000000" + "09000000"
        + "04000000" + "0000803F" + "00000040" + "00004040" + "00008040"
        + "04000000" + "0000A040" + "0000C040" + "0000E040" + "00000041"
        + "04000000" + "0000003F" + "00000000" + "0000C0FF" + "0000803F"
        + "01000000" + "05000000" + "03000000" + "07000000" + "75203D20E2889E",
        Convert.ToHexString(SegmentCodec.Encode(Two)));

    [Fact]
    public void Further_series_make_form_2()
    {
        var three = Two with { SeriesNames = ["mass", "E"], Series = [1, 2, 3, 4, 5, 6, 7, 8] };
        var bytes = SegmentCodec.Encode(three);
        Assert.Equivalent(three, SegmentCodec.Decode(bytes), strict: true);
        Assert.Equal(
            "4C435332" + Convert.ToHexString(SegmentCodec.Encode(Two))[8..] + "02000000" + "04000000" + "6D617373" + "01000000" + "45"
            + "08000000" + "0000803F" + "00000040" + "00004040" + "00008040" + "0000A040" + "0000C040" + "0000E040" + "00000041", Convert.ToHexString(bytes));
        Assert.Contains("series", Assert.Throws<FormatException>(() => SegmentCodec.Decode(SegmentCodec.Encode(three with { Series = [1, 2, 3] }))).Message);
        for (var length = 0; length < bytes.Length; length++)
            Assert.Throws<FormatException>(() => SegmentCodec.Decode(bytes.AsSpan(0, length)));
    }

    [Fact]
    public void Fields_in_float64_make_form_3()
    {
        var wide = Two with { Fields = [], WideFields = [0.1, 2, 3, 4] };
        var bytes = SegmentCodec.Encode(wide);
        Assert.Equivalent(wide, SegmentCodec.Decode(bytes), strict: true);
        Assert.Equal(
            "4C435333" + Convert.ToHexString(SegmentCodec.Encode(Two with { Fields = [] }))[8..] + "00000000" + "00000000"
            + "04000000" + "9A9999999999B93F" + "0000000000000040" + "0000000000000840" + "0000000000001040", Convert.ToHexString(bytes));
        var both = wide with { SeriesNames = ["mass"], Series = [1, 2, 3, 4] };
        Assert.Equivalent(both, SegmentCodec.Decode(SegmentCodec.Encode(both)), strict: true);
        Assert.Contains("the former alone", Assert.Throws<FormatException>(
            () => SegmentCodec.Decode(SegmentCodec.Encode(wide with { Fields = [1, 2, 3, 4] }))).Message);
        Assert.Contains("not a multiple", Assert.Throws<FormatException>(
            () => SegmentCodec.Decode(SegmentCodec.Encode(wide with { WideFields = [1, 2, 3] }))).Message);
        for (var length = 0; length < bytes.Length; length++)
            Assert.Throws<FormatException>(() => SegmentCodec.Decode(bytes.AsSpan(0, length)));
    }

    [Fact]
    public void Codec_rejects_every_truncation_and_every_surplus()
    {
        var bytes = SegmentCodec.Encode(Two);
        for (var length = 0; length < bytes.Length; length++)
            Assert.Throws<FormatException>(() => SegmentCodec.Decode(bytes.AsSpan(0, length)));
        Assert.Throws<FormatException>(() => SegmentCodec.Decode([.. bytes, 0]));
    }

    [Fact]
    public void A_reason_is_cut_to_its_limit()
    {
        var wordy = Two with { Failures = [new MemberFailure(5, 3, new string('∞', 10_000))] };
        var reason = Assert.Single(SegmentCodec.Decode(SegmentCodec.Encode(wordy)).Failures).Reason;
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(reason), SegmentCodec.LongestReason - 3, SegmentCodec.LongestReason);
    }
}
