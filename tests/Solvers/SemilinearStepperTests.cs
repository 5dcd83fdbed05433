using System.Numerics;
using LedCluster.Domain.Simd;
using LedCluster.Solvers.SemilinearPeriodic;

namespace LedCluster.Solvers.Tests;

public class SemilinearStepperTests
{
    private static readonly Func<double, double> Smooth = x => 0.4 * Math.Cos(x) + 0.3 * Math.Sin(2 * x) - 0.1;

    private static double[] Sample(int n, double length, Func<double, double> u) => [.. Enumerable.Range(0, n).Select(j => u(length * j / n))];

    private static double[] Run<TProblem>(double[] u, double length, double h, int steps)
        where TProblem : struct, ISemilinearProblem
    {
        var stepper = new SemilinearStepper<TProblem>(default, u.Length, length, h);
        var (state, fields) = (new double[u.Length], new double[u.Length]);
        stepper.Transform(u, state);
        stepper.Advance(state, 1, steps, fields);
        return fields;
    }

    private static double Distance(double[] a, double[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max();

    /// <summary>Slope of log error over log h between two step numbers.</summary>
    private static double Order(Func<int, double> error, int steps) => Math.Log2(error(steps) / error(2 * steps));

    [Theory]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(8)]
    [InlineData(10)]
    [InlineData(14)]
    [InlineData(22)]
    [InlineData(26)]
    [InlineData(36)]
    [InlineData(50)]
    [InlineData(64)]
    [InlineData(120)]
    [InlineData(128)]
    [InlineData(210)]
    public void A_state_is_the_half_spectrum_of_the_field(int n)
    {
        const int members = 9;
        var random = new Random(n);
        var u = Enumerable.Range(0, members * n).Select(_ => random.NextDouble() - 0.5).ToArray();
        var state = new double[u.Length];
        new SemilinearStepper<Burgers>(default, n, 1, 1).Transform(u, state);
        for (var m = 0; m < members; m++)
            for (var k = 0; k <= n / 2; k++)
            {
                var expected = Complex.Zero;
                for (var j = 0; j < n; j++)
                    expected += u[m * n + j] / n * Complex.FromPolarCoordinates(1, -2 * Math.PI * (j * k % n) / n);
                Assert.Equal(expected.Real, state[m * n + k], 1e-15);
                if (k > 0 && 2 * k < n)
                    Assert.Equal(expected.Imaginary, state[m * n + n - k], 1e-15);
            }
    }

    /// <summary>Also the vectors that this machine does not have: the runtime then computes them piece by piece.</summary>
    [Theory]
    [InlineData(64)]
    [InlineData(50)]
    public void Bits_are_the_same_with_vectors_of_any_width(int n)
    {
        const int members = 9;
        var random = new Random(n);
        var u = Enumerable.Range(0, members * n).Select(_ => random.NextDouble() - 0.5).ToArray();
        var stepper = new SemilinearStepper<Burgers>(default, n, 6, 0.01);
        var narrow = After<Lanes128<double>>();
        Assert.NotEqual(u, narrow);
        Assert.Equal(narrow, After<Lanes256<double>>());
        Assert.Equal(narrow, After<Lanes512<double>>());

        double[] After<V>()
            where V : unmanaged, IVector<V, double>
        {
            var (state, fields) = (new double[u.Length], new double[u.Length]);
            stepper.Transform<V>(u, state);
            stepper.Advance<V>(state, 1, 20, fields);
            return [.. state, .. fields];
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(12)]
    [InlineData(16)]
    [InlineData(18)]
    [InlineData(32)]
    [InlineData(40)]
    [InlineData(64)]
    [InlineData(120)]
    public void Every_kind_of_symbol_agrees_with_a_straightforward_implementation(int n)
    {
        const int steps = 6;
        const double h = 0.02;
        var u = Sample(n, 2 * Math.PI, Smooth);
        void Agree<TProblem>(Func<double, double> f)
            where TProblem : struct, ISemilinearProblem
        {
            TProblem problem = default;
            var reference = new StraightforwardEtd(n, 2 * Math.PI, h, problem.Linear, problem.Multiplier, f);
            Assert.Equal(0, Distance(reference.Advance(u, steps), Run<TProblem>(u, 2 * Math.PI, h, steps)), 1e-13);
        }
        Agree<Burgers>(x => x * x);
        Agree<KortewegDeVries>(x => x * x);
        Agree<AllenCahn>(x => x * x * x);
        Agree<AdvectedAllenCahn>(x => x * x * x);
    }

    [Fact]
    public void Burgers_converges_with_order_4_to_the_solution_of_Cole_and_Hopf()
    {
        double Error(int steps) => Distance(
            Run<Burgers>(Sample(64, 2 * Math.PI, x => Burgers.Exact(x, 0)), 2 * Math.PI, 20.0 / steps, steps),
            Sample(64, 2 * Math.PI, x => Burgers.Exact(x, 20)));
        Assert.InRange(Error(1000), 0, 1e-12);
        Assert.Equal(4, Order(Error, 40), 0.1);
    }

    [Theory]
    [InlineData(240)]
    [InlineData(256)]
    public void A_soliton_of_Korteweg_and_de_Vries_keeps_its_shape(int n)
    {
        double Error(int steps) => Distance(
            Run<KortewegDeVries>(Sample(n, 40, x => KortewegDeVries.Exact(x, 0)), 40, 2.0 / steps, steps),
            Sample(n, 40, x => KortewegDeVries.Exact(x, 2)));
        Assert.InRange(Error(3200), 0, 1e-6);
        Assert.Equal(4, Order(Error, 1600), 0.1);
    }

    [Fact]
    public void A_uniform_state_of_Allen_and_Cahn_follows_its_ordinary_differential_equation()
    {
        double Error(int steps) => Distance(
            Run<AllenCahn>(Sample(8, 1, _ => 0.1), 1, 4.0 / steps, steps),
            Sample(8, 1, _ => 0.1 * Math.Exp(4) / Math.Sqrt(1 + 0.01 * (Math.Exp(8) - 1))));
        Assert.InRange(Error(1000), 0, 1e-11);
        Assert.Equal(4, Order(Error, 160), 0.1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(15)]
    [InlineData(34)]
    public void A_grid_that_cannot_be_transformed_is_refused_with_one_that_can(int n)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new SemilinearStepper<Burgers>(default, n, 1, 1));
        Assert.Contains($"{n} points", error.Message);
        Assert.Contains("prime factors are 2, 3, 5", error.Message);
    }
}
