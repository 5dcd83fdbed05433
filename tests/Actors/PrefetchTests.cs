using LedCluster.Actors.RabbitMq;

namespace LedCluster.Actors.Tests;

/// <summary>How many orders a worker holds.</summary>
public class PrefetchTests
{
    [Theory]
    [InlineData(10, 1_000, 2)] // long legs: the one at work and the next
    [InlineData(0.01, 1_000, 10)] // a tenth of a second of work
    [InlineData(1e-6, 1_000, 64)] // short legs: at most 64
    [InlineData(1e-6, 16 << 20, 4)] // short legs of large cohorts: at most 64 MiB
    [InlineData(1e-6, 100 << 20, 2)]
    [InlineData(0, 0, 64)]
    public void A_worker_holds_a_tenth_of_a_second_of_work_within_bounds(double seconds, double bytes, int expected)
    {
        var prefetch = new Prefetch(workers: 3, least: 2);
        Assert.Equal(3 * 2, prefetch.Now);
        for (var order = 0; order < 200; order++)
            prefetch.Learn(seconds, bytes);
        Assert.Equal(3 * expected, prefetch.Now);
    }

    [Fact]
    public void It_shrinks_at_once_and_grows_again_with_short_legs()
    {
        var prefetch = new Prefetch(workers: 1, least: 2);
        Assert.True(prefetch.Learn(1e-3, 1000));
        prefetch.Shrink();
        Assert.Equal(2, prefetch.Now);
        Assert.False(prefetch.Learn(1e-3, 1000));
        for (var order = 0; order < 100; order++)
            prefetch.Learn(1e-3, 1000);
        Assert.Equal(64, prefetch.Now);
    }

    [Fact]
    public void It_follows_the_length_of_legs_in_steps_of_two_at_least()
    {
        var prefetch = new Prefetch(workers: 1, least: 2);
        List<int> steps = [prefetch.Now];
        foreach (var seconds in Enumerable.Repeat(1e-3, 100).Concat(Enumerable.Repeat(1.0, 100)))
            if (prefetch.Learn(seconds, 1000))
                steps.Add(prefetch.Now);
        Assert.Equal((2, 64, 2), (steps[0], steps.Max(), steps[^1]));
        Assert.All(steps.Zip(steps.Skip(1)), pair => Assert.True(Math.Max(pair.First, pair.Second) >= 2 * Math.Min(pair.First, pair.Second)));
    }
}
