using LedCluster.Solvers.Steppers;
using LedCluster.Solvers.Systems;

namespace LedCluster.Solvers.Tests;

public class AdaptiveIntegratorTests
{
    private const double End = 20;

    private static AdaptiveIntegrator<TSystem> DormandPrince<TSystem>(double tolerance)
        where TSystem : struct, IOdeSystem =>
        new(new ExplicitRungeKutta<TSystem>(default, ExplicitTableaux.DormandPrince), new() { Relative = tolerance, Absolute = tolerance });

    /// <summary>The largest error at 50 times, most of them within steps.</summary>
    private static double Error<TSystem>(Func<double, double[]> exact, double tolerance)
        where TSystem : struct, IOdeSystem
    {
        double[] y = exact(0), times = [.. Enumerable.Range(1, 50).Select(i => End * i / 50)];
        var (n, path, counts) = (y.Length, new double[times.Length * y.Length], new StepCount[1]);
        DormandPrince<TSystem>(tolerance).Advance(y, [], 0, times, path, counts);
        Assert.Equal(StepFailure.None, counts[0].Failure);
        Assert.Equal(path[^n..], y);
        return times.Select((t, i) => exact(t).Select((value, j) => Math.Abs(value - path[i * n + j])).Max()).Max();
    }

    /// <summary>The slope of log error over log tolerance over four decades is 1 for each problem of DETEST.</summary>
    [Theory]
    [InlineData("A2")]
    [InlineData("A3")]
    [InlineData("A4")]
    [InlineData("D1")]
    [InlineData("D3")]
    [InlineData("D5")]
    [InlineData("E1")]
    public void The_error_is_proportional_to_the_tolerance(string problem)
    {
        Func<double, double> error = problem switch
        {
            "A2" => tolerance => Error<DetestA2>(t => [1 / Math.Sqrt(t + 1)], tolerance),
            "A3" => tolerance => Error<DetestA3>(t => [Math.Exp(Math.Sin(t))], tolerance),
            "A4" => tolerance => Error<DetestA4>(t => [20 / (1 + 19 * Math.Exp(-t / 4))], tolerance),
            "D1" => tolerance => Error<DetestOrbit>(t => DetestOrbit.Exact(0.1, t), tolerance),
            "D3" => tolerance => Error<DetestOrbit>(t => DetestOrbit.Exact(0.5, t), tolerance),
            "D5" => tolerance => Error<DetestOrbit>(t => DetestOrbit.Exact(0.9, t), tolerance),
            _ => tolerance => Error<DetestE1>(DetestE1.Exact, tolerance),
        };
        double[] x = [.. Enumerable.Range(7, 5).Select(k => -(double)k)], y = [.. x.Select(k => Math.Log10(error(Math.Pow(10, k))))];
        var slope = x.Zip(y, (a, b) => (a - x.Average()) * (b - y.Average())).Sum() / x.Sum(a => (a - x.Average()) * (a - x.Average()));
        Assert.Equal(1, slope, 0.12);
    }

    /// <summary>The error of one step at its middle and at its end.</summary>
    [Fact]
    public void Dense_output_has_order_4_within_a_step_and_5_at_its_end()
    {
        double[] Errors(double h)
        {
            double[] y = NonAutonomous.Exact(0), path = new double[6];
            var control = new StepControl { Relative = 0.9, Absolute = 1e6 };
            new AdaptiveIntegrator<NonAutonomous>(new ExplicitRungeKutta<NonAutonomous>(default, ExplicitTableaux.DormandPrince), control)
                .Advance(y, [1], 0, [0.55 * h, h], path, default, new[] { h });
            return [.. ((double[])[0.55 * h, h]).Select((t, i) => NonAutonomous.Exact(t).Select((value, j) => Math.Abs(value - path[3 * i + j])).Max())];
        }
        var (coarse, fine) = (Errors(0.1), Errors(0.05));
        Assert.Equal(5, Math.Log2(coarse[0] / fine[0]), 0.2); // a local error, O(h^(p+1))
        Assert.Equal(6, Math.Log2(coarse[1] / fine[1]), 0.2);
    }

    /// <summary>Σ_i b_i(θ) c_i^(k−1) = θ^k/k for k ≤ 4 at every θ, and the plain weights at θ = 1.</summary>
    [Fact]
    public void Dense_weights_fulfil_the_conditions_of_order_4()
    {
        var tableau = ExplicitTableaux.DormandPrince;
        double Weight(int i, double θ) => tableau.Dense[i].Select((d, power) => d * Math.Pow(θ, power + 1)).Sum();
        for (var θ = 0.05; θ < 1; θ += 0.05)
            for (var k = 1; k <= 4; k++)
                Assert.Equal(Math.Pow(θ, k) / k, Enumerable.Range(0, 7).Sum(i => Weight(i, θ) * Math.Pow(tableau.C[i], k - 1)), 1e-13);
        for (var i = 0; i < 7; i++)
            Assert.Equal(tableau.B[i], Weight(i, 1), 1e-13);
    }

    /// <summary>The cubic that tableaux without dense output use has order 3.</summary>
    [Fact]
    public void Without_dense_output_a_cubic_has_order_3_within_a_step()
    {
        double Error(double h)
        {
            double[] y = NonAutonomous.Exact(0), path = new double[6];
            new AdaptiveIntegrator<NonAutonomous>(RungeKutta.Create(new NonAutonomous(), ImplicitTableaux.Sdirk4), new() { Relative = 0.9, Absolute = 1e6 })
                .Advance(y, [1], 0, [0.55 * h, h], path, default, new[] { h });
            return NonAutonomous.Exact(0.55 * h).Select((value, j) => Math.Abs(value - path[j])).Max();
        }
        Assert.Equal(4, Math.Log2(Error(0.02) / Error(0.01)), 0.2);
    }

    [Fact]
    public void A_members_bits_do_not_depend_on_its_company()
    {
        const int members = 70;
        double[] unknowns = [.. Enumerable.Range(0, members).SelectMany(m => (double[])[2 * Math.Cos(m), 2 * Math.Sin(1.7 * m)])];
        double[] parameters = [.. Enumerable.Range(0, members).Select(m => 0.5 + 0.2 * m)], times = [0, 0.3, 1, 5, 5.01, 9];
        foreach (var tableau in (ButcherTableau[])[ExplicitTableaux.DormandPrince, ImplicitTableaux.Sdirk4])
        {
            var integrator = new AdaptiveIntegrator<VanDerPol>(RungeKutta.Create(new VanDerPol(), tableau));
            var (together, counts) = (new double[times.Length * 2 * members], new StepCount[members]);
            integrator.Advance([.. unknowns], parameters, 0, times, together, counts);
            Assert.Equal(unknowns, together[..(2 * members)]);
            foreach (var m in (int[])[0, 5, 8, 63, 69])
            {
                var (alone, count) = (new double[2 * times.Length], new StepCount[1]);
                integrator.Advance(unknowns[(2 * m)..(2 * m + 2)], parameters[m..(m + 1)], 0, times, alone, count);
                Assert.Equal(count[0], counts[m]);
                for (var i = 0; i < times.Length; i++)
                    Assert.Equal(alone[(2 * i)..(2 * i + 2)], together[(2 * (i * members + m))..(2 * (i * members + m) + 2)]);
            }
        }
    }

    [Fact]
    public void With_its_step_handed_on_a_run_in_parts_gives_the_bits_of_the_same_parts()
    {
        var integrator = DormandPrince<VanDerPol>(1e-8);
        double[] Parts(bool handOn)
        {
            double[] y = [2, 0], steps = [double.NaN], path = new double[2];
            for (var t = 0; t < 5; t++)
            {
                integrator.Advance(y, [1], t, [t + 1.0], path, default, handOn ? steps : default(Span<double>));
                Assert.True(!handOn || steps[0] is > 0.001 and < 10);
            }
            return y;
        }
        Assert.Equal(Parts(true), Parts(true));
        Assert.Equal(0, Parts(true).Zip(Parts(false), (a, b) => Math.Abs(a - b)).Max(), 1e-6);
    }

    /// <summary>
    /// The problem VDPOL of the Test Set for IVP Solvers (Mazzia &amp; Magherini 2008) with ε = 1e-6, in the time t = μτ: y(τ = 2).
    /// </summary>
    [Fact]
    public void Stiff_Van_der_Pol_is_solved_with_step_control()
    {
        double Error(double tolerance)
        {
            var counts = new StepCount[1];
            double[] y = [2, 0];
            new AdaptiveIntegrator<VanDerPol>(
                RungeKutta.Create(new VanDerPol(), ImplicitTableaux.Sdirk4), new() { Relative = tolerance, Absolute = 1e-3 * tolerance })
                .Advance(y, [1000], 0, [2000], [], counts);
            Assert.InRange(counts[0].Accepted, 100, 10_000);
            return Math.Max(Math.Abs(y[0] - 1.706167732170483), Math.Abs(1000 * y[1] + 0.8928097010247975));
        }
        Assert.InRange(Error(1e-3), 0, 1e-3);
        Assert.InRange(Error(1e-5), 0, 5e-6);
        Assert.InRange(Error(1e-7), 0, 1e-8);
    }

    public static IEnumerable<TheoryDataRow<string>> Implicit => ImplicitTableaux.All.Select(tableau => new TheoryDataRow<string>(tableau.Name));

    /// <summary>The same with equal steps of 0.1, at 150 times the limit of stability of the explicit methods, in Liénard's plane.</summary>
    [Theory]
    [MemberData(nameof(Implicit))]
    public void Stiff_Van_der_Pol_is_solved_by_every_implicit_method_with_equal_steps(string name)
    {
        double[] y = [2, 2 - 8.0 / 3];
        new Integrator<VanDerPolLienard>(RungeKutta.Create(new VanDerPolLienard(), ImplicitTableaux.All.Single(tableau => tableau.Name == name)))
            .Advance(y, [1000], new(0, 0.1), 1, 20_000, []);
        Assert.Equal(1.706167732170483, y[0], name == "Crank-Nicolson" ? 2e-3 : 5e-4);
    }

    /// <summary>At a jump Newton's iteration fails for some members, whose steps are then divided; the others take theirs whole.</summary>
    [Theory]
    [InlineData("SDIRK 3")]
    [InlineData("Radau IIA, 3 stages")]
    public void Divided_steps_leave_the_members_beside_them_alone(string name)
    {
        var integrator = new Integrator<VanDerPolLienard>(
            RungeKutta.Create(new VanDerPolLienard(), ImplicitTableaux.All.Single(tableau => tableau.Name == name)));
        double[] parameters = [.. Enumerable.Range(0, 11).Select(m => 1000.0 - 99 * m)], together = [.. parameters.SelectMany(_ => (double[])[2, 2 - 8.0 / 3])];
        integrator.Advance(together, parameters, new(0, 1), 1, 900, []);
        foreach (var m in (int[])[0, 1, 5, 10])
        {
            double[] alone = [2, 2 - 8.0 / 3];
            integrator.Advance(alone, parameters[m..(m + 1)], new(0, 1), 1, 900, []);
            Assert.Equal(alone, together[(2 * m)..(2 * m + 2)]);
            Assert.InRange(Math.Abs(alone[0]), 0, 2.1);
        }
    }

    [Fact]
    public void Where_no_part_of_a_step_converges_the_member_reads_NaN()
    {
        double[] state = [2, 2 - 8.0 / 3, double.PositiveInfinity, 0];
        var stepper = RungeKutta.Create(new VanDerPolLienard(), ImplicitTableaux.Sdirk3, new NewtonOptions { MaximumIterations = 1, Tolerance = 1e-15 });
        new Integrator<VanDerPolLienard>(stepper).Advance(state, [1000, 1], new(0, 1), 1, 1, []);
        Assert.All(state, x => Assert.True(double.IsNaN(x)));
    }

    [Fact]
    public void An_explicit_method_fails_on_it_at_that_step()
    {
        double[] y = [2, 2 - 8.0 / 3];
        new Integrator<VanDerPolLienard>(RungeKutta.Create(new VanDerPolLienard(), ExplicitTableaux.Classical4)).Advance(y, [1000], new(0, 0.1), 1, 100, []);
        Assert.True(double.IsNaN(y[0]));
    }

    [Fact]
    public void A_member_that_cannot_go_on_reads_NaN_from_there_and_says_why()
    {
        var path = new double[2 * 3 * 2];
        var counts = new StepCount[3];
        new AdaptiveIntegrator<VanDerPol>(RungeKutta.Create(new VanDerPol(), ExplicitTableaux.DormandPrince), new() { MaximumSteps = 3000 })
            .Advance(new double[] { 2, 0, double.NaN, 0, 2, 0 }, [1, 1, 1e4], 0, [0.01, 5], path, counts);
        Assert.Equal([StepFailure.None, StepFailure.StepTooSmall, StepFailure.TooManySteps], counts.Select(count => count.Failure));
        Assert.Equal([false, true, false, false, true, true], ((int[])[0, 2, 4, 6, 8, 10]).Select(i => double.IsNaN(path[i])));
    }

    [Fact]
    public void What_cannot_be_integrated_is_refused()
    {
        var rk4 = RungeKutta.Create(new VanDerPol(), ExplicitTableaux.Classical4);
        Assert.Contains("These have: Dormand-Prince 5(4), SDIRK 4(3).", Assert.Throws<ArgumentException>(() => new AdaptiveIntegrator<VanDerPol>(rk4)).Message);
        Assert.Contains("Relative must be from 0 to 1", Assert.Throws<ArgumentOutOfRangeException>(() => DormandPrince<VanDerPol>(-1e-3)).Message);
        Assert.Contains("Time 1 is 1;", Assert.Throws<ArgumentException>(
            () => DormandPrince<VanDerPol>(1e-3).Advance(new double[2], [1], 0, [2, 1], [])).Message);
    }
}
