using LedCluster.Domain.Randomness;

namespace LedCluster.Metrics.Tests;

public class CloudDistanceTests
{
    private static double[] Uniform(int n, ulong seed, double shift = 0)
    {
        var random = new Philox(seed, 0, 0, 0);
        return [.. Enumerable.Range(0, 3 * n).Select(i => random.NextUniform(-0.5, 0.5) + (i < n ? shift : 0))];
    }

    private static CloudDistance Between(double[] truth, double[] forecast, int channels) =>
        CloudDistance.Between(truth, forecast, CloudDistance.Ranges([truth], channels));

    [Fact]
    public void Bins_are_those_of_the_published_code()
    {
        Assert.Equal(5, CloudDistance.Bins(1000));
        Assert.Equal(4, CloudDistance.Bins(400));
        Assert.Equal(2, CloudDistance.Bins(1));
    }

    /// <summary>Simpson's rule is exact for cubics; with an even number of points the mean of two trapezoid ends is that for straight lines.</summary>
    [Fact]
    public void Simpson_weights_integrate_what_they_should()
    {
        foreach (var n in (int[])[3, 5, 7])
            Assert.Equal(Math.Pow(n - 1, 4) / 4, CloudDistance.SimpsonWeights(n).Select((w, i) => w * i * i * i).Sum(), 1e-10);
        foreach (var n in (int[])[2, 4, 6])
            Assert.Equal((n - 1) * (n - 1) / 2.0, CloudDistance.SimpsonWeights(n).Select((w, i) => w * i).Sum(), 1e-12);
        double[] four = [5.0 / 12, 13.0 / 12, 13.0 / 12, 5.0 / 12];
        Assert.All(CloudDistance.SimpsonWeights(4).Zip(four), pair => Assert.Equal(pair.Second, pair.First, 1e-12));
    }

    [Fact]
    public void A_sample_is_at_distance_nothing_from_itself_in_another_order()
    {
        var points = Uniform(1000, 1);
        double[] reversed = [.. Enumerable.Range(0, 3).SelectMany(c => points.Skip(1000 * c).Take(1000).Reverse())];
        var distance = Between(points, reversed, 3);
        Assert.Equal((0, 0, 0), (Math.Round(distance.Histogram, 12), Math.Round(distance.Simpson, 12), Math.Round(distance.Wasserstein, 12)));
        Assert.Equal(0, Between(points, points, 3).Energy);
    }

    [Fact]
    public void What_is_far_away_is_at_the_largest_histogram_distance_and_a_shift_at_its_length()
    {
        var points = Uniform(1000, 1);
        Assert.Equal(2, Between(points, Uniform(1000, 1, shift: 5), 3).Histogram, 1e-12);
        Assert.Equal(0.3 / 3, Between(points, Uniform(1000, 1, shift: 0.3), 3).Wasserstein, 1e-12);
    }

    /// <summary>Of two points at distance d, the square of the energy distance is 2d; of normal samples it is 2E|X − Y| − 2E|X − X′|.</summary>
    [Fact]
    public void Energy_distance_is_that_of_the_formula()
    {
        Assert.Equal(Math.Sqrt(2 * 5), Between([0, 0], [3, 4], 2).Energy, 1e-12);
        var random = new Philox(2, 0, 0, 0);
        double[] a = [.. Enumerable.Range(0, 256).Select(_ => random.NextNormal())], b = [.. Enumerable.Range(0, 256).Select(_ => 2 + random.NextNormal())];
        var between = 2 / Math.Sqrt(Math.PI) * Math.Exp(-1) + 2 * (1 - 2 * 0.0786496); // E|N(2, 2)| = 2/√π e^−1 + 2 erf(1)
        Assert.Equal(2 * between - 4 / Math.Sqrt(Math.PI), Math.Pow(Between(a, b, 1).Energy, 2), 0.4);
        foreach (var (n, k) in ((int, int)[])[(3, 9), (8, 6), (11, 13)]) // with whole vectors and with a rest
        {
            double[] x = [.. Enumerable.Range(0, 2 * n).Select(_ => random.NextNormal())],
                y = [.. Enumerable.Range(0, 2 * k).Select(_ => 1 + random.NextNormal())];
            var pairs = 2 * Distances(x, y) / (n * k) - Distances(x, x) / (n * (n - 1)) - Distances(y, y) / (k * (k - 1));
            Assert.Equal(Math.Sqrt(Math.Max(0, pairs)), Between(x, y, 2).Energy, 1e-12);
        }

        static double Distances(double[] x, double[] y) =>
            Enumerable.Range(0, x.Length / 2).Sum(
                i => Enumerable.Range(0, y.Length / 2).Sum(j => double.Hypot(x[i] - y[j], x[i + x.Length / 2] - y[j + y.Length / 2])));
    }
}
