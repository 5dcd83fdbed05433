using LedCluster.Report.Plots;

namespace LedCluster.Report.Tests;

public sealed class TickTests
{
    [Fact]
    public void Linear_ticks_lie_inside_are_evenly_spaced_round_and_distinct()
    {
        var random = new Random(1);
        for (var trial = 0; trial < 2000; trial++)
        {
            var low = (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-8, 9));
            var high = low + random.NextDouble() * Math.Pow(10, random.Next(-8, 9)) + 1e-6 * Math.Abs(low) + 1e-12;
            var count = random.Next(3, 12);
            var ticks = TickSet.Linear(low, high, count).Major;

            Assert.InRange(ticks.Count, count / 3, 2 * count + 1);
            Assert.Equal(ticks.Count, ticks.Select(t => t.Label).Distinct().Count());
            Assert.All(ticks, t => Assert.InRange(t.Value, low - 1e-6 * (high - low), high + 1e-6 * (high - low)));
            for (var i = 2; i < ticks.Count; i++)
                Assert.Equal(ticks[1].Value - ticks[0].Value, ticks[i].Value - ticks[i - 1].Value, (high - low) * 1e-6);
        }
    }

    [Theory]
    [InlineData(0, 100, 5, "0,20,40,60,80,100")]
    [InlineData(-1, 1, 4, "−1.0,−0.5,0.0,0.5,1.0")]
    [InlineData(0, 0.004, 4, "0,1,2,3,4")]
    public void Linear_labels(double low, double high, int count, string labels) =>
        Assert.Equal(labels, string.Join(',', TickSet.Linear(low, high, count).Major.Select(t => t.Label)));

    [Fact]
    public void Small_values_share_a_power_of_ten() => Assert.Equal(-3, TickSet.Linear(0, 0.004, 4).Exponent);

    [Fact]
    public void Logarithmic_ticks_are_decades()
    {
        var ticks = TickSet.Logarithmic(2e-5, 3, 6);
        Assert.Equal(["10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "10⁰"], ticks.Major.Select(t => t.Label));
        Assert.Contains(ticks.Minor, m => Math.Abs(m - 5e-4) < 1e-9);
        Assert.All(ticks.Minor, m => Assert.InRange(m, 2e-5 * 0.999, 3 * 1.001));
    }

    [Theory]
    [InlineData(0.2, 0.9)]
    [InlineData(3.1, 3.3)]
    [InlineData(1e-200, 1e200)]
    public void Any_logarithmic_range_has_two_ticks(double low, double high) =>
        Assert.InRange(TickSet.Logarithmic(low, high, 5).Major.Count, 2, 11);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(double.NaN, 1)]
    public void An_empty_range_is_refused(double low, double high) => Assert.Throws<ArgumentException>(() => TickSet.Linear(low, high, 5));
}
