namespace LedCluster.Metrics.Tests;

public class OscillationPeriodTests
{
    [Fact]
    public void The_period_is_the_mean_distance_of_upward_zeros()
    {
        const double period = 12.3;
        double[] path = [.. Enumerable.Range(0, 100).SelectMany(f => (double[])[-1, Math.Sin(2 * Math.PI * (f - 3) / period)])];
        Assert.Equal(period, OscillationPeriod.Of(path, size: 2, place: 1), 0.01);
        Assert.True(double.IsNaN(OscillationPeriod.Of(path, size: 2, place: 0)));
        Assert.True(double.IsNaN(OscillationPeriod.Of(path.AsSpan(0, 2 * 14), size: 2, place: 1)), "one zero is no period");
    }
}
