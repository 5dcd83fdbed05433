using LedCluster.Solvers.Flow;

namespace LedCluster.Solvers.Tests;

/// <summary>Exact solutions and invariants of the flow solver.</summary>
public sealed unsafe class ChannelFlowTests
{
    private static readonly FlowBox Published = FlowBox.Uniform(64, 32, 1.0 / 64, 0.15);
    private static readonly Circle Cylinder = new(0.2, 0.25, 0.0375);

    [Theory]
    [InlineData(64, 32)]
    [InlineData(40, 21)]
    public void Poisson_is_solved_to_round_off(int columns, int rows)
    {
        var box = FlowBox.Uniform(columns, rows, 1, 1);
        var (poisson, arrays, buffers, random) = (new PoissonSolver(box), new FlowArrays(box, 4), new FlowBuffers(box), new Random(1));
        var exact = new double[rows, columns];
        for (var j = 0; j < rows; j++)
            for (var i = 0; i < columns; i++)
                exact[j, i] = random.NextDouble() - 0.5;
        double At(int j, int i) => exact[Math.Clamp(j, 0, rows - 1), Math.Clamp(i, 0, columns - 1)]; // zero normal derivative
        for (var j = 0; j < rows; j++)
            for (var i = 0; i < columns; i++)
                arrays[0][j * arrays.Stride + i] = At(j + 1, i) + At(j - 1, i) + At(j, i + 1) + At(j, i - 1) - 4 * At(j, i);
        poisson.Transform(arrays[0], arrays[1], 0, rows - 1, buffers);
        poisson.Eliminate(arrays[1]);
        poisson.Substitute(arrays[1], arrays[2], 0);
        poisson.Back(arrays[2], arrays[3], 0, rows - 1, buffers);
        var shift = arrays[3][0] - exact[0, 0];
        for (var j = 0; j < rows; j++)
            for (var i = 0; i < columns; i++)
                Assert.Equal(exact[j, i] + shift, arrays[3][j * arrays.Stride + i], 1e-12);
    }

    [Fact]
    public void Cosine_modes_are_eigenvectors()
    {
        const int n = 48;
        var box = FlowBox.Uniform(n, 8, 1, 1);
        var (transform, arrays, buffers) = (new CosineTransform(n), new FlowArrays(box, 3), new FlowBuffers(box));
        for (var row = 0; row < 8; row++)
            for (var i = 0; i < n; i++)
                arrays[0][row * arrays.Stride + i] = Math.Cos(Math.PI * (5 * row + 1) * (i + 0.5) / n);
        transform.Forward(arrays[0], arrays.Stride, 8, arrays[1], arrays.Stride, buffers.Vectors);
        transform.Inverse(arrays[1], arrays.Stride, 8, arrays[2], arrays.Stride, 1.0 / n, buffers.Vectors);
        for (var row = 0; row < 8; row++)
            for (var k = 0; k < n; k++)
            {
                Assert.Equal(k == 5 * row + 1 ? n / 2.0 : 0, arrays[1][row * arrays.Stride + k], 1e-12);
                Assert.Equal(arrays[0][row * arrays.Stride + k], arrays[2][row * arrays.Stride + k], 1e-13);
            }
    }

    [Fact]
    public void Fluid_keeps_no_divergence_and_the_cylinder_no_velocity()
    {
        var flow = Impulsive(1e-4);
        for (var step = 0; step < 40; step++)
        {
            flow.Step(0.02);
            Assert.InRange(flow.LargestDivergence() * 0.075 / 0.15, 0, 1e-12);
        }
        Assert.All(flow.Body!.U, at => Assert.Equal(0, flow.U(at % flow.Body.Stride, at / flow.Body.Stride)));
        Assert.NotEmpty(flow.Body.V);
        var (largest, behind) = (0.0, 1.0);
        for (var i = 0; i < 64; i++)
            (largest, behind) = (Math.Max(largest, flow.U(i, 11)), Math.Min(behind, flow.U(i, 16)));
        Assert.InRange(largest, 0.17, 0.4); // faster beside it
        Assert.InRange(behind, -0.2, 0.02); // and not behind it
    }

    [Fact]
    public void Uniform_flow_stays()
    {
        var flow = Create(Published, null, 1e-3);
        flow.Load([.. Enumerable.Repeat(0.15, 64 * 32)], new double[64 * 32]);
        for (var step = 0; step < 50; step++)
            flow.Step(0.02);
        for (var j = 0; j < 32; j++)
            for (var i = 0; i < 64; i++)
            {
                Assert.Equal(0.15, flow.U(i, j), 1e-14);
                Assert.Equal(0, flow.V(i, j), 1e-14);
            }
    }

    [Fact]
    public void A_mirrored_start_stays_mirrored()
    {
        var flow = Impulsive(1.125e-4);
        for (var step = 0; step < 100; step++)
            flow.Step(0.01);
        flow.Pressure();
        for (var j = 0; j < 16; j++)
            for (var i = 0; i < 64; i++)
            {
                Assert.Equal(flow.U(i, j), flow.U(i, 31 - j), 1e-10);
                Assert.Equal(flow.V(i, j), -flow.V(i, 32 - j), 1e-10);
                Assert.Equal(flow.P(i, j), flow.P(i, 31 - j), 1e-10);
            }
        Assert.Equal(0, flow.Force.Y, 1e-10);
        Assert.InRange(2 * flow.Force.X / (0.15 * 0.15 * 0.075), 1, 4);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Momentum_is_balanced(bool parabolic)
    {
        var (columns, rows, ν) = (64, 32, 2e-4);
        var (h, box) = (1.0 / 64, parabolic ? FlowBox.Parabolic(64, 32, 1.0 / 64, 0.15) : Published);
        var flow = Create(box, Cylinder, ν);
        var start = new double[columns * rows];
        flow.Load([.. Enumerable.Range(0, columns * rows).Select(k => box.Inflow[k / columns])], start);
        flow.Project();
        for (var step = 0; step < 30; step++)
            flow.Step(0.02);
        flow.Pressure();
        var (change, flux) = (0.0, 0.0);
        for (var j = 0; j < rows; j++)
        {
            for (var i = 1; i < columns; i++)
                change += flow.RateU(i, j) * h * h;
            flux += (Through(0, j) + flow.P(0, j) - Through(columns - 1, j) - flow.P(columns - 1, j)) * h;
        }
        for (var i = 1; i < columns && parabolic; i++)
            flux -= 2 * ν * (flow.U(i, 0) + flow.U(i, rows - 1)); // friction at walls half a cell away
        Assert.Equal(flux - change, flow.Force.X, 1e-10 * 0.15 * 0.15);
        Assert.True(flow.Force.X > 0.5 * 0.15 * 0.15 * 0.075);

        double Through(int i, int j) // the fluid moves to the right there: upwind is left
        {
            var (before, here, next) = (i == 0 ? 2 * flow.U(0, j) - flow.U(1, j) : flow.U(i - 1, j), flow.U(i, j), flow.U(i + 1, j));
            return (here + next) / 2 * (2 * next + 5 * here - before) / 6 - ν * (next - here) / h;
        }
    }

    [Fact]
    public void Vortices_decay_with_an_error_of_second_order_in_the_spacing()
    {
        var errors = new[] { 24, 48, 96 }.Select(n => Vortices(n, 2e-4, 200, 0.1, exact: true).Error).ToArray();
        for (var i = 0; i < 2; i++)
            Assert.InRange(Math.Log2(errors[i] / errors[i + 1]), 1.85, 2.15);
    }

    [Fact]
    public void A_step_is_of_third_order()
    {
        double[] Field(int steps) => Vortices(16, 0.4 / steps, steps, 0.02, exact: false).U;
        var (finest, errors) = (Field(320), new List<double>());
        foreach (var steps in (int[])[20, 40, 80])
            errors.Add(Field(steps).Zip(finest, (a, b) => Math.Abs(a - b)).Max());
        for (var i = 0; i < 2; i++)
            Assert.InRange(Math.Log2(errors[i] / errors[i + 1]), 2.8, 3.2);
    }

    [Fact]
    public void Pressure_of_vortices_is_of_second_order()
    {
        double Error(int n)
        {
            var (flow, x) = (Vortex(n, 0.02), 1.0 / n);
            flow.Pressure();
            var worst = 0.0;
            for (var j = 0; j < n; j++)
                for (var i = 0; i < n; i++)
                    worst = Math.Max(worst, Math.Abs(flow.P(i, j) - (Math.Cos(2 * Math.PI * (i + 0.5) * x) + Math.Cos(2 * Math.PI * (j + 0.5) * x)) / 4));
            return worst;
        }
        Assert.InRange(Math.Log2(Error(32) / Error(64)), 1.8, 2.6);
    }

    [Fact]
    public void Upwind_advection_is_of_third_order()
    {
        double Error(int n) // of a small disturbance that a uniform flow carries
        {
            var (box, c) = (FlowBox.Uniform(2 * n, n, 1.0 / n, 1), 1e-6);
            var flow = Create(box, null, 0);
            var (u, v) = (new double[2 * n * n], new double[2 * n * n]);
            double Ψ(double x, double y) => c * Math.Exp(-40 * ((x - 0.6) * (x - 0.6) + (y - 0.5) * (y - 0.5)));
            Fill(n, 2 * n, (x, y) => (Ψ(x, y + 0.5 / n) - Ψ(x, y - 0.5 / n)) * n + 1, (x, y) => -(Ψ(x + 0.5 / n, y) - Ψ(x - 0.5 / n, y)) * n, u, v);
            flow.Load(u, v);
            var steps = 4 * n / 10 * 10;
            for (var s = 0; s < steps; s++)
                flow.Step(0.5 / steps);
            var worst = 0.0;
            for (var j = 1; j < n - 1; j++)
                for (var i = n; i < 2 * n - 4; i++)
                    worst = Math.Max(worst, Math.Abs(flow.V(i, j) + (Ψ((i + 1.0) / n - 0.5, (double)j / n) - Ψ((double)i / n - 0.5, (double)j / n)) * n));
            return worst;
        }
        Assert.InRange(Math.Log2(Error(40) / Error(80)), 2.5, 3.2);
    }

    [Fact]
    public void A_cylinder_that_does_not_fit_is_refused()
    {
        var message = Assert.Throws<ArgumentException>(() => new Obstacle(Published, new(0.2, 0.05, 0.0375), new PoissonSolver(Published))).Message;
        Assert.Contains("three cells from each side", message, StringComparison.Ordinal);
        Assert.Contains(
            "multiple of 8", Assert.Throws<ArgumentException>(() => new PoissonSolver(FlowBox.Uniform(60, 30, 1, 1))).Message,
            StringComparison.Ordinal);
    }

    private static ChannelFlow Create(FlowBox box, Circle? circle, double viscosity)
    {
        var poisson = new PoissonSolver(box);
        return new ChannelFlow(box, poisson) { Viscosity = viscosity, Body = circle is { } c ? new Obstacle(box, c, poisson) : null };
    }

    private static ChannelFlow Impulsive(double viscosity)
    {
        var flow = Create(Published, Cylinder, viscosity);
        flow.Load([.. Enumerable.Repeat(0.15, 64 * 32)], new double[64 * 32]);
        flow.Project();
        return flow;
    }

    /// <summary>u = sin πx cos πy e^(−2π²νt), v = −cos πx sin πy e^(−2π²νt) in a box of side 1 with slip walls.</summary>
    private static ChannelFlow Vortex(int n, double ν)
    {
        var flow = Create(new FlowBox(n, n, 1.0 / n, []), null, ν);
        var (u, v) = (new double[n * n], new double[n * n]);
        Fill(n, n, (x, y) => Math.Sin(Math.PI * x) * Math.Cos(Math.PI * y), (x, y) => -Math.Cos(Math.PI * x) * Math.Sin(Math.PI * y), u, v);
        flow.Load(u, v);
        flow.Project();
        return flow;
    }

    private static void Fill(int rows, int columns, Func<double, double, double> ofU, Func<double, double, double> ofV, double[] u, double[] v)
    {
        for (var j = 0; j < rows; j++)
            for (var i = 0; i < columns; i++)
            {
                u[j * columns + i] = ofU((i + 1.0) / rows, (j + 0.5) / rows);
                v[j * columns + i] = j == rows - 1 ? 0 : ofV((i + 0.5) / rows, (j + 1.0) / rows);
            }
    }

    private static (double Error, double[] U) Vortices(int n, double δt, int steps, double ν, bool exact)
    {
        var flow = Vortex(n, ν);
        for (var s = 0; s < steps; s++)
            flow.Step(δt);
        var (u, v, worst, decay) = (new double[n * n], new double[n * n], 0.0, Math.Exp(-2 * Math.PI * Math.PI * ν * δt * steps));
        flow.Store(u, v);
        for (var k = 0; k < n * n && exact; k++)
            worst = Math.Max(worst, Math.Abs(u[k] - Math.Sin(Math.PI * (k % n + 1.0) / n) * Math.Cos(Math.PI * (k / n + 0.5) / n) * decay));
        return (worst, u);
    }
}
