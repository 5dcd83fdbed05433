using LedCluster.Domain.Workers;

namespace LedCluster.Solvers.Tests;

public sealed class BoxedOdeTests
{
    /// <summary>x = x₀e^(μt), y = (y₀ − bx₀²)e^(λt) + bx₀²e^(2μt), b = λ/(λ − 2μ), for x' = μx, y' = λ(y − x²).</summary>
    [Fact]
    public void The_hyperbolic_system_follows_its_closed_solution()
    {
        var system = SystemCatalog.All["hyperbolic-fixed-point"];
        var (frames, fields) = (1000, new double[4]);
        system.Random(1, 0, [], fields.AsSpan(0, 2));
        system.Random(1, 1, [], fields.AsSpan(2, 2));
        var worst = 0.0;
        MicroSimulation.Run(system.Solver, [.. fields], frames, StepContext.Of(2), (first, piece) =>
        {
            for (var i = 0; i < piece.Length / 2; i++)
            {
                var (t, x, y) = ((first + i / 2) * 0.01, fields[2 * (i % 2)], fields[2 * (i % 2) + 1]);
                var (b, exact) = (-1 / (-1 + 0.1), x * Math.Exp(-0.05 * t));
                var other = (y - b * x * x) * Math.Exp(-t) + b * x * x * Math.Exp(-0.1 * t);
                worst = Math.Max(worst, Math.Max(Math.Abs(piece[2 * i] - exact), Math.Abs(piece[2 * i + 1] - other)));
            }
        });
        Assert.InRange(worst, 0, 1e-10); // RK4 at h = 0.01: h⁴/120 of e^(−t)
    }

    [Fact]
    public void The_distance_from_the_bifurcation_is_kept_and_sets_the_radius()
    {
        var system = SystemCatalog.All["hopf"];
        double[] last = [];
        MicroSimulation.Run(system.Solver, [0.25, 0.1, 0], 6000, StepContext.Of(1), (_, piece) => last = piece[^3..]);
        Assert.Equal(0.25, last[0]);
        Assert.Equal(0.5, Math.Sqrt(last[1] * last[1] + last[2] * last[2]), 1e-9);
    }
}
