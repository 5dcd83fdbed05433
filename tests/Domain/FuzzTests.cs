using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Tests;

namespace LedCluster.Domain.Tests;

/// <summary>What is decoded from damaged bytes is exactly what they say, or nothing is.</summary>
public sealed class FuzzTests
{
    [Fact]
    public void A_cohort_is_read_as_it_was_written_or_refused() => new Fuzz(
        CohortCodec.Encode(new Cohort(
            new CohortId(4), [4, 5, 9], 2, 160, 2, [1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16], [.1f, .2f, .3f], [1, 1, 2, 2, 3, 3], [])),
        CohortCodec.Encode(new Cohort(new CohortId(1), [1, 2], 3, 4, 1, [0.5f, -1f], [], [], [2.0, 0.25])),
        CohortCodec.Encode(Cohort.Start([7], [1.0, 2.0])),
        CohortCodec.Encode(Cohort.Start([7, 8], [1.0, 2.0], [0.5, 1, 1.5, 2])))
        .Try<FormatException>(bytes => Assert.Equal(bytes, CohortCodec.Encode(CohortCodec.Decode(bytes))));

    [Fact]
    public void A_segment_is_read_as_it_was_written_or_refused() => new Fuzz(
        SegmentCodec.Encode(new Segment(
            new CohortId(4), new Leg(3, Phase.Macro, 10, 2), [4, 9], [1, 2, 3, 4], [5, 6, 7, 8], [new Trust(0.5f, 0), new Trust(float.NaN, 1)],
            [new MemberFailure(5, 3, "u = ∞")])),
        SegmentCodec.Encode(new Segment(
            new CohortId(0), new Leg(0, Phase.Warmup, 0, 1), [], [], [], [], [new MemberFailure(0, 0, "lost"), new MemberFailure(1, 0, "")])),
        SegmentCodec.Encode(new Segment(
            new CohortId(0), new Leg(0, Phase.Warmup, 0, 1), [3], [1], [], [new Trust(0, 0)],
            []) { SeriesNames = ["mass", "drag"], Series = [1, 2] }),
        SegmentCodec.Encode(new Segment(
            new CohortId(0), new Leg(0, Phase.Warmup, 0, 1), [3], [1], [], [new Trust(0, 0)],
            []) { SeriesNames = ["mass"], Series = [1], WideFields = [0.5, 1] }))
        .Try<FormatException>(bytes => Assert.Equal(bytes, SegmentCodec.Encode(SegmentCodec.Decode(bytes))));
}
