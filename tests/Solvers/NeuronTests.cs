using System.Runtime.Intrinsics;
using LedCluster.Solvers.Steppers;
using LedCluster.Solvers.Systems;
using MathNet.Numerics.LinearAlgebra.Double;

namespace LedCluster.Solvers.Tests;

public class NeuronTests
{
    private static readonly double[] Defaults = Neuron.Description.DefaultParameters(1);

    private static double[] At(double time, int points, int steps)
    {
        var state = new double[2 * points];
        new NeuronSolver(points, time, steps).Advance(state, Defaults, 0, 1, []);
        return state;
    }

    private static double Distance(double[] a, double[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max();

    [Fact]
    public void The_order_in_time_is_3()
    {
        var truth = At(0.5, 129, 3200);
        double Error(int steps) => Distance(At(0.5, 129, steps), truth);
        Assert.Equal(3, Math.Log2(Error(100) / Error(200)), 0.1);
        Assert.Equal(3, Math.Log2(Error(200) / Error(400)), 0.1);
    }

    [Fact]
    public void The_order_in_space_is_2()
    {
        var truth = At(0.5, 4097, 100);
        double Error(int points) => At(0.5, points, 100).Select((value, j) => (value, j)).Where(x => x.j < points).Max(
            x => Math.Abs(x.value - truth[x.j * (4096 / (points - 1))]));
        Assert.Equal(2, Math.Log2(Error(257) / Error(513)), 0.1);
    }

    [Fact]
    public void At_the_defaults_the_error_is_a_ten_thousandth()
    {
        var (given, truth) = (At(0.5, 513, 100), At(0.5, 2049, 400));
        Assert.InRange(Enumerable.Range(0, 513).Max(j => Math.Abs(given[j] - truth[4 * j])), 2e-5, 2e-4);
    }

    /// <summary>The same points by an explicit method with step control, which knows neither Newton nor the matrix.</summary>
    [Fact]
    public void An_explicit_method_agrees()
    {
        const int points = 33;
        var state = new double[2 * points];
        new AdaptiveIntegrator<Neuron>(
            new ExplicitRungeKutta<Neuron>(new Neuron(points), ExplicitTableaux.DormandPrince), new() { Relative = 1e-10, Absolute = 1e-12 })
            .Advance(state, Defaults, 0, [0.6], []);
        Assert.InRange(state.Max(), 0.5, 1.5);
        Assert.Equal(0, Distance(state, At(0.6, points, 2400)), 1e-8);
    }

    /// <summary>
    /// Without v, b and current it is Nagumo's equation εu_t = ε²u_xx + u(u − α)(1 − u), whose front
    /// u = 1/(1 + exp((x − x₀ − ct)/(√2 ε))) moves with c = (1 − 2α)/√2 (Murray, Mathematical Biology I, section 13.3).
    /// </summary>
    [Fact]
    public void Nagumos_front_moves_as_its_closed_solution_with_order_2_in_space()
    {
        const double ε = 0.015, α = 0.1, time = 0.4;
        static double Front(double x, double t) => 1 / (1 + Math.Exp((x - 0.35 - (1 - 2 * α) / Math.Sqrt(2) * t) / (Math.Sqrt(2) * ε)));
        double Error(int points)
        {
            var state = new double[2 * points];
            for (var j = 0; j < points; j++)
                state[j] = Front(j / (points - 1.0), 0);
            new NeuronSolver(points, time, 200).Advance(state, [ε, α, 0, 0, 0, 0], 0, 1, []);
            return Enumerable.Range(0, points).Max(j => Math.Abs(state[j] - Front(j / (points - 1.0), time)));
        }
        Assert.InRange(Error(513), 0, 2e-3);
        Assert.Equal(2, Math.Log2(Error(257) / Error(513)), 0.1);
    }

    /// <summary>The same number everywhere: the equations of a point, here by the classical method with steps a hundred times finer.</summary>
    [Fact]
    public void What_is_the_same_everywhere_stays_so_and_follows_the_equations_of_a_point()
    {
        const int points = 17, frames = 300, fine = 100;
        var parameters = Neuron.Description.DefaultParameters(1);
        parameters[5] = 0;
        var (state, path) = (new double[2 * points], new double[frames * 2 * points]);
        new NeuronSolver(points, 0.01, 20).Advance(state, parameters, 0, frames, path);
        static (double U, double V) Rate(double u, double v) => ((u * (u - 0.1) * (1 - u) - v + 0.05) / 0.015, 0.5 * u - 2 * v + 0.05);
        var (u, v, h, largest) = (0.0, 0.0, 0.01 / fine, 0.0);
        for (var frame = 0; frame < frames; frame++)
        {
            for (var i = 0; i < fine; i++)
            {
                var a = Rate(u, v);
                var b = Rate(u + h / 2 * a.U, v + h / 2 * a.V);
                var c = Rate(u + h / 2 * b.U, v + h / 2 * b.V);
                var d = Rate(u + h * c.U, v + h * c.V);
                (u, v) = (u + h / 6 * (a.U + 2 * b.U + 2 * c.U + d.U), v + h / 6 * (a.V + 2 * b.V + 2 * c.V + d.V));
            }
            largest = Math.Max(largest, u);
            for (var j = 0; j < points; j++)
            {
                Assert.Equal(u, path[frame * 2 * points + j], 1e-6);
                Assert.Equal(v, path[frame * 2 * points + points + j], 1e-6);
            }
        }
        Assert.InRange(largest, 0.5, 1); // it fires
    }

    /// <summary>On the 101 points of the study most of the error is from space: the front is some hundredths of the grid's length wide.</summary>
    [Fact]
    public void On_the_points_of_the_study_a_front_runs_a_little_slow()
    {
        var parameters = Neuron.Description.DefaultParameters(1);
        parameters[5] = 0;
        double[] At(int points)
        {
            var state = new double[2 * points];
            for (var j = 0; j < points; j++)
                (state[j], state[points + j]) = (0.45 - 0.45 * Math.Tanh((j / (points - 1.0) - 0.5) / 0.1), 0.05);
            new NeuronSolver(points).Advance(state, parameters, 0, 30, []);
            return state;
        }
        var (given, truth) = (At(101), At(801));
        Assert.InRange(Enumerable.Range(0, 101).Max(j => Math.Abs(given[j] - truth[8 * j])), 1e-3, 5e-2);
    }

    [Fact]
    public unsafe void The_matrix_solves_what_the_derivatives_of_the_equations_ask_for()
    {
        const int points = 9, n = 2 * points;
        const double σ = 0.02;
        var (system, random) = (new Neuron(points), new Random(3));
        Vector512<double>* y = stackalloc Vector512<double>[n], p = stackalloc Vector512<double>[6], x = stackalloc Vector512<double>[n],
            work = stackalloc Vector512<double>[points];
        for (var i = 0; i < n; i++)
            (y[i], x[i]) = (Vector512.Create(random.NextDouble()), Vector512.Create(random.NextDouble() - 0.5));
        for (var i = 0; i < 6; i++)
            p[i] = Vector512.Create(Defaults[i]);
        var t = Vector512.Create(0.1);
        var matrix = DenseMatrix.CreateIdentity(n);
        var jacobian = CentralDifferences.Jacobian(system, t, y, p);
        for (var j = 0; j < n; j++)
            for (var i = 0; i < n; i++)
                matrix[i, j] -= σ * jacobian[i, j][0];
        var expected = matrix.LU().Solve(DenseVector.Create(n, i => x[i][0]));
        new NeuronMatrix(points).Solve(t, new Lanes(y, 1), new Lanes(p, 1), Vector512.Create(σ), new Lanes(x, 1), new Lanes(work, 1));
        for (var i = 0; i < n; i++)
            Assert.Equal(expected[i], x[i][5], 1e-7);
    }

    [Fact]
    public void A_members_bits_depend_neither_on_its_company_nor_on_how_the_run_is_divided()
    {
        const int members = 9, points = 65;
        var solver = new NeuronSolver(points);
        var parameters = Neuron.Description.DefaultParameters(members);
        for (var m = 0; m < members; m++)
            parameters[6 * m] = 0.012 + 0.001 * m;
        var (state, path) = (new double[members * 2 * points], new double[30 * members * 2 * points]);
        solver.Advance(state, parameters, 0, 12, path.AsSpan(0, 12 * state.Length));
        solver.Advance(state, parameters, 12, 18, path.AsSpan(12 * state.Length));
        foreach (var m in (int[])[0, 8])
        {
            var alone = new double[30 * 2 * points];
            solver.Advance(new double[2 * points], parameters.AsSpan(6 * m, 6), 0, 30, alone);
            for (var frame = 0; frame < 30; frame++)
                Assert.Equal(
                    alone[(frame * 2 * points)..((frame + 1) * 2 * points)],
                    path[((frame * members + m) * 2 * points)..((frame * members + m + 1) * 2 * points)]);
        }
    }

    [Fact]
    public void The_exponential_function_is_right_to_round_off()
    {
        for (var x = -700.0; x <= 700; x += 0.37)
            Assert.Equal(1, ExponentialFunction.Of(Vector512.Create(x))[3] / Math.Exp(x), 1e-15 * 4);
        Assert.Equal(1, ExponentialFunction.Of(Vector512<double>.Zero)[0]);
    }
}
