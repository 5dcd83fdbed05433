using LedCluster.Domain.Randomness;
using LedCluster.Models.Propagators.CoarsePde;
using LedCluster.Models.Training;

namespace LedCluster.Models.Tests;

public class GaussianProcessTests
{
    /// <summary>Rates y = u_xx + u − u³ − v of independent u, u_x, u_xx, v, which the slope has no part in.</summary>
    private static (double[] X, double[] Y) Rates(int n)
    {
        var random = new Philox(5, 0, 0, 0);
        var x = Enumerable.Range(0, 4 * n).Select(_ => random.NextUniform(-1.7, 1.7)).ToArray();
        return (x, [.. x.Chunk(4).Select(f => f[2] + f[0] - f[0] * f[0] * f[0] - f[3])]);
    }

    [Fact]
    public void The_gradient_of_the_likelihood_is_that_of_its_differences()
    {
        var (x, y) = Rates(30);
        var fit = new GaussianProcessFit(x, y);
        double[] at = [0.3, 1, 0.5, 0.8, 1.2, -2];
        var gradient = fit.Loss(at).Gradient;
        for (var k = 0; k < at.Length; k++)
        {
            double Shifted(double by) => fit.Loss([.. at.Select((value, i) => i == k ? value + by : value)]).Value;
            Assert.Equal((Shifted(1e-4) - Shifted(-1e-4)) / 2e-4, gradient[k], 1e-6);
        }
    }

    [Fact]
    public void Relevance_is_found_and_targets_are_returned_with_a_variance_below_the_priors()
    {
        var (x, y) = Rates(120);
        var fit = new GaussianProcessFit(x, y);
        var logs = fit.Maximise();
        var lengths = GaussianProcessFit.Lengths(logs);
        Assert.True(lengths[1] > 30 * Math.Max(lengths[2], Math.Max(lengths[0], lengths[3])), $"lengths {string.Join(", ", lengths)}");

        logs[^1] = -20; // no noise but the least: the targets are met
        var signal = GaussianProcessFit.Signal(logs);
        float[] points = [.. x.Select((value, i) => (float)(value / lengths[i % 4]))]; // weights are large, so that they belong to the points as they are kept
        var weights = new GaussianProcessFit(Array.ConvertAll(points, p => (double)p), y).Weights([0, 0, 0, 0, .. logs[4..]]);
        var process = new GaussianProcessPoints(lengths, points, [.. weights.Select(w => w * signal * signal)]);
        var values = new double[y.Length];
        process.Evaluate(x, values);
        for (var i = 0; i < y.Length; i++)
            Assert.Equal(y[i], values[i], 5e-3);
        var (elsewhere, truth) = Rates(140);
        process.Evaluate(elsewhere.AsSpan(4 * 120), values.AsSpan(0, 20));
        for (var i = 0; i < 20; i++)
            Assert.Equal(truth[120 + i], values[i], 0.2);

        Assert.All(fit.Variances(logs, elsewhere), variance => Assert.InRange(variance, -1e-6 * signal * signal, signal * signal));
        Assert.All(fit.Variances(logs, x), variance => Assert.InRange(variance, -1e-6 * signal * signal, 1e-4));
        Assert.Equal(signal * signal, fit.Variances(logs, [1e6, 0, 1e6, 1e6])[0], 1e-6 * signal * signal); // far away nothing is known
    }

    [Fact]
    public void A_process_is_the_sum_over_its_points()
    {
        var random = new Philox(6, 0, 0, 0);
        double[] lengths = [0.7, 2];
        var (points, weights, at) = (
            Enumerable.Range(0, 2 * 21).Select(_ => (float)random.NextUniform(-1, 1)).ToArray(),
            Enumerable.Range(0, 21).Select(_ => random.NextUniform(-1, 1)).ToArray(), new[] { 0.3, -0.4 });
        var value = new double[1];
        new GaussianProcessPoints(lengths, points, weights).Evaluate(at, value);
        Assert.Equal(Enumerable.Range(0, 21).Sum(i =>
            weights[i] * Math.Exp(-0.5 * (Math.Pow(0.3 / 0.7 - points[2 * i], 2) + Math.Pow(-0.2 - points[2 * i + 1], 2)))), value[0], 1e-13);
    }
}
