using System.Runtime.Intrinsics;
using LedCluster.Solvers.Steppers;
using LedCluster.Solvers.Systems;

namespace LedCluster.Solvers.Tests;

public class OdeSystemTests
{
    [Fact]
    public void Jacobians_are_the_derivatives_of_the_right_hand_sides()
    {
        Check(new VanDerPol(), VanDerPol.Description);
        Check(new VanDerPolLienard(), VanDerPolLienard.Description);
        Check(new Lorenz(), Lorenz.Description);
        Check(new Hopf(), Hopf.Description);
        Check(new HyperbolicFixedPoint(), HyperbolicFixedPoint.Description);
        Check(new CubicOscillator(), CubicOscillator.Description);
        Check(new ActionPotential(), ActionPotential.Description);
        Check(new NonAutonomous(), null);
    }

    private static unsafe void Check<TSystem>(TSystem system, OdeDescription? description)
        where TSystem : struct, IDifferentiableOdeSystem
    {
        var (n, parameters) = (system.Size, system.ParameterCount);
        if (description is not null)
        {
            Assert.Equal(n, description.Unknowns.Length);
            Assert.Equal(parameters, description.Parameters.Length);
            Assert.All(description.Parameters, p => Assert.InRange(p.Default, p.Minimum, p.Maximum));
        }
        Vector512<double>* y = stackalloc Vector512<double>[n], p = stackalloc Vector512<double>[parameters];
        Vector512<double>* jacobian = stackalloc Vector512<double>[n * n];
        var random = new Random(1);
        for (var i = 0; i < n; i++)
            y[i] = Vector512.Create([.. Enumerable.Range(0, 8).Select(_ => 2 * random.NextDouble() - 1)]);
        for (var i = 0; i < parameters; i++)
            p[i] = Vector512.Create([.. Enumerable.Range(0, 8).Select(_ => 0.5 + random.NextDouble())]);
        var t = Vector512.Create(0.7);
        system.Jacobian(t, new Lanes(y, 1), new Lanes(p, 1), new Lanes(jacobian, 1));
        var differences = CentralDifferences.Jacobian(system, t, y, p);
        for (var j = 0; j < n; j++)
            for (var i = 0; i < n; i++)
                for (var lane = 0; lane < 8; lane++)
                    Assert.Equal(differences[i, j][lane], jacobian[i * n + j][lane], 1e-8);
    }

    private static double[] Solve<TSystem>(TSystem system, double[] y, double[] parameters, double end, params double[] times)
        where TSystem : struct, IDifferentiableOdeSystem
    {
        times = [.. times, end];
        var path = new double[times.Length * y.Length];
        new AdaptiveIntegrator<TSystem>(RungeKutta.Create(system, ExplicitTableaux.DormandPrince), new() { Relative = 1e-12, Absolute = 1e-14 })
            .Advance([.. y], parameters, 0, times, path);
        return path;
    }

    [Fact]
    public void The_hyperbolic_fixed_point_follows_its_closed_solution()
    {
        const double μ = -0.05, λ = -1, b = λ / (λ - 2 * μ), t = 51.2;
        foreach (var (x0, y0) in ((double, double)[])[(0.3, -0.8), (-0.9, 0.5)])
        {
            var path = Solve(new HyperbolicFixedPoint(), [x0, y0], HyperbolicFixedPoint.Description.DefaultParameters(1), t, 3);
            double[] expected = [.. ((double[])[3, t]).SelectMany(
                t => (double[])[x0 * Math.Exp(μ * t), (y0 - b * x0 * x0) * Math.Exp(λ * t) + b * x0 * x0 * Math.Exp(2 * μ * t)])];
            Assert.Equal(0, path.Zip(expected, (u, v) => Math.Abs(u - v)).Max(), 1e-12);
        }
    }

    [Theory]
    [InlineData(0.4)]
    [InlineData(-0.1)]
    public void The_normal_form_of_Hopf_follows_its_closed_solution(double μ)
    {
        const double t = 7.5;
        var path = Solve(new Hopf(), [1.5, 0], [μ], t);
        var r = Math.Sqrt(μ / (1 + (μ / 2.25 - 1) * Math.Exp(-2 * μ * t)));
        Assert.Equal(r * Math.Cos(t), path[0], 1e-11);
        Assert.Equal(-r * Math.Sin(t), path[1], 1e-11);
    }

    /// <summary>x⁴ + y⁴ falls as −4α(x⁶ + y⁶), by Simpson's rule over the trajectory.</summary>
    [Fact]
    public void The_cubic_oscillator_loses_what_its_damping_takes()
    {
        const int intervals = 2000;
        var path = Solve(
            new CubicOscillator(), [0.8, -0.3], CubicOscillator.Description.DefaultParameters(1), 10,
            [.. Enumerable.Range(0, intervals).Select(i => 10.0 * i / intervals)]);
        double Power(int i, int power) => Math.Pow(path[2 * i], power) + Math.Pow(path[2 * i + 1], power);
        var lost = Enumerable.Range(0, intervals + 1).Sum(i => (i is 0 or intervals ? 1 : i % 2 == 1 ? 4 : 2) * 0.4 * Power(i, 6)) * (10.0 / intervals / 3);
        Assert.Equal(Power(0, 4) - lost, Power(intervals, 4), 1e-10);
    }

    /// <summary>ρ = 1/2: all goes to rest; the fixed points of ρ = 20 attract.</summary>
    [Fact]
    public void Lorenz_goes_to_the_fixed_points_that_are_stable()
    {
        Assert.Equal(0, Solve(new Lorenz(), [3, -2, 5], [10, 0.5, 8.0 / 3], 60).Max(Math.Abs), 1e-9);
        var path = Solve(new Lorenz(), [9, 9, 18], [10, 20, 8.0 / 3], 300);
        Assert.Equal(Math.Sqrt(8.0 / 3 * 19), path[0], 1e-8);
        Assert.Equal(19, path[2], 1e-8);
    }

    /// <summary>The limit cycle of μ = 1: period 6.6633 and max|x| 2.0086, in both planes and by the method of the PACS report.</summary>
    [Fact]
    public void Van_der_Pol_has_the_known_limit_cycle()
    {
        double[] times = [.. Enumerable.Range(0, 60_001).Select(i => 60 + 0.001 * i)];
        var path = Solve(new VanDerPolLienard(), [2, 0.5], [1], times[^1], times[..^1]);
        Limits([.. path.Where((_, i) => i % 2 == 0)], 0.001, 6.66329, 2.00862, 1e-5);
        Limits([.. Solve(new VanDerPol(), [2, 0.5], [1], times[^1], times[..^1]).Where((_, i) => i % 2 == 0)], 0.001, 6.66329, 2.00862, 1e-5);

        double[] state = [2, 0.5], frames = new double[2 * 2000];
        new Integrator<VanDerPolLienard>(RungeKutta.Create(new VanDerPolLienard(), ImplicitTableaux.Theta(0.5))).Advance(
            state, [1], new(0, 0.1), 2000, 1, frames);
        Limits([.. frames.Where((_, i) => i % 2 == 0 && i >= 1200)], 0.1, 6.6633, 2.0086, 0.025); // dt = 0.1, of order 2
    }

    private static void Limits(double[] x, double dt, double period, double largest, double tolerance)
    {
        var crossings = Enumerable.Range(1, x.Length - 1).Where(i => x[i - 1] < 0 && x[i] >= 0).Select(i => dt * (i - x[i] / (x[i] - x[i - 1]))).ToArray();
        Assert.True(crossings.Length >= 3);
        Assert.Equal(period, (crossings[^1] - crossings[0]) / (crossings.Length - 1), tolerance);
        Assert.Equal(largest, x.Max(Math.Abs), tolerance);
    }

    /// <summary>y in Liénard's plane is x − x³/3 − x'/μ.</summary>
    [Fact]
    public void Both_forms_of_Van_der_Pol_have_the_same_positions()
    {
        var plane = Solve(new VanDerPol(), [1.2, -0.7], [3], 11);
        var lienard = Solve(new VanDerPolLienard(), [1.2, 1.2 - 1.728 / 3 + 0.7 / 3], [3], 11);
        Assert.Equal(plane[0], lienard[0], 1e-9);
        Assert.Equal(plane[0] - plane[0] * plane[0] * plane[0] / 3 - plane[1] / 3, lienard[1], 1e-9);
    }
}
