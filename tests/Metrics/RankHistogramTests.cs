namespace LedCluster.Metrics.Tests;

public class RankHistogramTests
{
    [Theory]
    [InlineData(1, 2)]
    [InlineData(4, 5)]
    [InlineData(11, 12)]
    [InlineData(19, 20)]
    [InlineData(20, 10)] // 21 ranks: nine classes of two and one of three
    [InlineData(499, 10)]
    public void Uniform_ranks_have_what_is_expected_in_every_class(int members, int classes)
    {
        var histogram = new RankHistogram(members);
        double[] ensemble = [.. Enumerable.Range(0, members).Select(i => (double)i)];
        for (var rank = 0; rank <= members; rank++)
            histogram.Add(ensemble, rank - 0.5);
        Assert.Equal(classes, histogram.Shares.Length);
        Assert.Equal(1, histogram.Shares.Sum(), 12);
        Assert.All(histogram.Shares.Zip(histogram.Expected), class_ => Assert.Equal(class_.Second, class_.First, 12));
    }

    [Fact]
    public void Ranks_of_few_members_leave_no_class_empty_that_could_be_filled()
    {
        var histogram = new RankHistogram(4);
        foreach (var observed in (double[])[-1, 0.5, 0.5, 9])
            histogram.Add([0, 1, 2, 3], observed);
        Assert.Equal([0.25, 0.5, 0, 0, 0.25], histogram.Shares);
        Assert.Equal([0.2, 0.2, 0.2, 0.2, 0.2], histogram.Expected);
    }

    [Fact]
    public void An_observation_that_equals_members_counts_on_every_rank_that_it_may_have()
    {
        var histogram = new RankHistogram(4);
        histogram.Add([1, 7, 3, 3], 3);
        Assert.Equal([0, 1 / 3.0, 1 / 3.0, 1 / 3.0, 0], histogram.Shares);
        var equal = new RankHistogram(4);
        equal.Add([2, 2, 2, 2], 2);
        Assert.Equal(equal.Expected, equal.Shares);
    }

    [Fact]
    public void Calibrated_ensembles_have_spread_skill_one_and_flat_ranks()
    {
        var random = new LedCluster.Domain.Randomness.Philox(5, 0, 0, 0);
        const int cases = 20_000, members = 9;
        var (variances, errors, ranks) = (new double[cases], new double[cases], new RankHistogram(members));
        for (var i = 0; i < cases; i++)
        {
            var ensemble = Enumerable.Range(0, members).Select(_ => random.NextNormal()).ToArray();
            var (observed, mean) = (random.NextNormal(), ensemble.Average());
            variances[i] = ensemble.Sum(x => (x - mean) * (x - mean)) / (members - 1);
            errors[i] = mean - observed;
            ranks.Add(ensemble, observed);
        }
        Assert.InRange(EnsembleScores.SpreadSkill(variances, errors, members), 0.98, 1.02);
        Assert.All(ranks.Shares, share => Assert.InRange(share, 0.09, 0.11));
    }
}
