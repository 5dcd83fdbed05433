using System.Numerics;
using System.Runtime.Intrinsics;
using LedCluster.Solvers.Steppers;
using LedCluster.Solvers.Systems;
using MathNet.Numerics.LinearAlgebra.Double;

namespace LedCluster.Solvers.Tests;

public class StepperTests
{
    public static IEnumerable<TheoryDataRow<string>> Names => Steppers().Select(stepper => new TheoryDataRow<string>(stepper.Name));

    private static IEnumerable<(string Name, Stepper<VanDerPol> Stepper)> Steppers() =>
    [
        .. ExplicitTableaux.All.Concat(ImplicitTableaux.All).Select(tableau => (tableau.Name, (Stepper<VanDerPol>)RungeKutta.Create(new VanDerPol(), tableau))),
        .. Enumerable.Range(1, 6).Select(order => ($"Adams-Bashforth {order}", (Stepper<VanDerPol>)new AdamsBashforth<VanDerPol>(default, order))),
    ];

    private static Stepper<VanDerPol> Of(string name) => Steppers().Single(stepper => stepper.Name == name).Stepper;

    private static double[] Positions(int members) => [.. Enumerable.Range(0, members).SelectMany(m => (double[])[2 * Math.Cos(m), 2 * Math.Sin(1.7 * m)])];

    private static double[] Parameters(int members) => [.. Enumerable.Range(0, members).Select(m => 0.5 + 0.05 * m)];

    /// <summary>All frames [frames, M, 2] of two steps each.</summary>
    private static double[] Run(Stepper<VanDerPol> stepper, double[] unknowns, double[] parameters, int frames)
    {
        var (state, path) = (new double[unknowns.Length / 2 * stepper.StateSize], new double[frames * unknowns.Length]);
        stepper.Start(unknowns, state);
        new Integrator<VanDerPol>(stepper).Advance(state, parameters, new(0, 0.02), frames, 2, path);
        return path;
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_members_bits_do_not_depend_on_its_company(string name)
    {
        const int members = 300, frames = 6; // more than one block of any size, and the last not full
        var together = Run(Of(name), Positions(members), Parameters(members), frames);
        foreach (var m in (int[])[0, 1, 7, 8, 127, 128, 130, 299])
        {
            var alone = Run(Of(name), Positions(members)[(2 * m)..(2 * m + 2)], Parameters(members)[m..(m + 1)], frames);
            for (var frame = 0; frame < frames; frame++)
                Assert.Equal(alone[(2 * frame)..(2 * frame + 2)], together[(2 * (frame * members + m))..(2 * (frame * members + m) + 2)]);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Advancing_in_two_parts_gives_the_same_bits(string name)
    {
        const int members = 9;
        var stepper = Of(name);
        var integrator = new Integrator<VanDerPol>(stepper);
        foreach (var split in (int[])[1, 3, 8]) // before, while and after a multistep method has its memory
        {
            var state = new double[members * stepper.StateSize];
            stepper.Start(Positions(members), state);
            var path = new double[20 * members];
            integrator.Advance(state, Parameters(members), new(0, 0.02), split, 2, path.AsSpan(0, 2 * split * members));
            integrator.Advance(state, Parameters(members), new(0, 0.02, 2 * split), 10 - split, 2, path.AsSpan(2 * split * members));
            Assert.Equal(Run(stepper, Positions(members), Parameters(members), 10), path);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_member_that_blows_up_reads_NaN_and_leaves_its_company_alone(string name)
    {
        var positions = Positions(3);
        var expected = Run(Of(name), positions, Parameters(3), 5);
        positions[2] = double.NaN;
        var path = Run(Of(name), positions, Parameters(3), 5);
        for (var frame = 0; frame < 5; frame++)
        {
            Assert.Equal(expected[(6 * frame)..(6 * frame + 2)], path[(6 * frame)..(6 * frame + 2)]);
            Assert.True(double.IsNaN(path[6 * frame + 2]) && double.IsNaN(path[6 * frame + 3]));
            Assert.Equal(expected[(6 * frame + 4)..(6 * frame + 6)], path[(6 * frame + 4)..(6 * frame + 6)]);
        }
    }

    /// <summary>One step on y' = λy multiplies by the stability function, to round-off.</summary>
    [Fact]
    public void On_a_linear_equation_every_tableau_multiplies_by_its_stability_function()
    {
        foreach (var tableau in ExplicitTableaux.All.Concat(ImplicitTableaux.All).Append(ImplicitTableaux.Theta(0.3)).Append(ImplicitTableaux.Theta(0.8)))
        {
            double[] λ = [tableau.Kind == TableauKind.Explicit ? -3 : -1e4, -2.4, -2, -0.7, -0.01, 0, 0.3, 0.45], y = [.. λ.Select(_ => 1.0)];
            new Integrator<Decay>(RungeKutta.Create(new Decay(), tableau)).Advance(y, λ, new(0, 1), 1, 1, []);
            for (var i = 0; i < λ.Length; i++)
                Assert.Equal(0, (y[i] - tableau.StabilityFunction(λ[i]).Real) / (1 + Math.Abs(y[i])), 1e-12);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.25)]
    [InlineData(0.5)]
    [InlineData(1)]
    public void The_theta_methods_stability_function_is_the_known_fraction(double θ)
    {
        foreach (var z in (Complex[])[-0.5, -3, new(-1, 2), new(0, 5), -1e6])
            Assert.Equal(0, Complex.Abs((1 + (1 - θ) * z) / (1 - θ * z) - ImplicitTableaux.Theta(θ).StabilityFunction(z)), 1e-9);
    }

    [Fact]
    public void Implicit_tableaux_are_as_stable_as_they_say()
    {
        foreach (var tableau in ImplicitTableaux.All)
        {
            for (var degree = 0; degree <= 90; degree += 5)
                foreach (var size in (double[])[0.01, 0.1, 1, 10, 100, 1e4])
                    Assert.InRange(tableau.StabilityFunction(Complex.FromPolarCoordinates(size, Math.PI / 2 + degree * Math.PI / 180)).Magnitude, 0, 1 + 1e-10);
            var atInfinity = tableau.StabilityFunction(-1e9).Magnitude;
            Assert.Equal(tableau.Stability == "L-stable", atInfinity < 1e-6);
        }
    }

    /// <summary>The interval that an explicit method names is the one where |R| ≤ 1.</summary>
    [Fact]
    public void Explicit_tableaux_are_as_stable_as_they_say()
    {
        foreach (var tableau in ExplicitTableaux.All)
        {
            var limit = double.Parse(tableau.Stability.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
            Assert.InRange(tableau.StabilityFunction(limit).Magnitude, 0, 1.003);
            Assert.True(tableau.StabilityFunction(limit - 0.01).Magnitude > 1, $"{tableau} is stable beyond {limit}");
            for (var z = limit; z < 0; z += 0.01)
                Assert.InRange(tableau.StabilityFunction(z).Magnitude, 0, 1.003);
        }
    }

    [Fact]
    public void The_weights_of_Adams_and_Bashforth_are_the_published_ones()
    {
        Assert.Equal([1], AdamsBashforth.Weights(1));
        Assert.Equal([1.5, -0.5], AdamsBashforth.Weights(2));
        Equal([23, -16, 5], 12, AdamsBashforth.Weights(3));
        Equal([55, -59, 37, -9], 24, AdamsBashforth.Weights(4));
        Equal([1901, -2774, 2616, -1274, 251], 720, AdamsBashforth.Weights(5));

        // Exact for slopes that are polynomials of degree below the order: Σ_j b_j (−j)^k = 1/(k + 1).
        for (var order = 1; order <= 12; order++)
            for (var k = 0; k < order; k++)
            {
                double[] terms = [.. AdamsBashforth.Weights(order).Select((b, j) => b * Math.Pow(-j, k))];
                Assert.Equal(0, (terms.Sum() - 1.0 / (k + 1)) / terms.Sum(Math.Abs), 1e-14);
            }

        static void Equal(double[] expected, double denominator, IReadOnlyList<double> actual)
        {
            for (var j = 0; j < expected.Length; j++)
                Assert.Equal(expected[j] / denominator, actual[j], 1e-14);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(6)]
    [InlineData(15)]
    public unsafe void Eight_systems_of_equations_are_solved_as_MathNet_solves_one(int n)
    {
        var random = new Random(n);
        // many equal pivots and zeros
        var matrices = Enumerable.Range(0, 8).Select(_ => DenseMatrix.Create(n, n, (_, _) => Math.Round(4 * random.NextDouble() - 2))).ToArray();
        foreach (var matrix in matrices)
            for (var i = 0; i < n; i++)
                matrix[i, (i + 1) % n] += 3; // regular, and pivoting is needed
        var right = DenseMatrix.Create(n, 8, (_, _) => random.NextDouble());
        Vector512<double>* m = stackalloc Vector512<double>[n * n], x = stackalloc Vector512<double>[n];
        for (var lane = 0; lane < 8; lane++)
            for (var i = 0; i < n; i++)
            {
                x[i] = x[i].WithElement(lane, right[i, lane]);
                for (var j = 0; j < n; j++)
                    m[i * n + j] = m[i * n + j].WithElement(lane, matrices[lane][i, j]);
            }
        GaussianElimination.Solve(n, new Lanes(m, 1), new Lanes(x, 1));
        for (var lane = 0; lane < 8; lane++)
        {
            var expected = matrices[lane].LU().Solve(right.Column(lane));
            for (var i = 0; i < n; i++)
                Assert.Equal(0, (x[i][lane] - expected[i]) / expected.AbsoluteMaximum(), 1e-11);
        }
    }

    [Fact]
    public void A_tableau_that_is_none_is_refused()
    {
        ButcherTableau Make(double[] c, double[][] a, double[] b) => new("mine", c, a, b, 2) { Stability = "", Source = "" };
        Assert.Contains("'mine': the weights b sum to 0.9, not to 1", Assert.Throws<ArgumentException>(() => Make([0, 1], [[], [1]], [0.5, 0.4])).Message);
        Assert.Contains("row 2 of A sums to 0.9, but c is 1", Assert.Throws<ArgumentException>(() => Make([0, 1], [[], [0.9]], [0.5, 0.5])).Message);
        Assert.Contains("must be the number of stages", Assert.Throws<ArgumentException>(() => Make([0], [[]], [0.5, 0.5])).Message);
        Assert.Contains("is implicit", Assert.Throws<ArgumentException>(() => new ExplicitRungeKutta<VanDerPol>(default, ImplicitTableaux.Radau2)).Message);
        Assert.Contains("is fully implicit", Assert.Throws<ArgumentException>(() =>
            new DiagonallyImplicitRungeKutta<VanDerPol>(default, ImplicitTableaux.Radau2, new DenseNewtonMatrix<VanDerPol>(default))).Message);
        Assert.Contains("from 0 (Euler) to 1", Assert.Throws<ArgumentOutOfRangeException>(() => ImplicitTableaux.Theta(1.5)).Message);
    }

    [Fact]
    public void Arrays_that_do_not_fit_are_refused_with_their_sizes()
    {
        var integrator = new Integrator<VanDerPol>(RungeKutta.Create(new VanDerPol(), ExplicitTableaux.Classical4));
        string Fault(double[] state, double[] parameters, double step, double[] path) =>
            Assert.Throws<ArgumentException>(() => integrator.Advance(state, parameters, new(0, step), 2, 1, path)).Message;
        Assert.Contains("'state' has 3 numbers; it must hold 1 members of 2", Fault(new double[3], [1], 0.1, []));
        Assert.Contains("'parameters' has 1 numbers; it must hold 2 members of 1", Fault(new double[4], [1], 0.1, []));
        Assert.Contains("'path' has 4 numbers; it must hold 2 frames of 2 members of 2", Fault(new double[4], [1, 1], 0.1, new double[4]));
        Assert.Contains("The step is -0.1", Fault(new double[4], [1, 1], -0.1, []));
    }
}
