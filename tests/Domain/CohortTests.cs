using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;

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
    public void Parameters_travel_with_their_members()
    {
        var cohort = Three with { Parameters = [1, 10, 2, 20, 3, 30] };
        Assert.Equal([1.0, 10, 3, 30], cohort.Keep(0, 2).Parameters);
        Assert.Equal([2.0, 20], cohort.Split().ElementAt(1).Parameters);
        var bytes = CohortCodec.Encode(cohort);
        Assert.Equal(CohortCodec.Size(cohort), bytes.Length);
        Assert.Equal("LCC2"u8.ToArray(), bytes[..4]);
        Assert.Equal(CohortCodec.Encode(Three)[4..], bytes[4..^(4 + 6 * 8)]); // form 1, then the parameters
        Assert.Equal(6, BitConverter.ToInt32(bytes, bytes.Length - 6 * 8 - 4));
        Assert.Equal([.. cohort.Parameters.SelectMany(BitConverter.GetBytes)], bytes[^(6 * 8)..]);
        Assert.Equivalent(cohort, CohortCodec.Decode(bytes), strict: true);
        Assert.Contains("parameters", Assert.Throws<FormatException>(() => CohortCodec.Decode(CohortCodec.Encode(Three with { Parameters = [1, 2] }))).Message);
    }

    [Fact]
    public void A_context_is_cut_with_its_members()
    {
        var context = (Three with { Parameters = [1, 10, 2, 20, 3, 30] }).Context(7);
        Assert.Equal((7UL, 160, 3, 2), (context.Seed, context.Frame, context.Count, context.ParameterCount));
        var own = context.Slice(1, 2).At(9);
        Assert.Equal([5, 9], own.Members.ToArray());
        Assert.Equal([3.0, 30], own.ParametersOf(1).ToArray());
        var (here, there) = (context.Random(2, 9, DrawPurpose.Solver, 4), own.Random(1, 9, DrawPurpose.Solver, 4));
        Assert.Equal(here.NextUniform(), there.NextUniform());
        var other = own.Random(1, 9, DrawPurpose.Decoder, 4);
        Assert.NotEqual(here.NextUniform(), other.NextUniform());
        Assert.Throws<ArgumentOutOfRangeException>(() => context.Random(0, 0, DrawPurpose.Solver, 1 << 24));
    }

    [Fact]
    public void States_of_bytes_keep_their_length_and_their_bits()
    {
        ReadOnlyMemory<byte>[] blobs = [Array.Empty<byte>(), new byte[] { 1, 2, 3 }, Enumerable.Range(0, 17).Select(i => (byte)(255 - i)).ToArray()];
        var state = OpaqueState.Pack(blobs);
        var back = CohortCodec.Decode(CohortCodec.Encode(Three with { Fine = state })).Fine;
        for (var m = 0; m < blobs.Length; m++)
            Assert.Equal(blobs[m].ToArray(), OpaqueState.Unpack(back, 3, m).ToArray());
        Assert.Equal(blobs[2].ToArray(), OpaqueState.Unpack((Three with { Fine = state }).Keep(2).Fine, 1, 0).ToArray());
        Assert.Throws<FormatException>(() => OpaqueState.Unpack([1e300, 0], 1, 0));
    }

    [Theory]
    [InlineData("2", 2, 2, 2)]
    [InlineData("1..5", 1, 3, 5)]
    [InlineData("-1e-3..0", -1e-3, -5e-4, 0)]
    public void A_range_of_a_parameter_is_spread_evenly_over_the_members(string text, double first, double middle, double last)
    {
        var values = ParameterValues.Parse(text)!;
        Assert.Equal([first, middle, last], [values.Of(0, 3), values.Of(1, 3), values.Of(2, 3)]);
        Assert.Equal(first, values.Of(0, 1));
        Assert.Equal(values, ParameterValues.Parse(values.Text!));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1,5")]
    [InlineData("1...5")]
    [InlineData("..5")]
    [InlineData("NaN")]
    [InlineData("1e999")]
    public void What_is_no_number_and_no_range_is_no_value(string text) => Assert.Null(ParameterValues.Parse(text));

    [Fact]
    public void A_drawn_parameter_depends_on_seed_and_member_alone()
    {
        var drawn = new Parameter("x0", 0, -1, 1, "place", IsDrawn: true);
        var table = new ParameterTable([new Parameter("a", 4, 0, 9, "a"), drawn], 3);
        Assert.Equal(4, table.Value(0, 17));
        Assert.Equal(table.Of([0, 1, 2])[5], new ParameterTable([new Parameter("a", 4, 0, 9, "a"), drawn], 3).Of([2])[1]);
        double[] values = [.. Enumerable.Range(0, 2000).Select(m => table.Value(1, m))];
        Assert.All(values, v => Assert.InRange(v, -1, 1));
        Assert.Equal(0, values.Average(), 0.05);
        Assert.Equal(1.0 / 3, values.Average(v => v * v), 0.02);
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
