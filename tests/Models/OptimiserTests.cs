using LedCluster.Models.Networks;
using TorchSharp;
using LedCluster.Models.Training;
using static TorchSharp.torch;

namespace LedCluster.Models.Tests;

public class OptimiserTests
{
    private static (double, double[]) Rosenbrock(double[] x) => (
        100 * Math.Pow(x[1] - x[0] * x[0], 2) + Math.Pow(1 - x[0], 2),
        [-400 * x[0] * (x[1] - x[0] * x[0]) - 2 * (1 - x[0]), 200 * (x[1] - x[0] * x[0])]);

    [Fact]
    public void Lbfgs_finds_the_minimum_of_rosenbrocks_valley()
    {
        var minimiser = new LimitedMemoryBfgs(Rosenbrock, memory: 10);
        minimiser.Start([-1.2, 1]);
        while (minimiser.Value > 1e-20 && minimiser.Evaluations < 200)
            Assert.True(minimiser.Step());
        Assert.Equal(1, minimiser.Point[0], 1e-8);
        Assert.InRange(minimiser.Evaluations, 10, 80);
    }

    [Fact]
    public void Lbfgs_says_when_nothing_improves_any_more()
    {
        var minimiser = new LimitedMemoryBfgs(x => (x[0] * x[0], [-1]), memory: 3); // a gradient that lies
        minimiser.Start([0]);
        Assert.False(minimiser.Step());
    }

    [Fact]
    public void Lbfgs_goes_on_from_what_was_saved_with_the_same_bits()
    {
        var (whole, first, second) = (new LimitedMemoryBfgs(Rosenbrock, 5), new LimitedMemoryBfgs(Rosenbrock, 5), new LimitedMemoryBfgs(Rosenbrock, 5));
        whole.Start([-1.2, 1]);
        first.Start([-1.2, 1]);
        for (var i = 0; i < 7; i++)
            first.Step();
        second.Restore(first.Save(), 2);
        for (var i = 0; i < 15; i++)
            whole.Step();
        for (var i = 0; i < 8; i++)
            second.Step();
        Assert.Equal(whole.Point, second.Point);
        Assert.Equal(whole.Evaluations, second.Evaluations);
    }

    /// <summary>The formulas of both papers, written out for one weight and gradient 2w.</summary>
    [Theory]
    [InlineData(false, 1e-8)]
    [InlineData(true, 1e-16)]
    public void Moments_follow_the_published_formulas(bool belief, double ε)
    {
        using var weights = new WeightTensors([new("w", [1, 1], weight => nn.init.constant_(weight, 0.7))], float64, CPU);
        using var optimiser = new AdaptiveMoments([weights], belief, ε);
        double w = 0.7, m = 0, s = 0;
        for (var t = 1; t <= 5; t++)
        {
            weights["w"].square().sum().backward();
            optimiser.Step(0.1);
            var g = 2 * w;
            m = 0.9 * m + 0.1 * g;
            s = 0.999 * s + 0.001 * Math.Pow(belief ? g - m : g, 2) + (belief ? ε : 0);
            w -= 0.1 * (m / (1 - Math.Pow(0.9, t))) / (Math.Sqrt(s / (1 - Math.Pow(0.999, t))) + ε);
            Assert.Equal(w, weights["w"].ToDouble(), 1e-12);
        }
    }
}
