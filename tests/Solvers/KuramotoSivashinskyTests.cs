using System.Numerics;
using LedCluster.Domain.Workers;
using LedCluster.Solvers.KuramotoSivashinsky;

namespace LedCluster.Solvers.Tests;

public class KuramotoSivashinskyTests
{
    private const int N = 64;
    private static readonly KuramotoSivashinskySystem Ks = new();
    private static readonly KuramotoSivashinskySolver Solver = new();

    private static double[] Smooth(int n)
    {
        var u = new double[n];
        KuramotoSivashinskySpectrum.References[0].Sample(u);
        return u;
    }

    private static double[] RandomFields(int members, ulong seed = 3)
    {
        var u = new double[members * N];
        for (var m = 0; m < members; m++)
            Ks.Random(seed, m, [], u.AsSpan(m * N, N));
        return u;
    }

    /// <summary>All frames [frames, M, n].</summary>
    private static KuramotoSivashinskySolver At(double timeStep) => (KuramotoSivashinskySolver)Ks.SolverAt(timeStep);

    private static double[] Simulate(double[] u, int frames, KuramotoSivashinskySolver? solver = null)
    {
        solver ??= Solver;
        var (fine, path) = (new double[u.Length], new double[frames * u.Length]);
        solver.Lift(u, fine, LiftRule.Equilibrium, default);
        solver.Advance(fine, frames, path, default);
        return path;
    }

    /// <summary>The field at t = time from cos x′ (1 + sin x′).</summary>
    private static double[] At(double time, int steps, int n = N) =>
        Simulate(Smooth(n), 1, new KuramotoSivashinskySolver(new() { Points = n, FrameTime = time, TimeStep = time / steps }));

    private static double Distance(double[] a, double[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max();

    [Fact]
    public void Frames_agree_with_a_straightforward_implementation()
    {
        const int frames = 40;
        var u = RandomFields(2);
        Smooth(N).CopyTo(u, 0);
        var reference = new StraightforwardEtd(
            N, 22, 0.05, q => q * q - q * q * q * q, q => new Complex(0, -q / 2), x => x * x);
        var path = Simulate(u, frames);
        for (var m = 0; m < 2; m++)
            Assert.Equal(0, Distance(
                reference.Advance(u.AsSpan(m * N, N), 5 * frames),
                path[(((frames - 1) * 2 + m) * N)..((frames - 1) * 2 * N + (m + 1) * N)]), 1e-11);
    }

    [Fact]
    public void The_order_in_time_is_4()
    {
        var truth = At(1, 6400);
        double[] errors = [.. ((int[])[160, 320, 640]).Select(steps => Distance(At(1, steps), truth))];
        Assert.Equal(4, Math.Log2(errors[1] / errors[2]), 0.1);
        Assert.Equal(4, Math.Log2(errors[0] / errors[1]), 0.1);
    }

    [Fact]
    public void The_default_step_errs_by_a_few_millionths_up_to_t_60()
    {
        var (coarse, fine) = (Simulate(Smooth(N), 240), Simulate(Smooth(N), 240, At(0.0025)));
        Assert.InRange(Distance(coarse, fine), 1e-6, 5e-6);
    }

    /// <summary>Each further 8 points gain at least an order of magnitude.</summary>
    [Fact]
    public void The_error_in_space_falls_exponentially()
    {
        var truth = At(10, 400, 256);
        double Error(int n) => At(10, 400, n).Select((value, j) => j * 256 % n == 0 ? Math.Abs(value - truth[j * 256 / n]) : 0).Max();
        double[] errors = [.. ((int[])[16, 24, 32, 40, 48, 64]).Select(Error)];
        for (var i = 1; i < 5; i++)
            Assert.InRange(errors[i], 0, errors[i - 1] / 10);
        Assert.InRange(errors[5], 0, 1e-12);
    }

    [Fact]
    public void A_members_bits_do_not_depend_on_its_company()
    {
        var u = RandomFields(19);
        var together = Simulate(u, 40);
        foreach (var m in (int[])[0, 7, 8, 16, 18])
        {
            var alone = Simulate(u[(m * N)..((m + 1) * N)], 40);
            for (var frame = 0; frame < 40; frame++)
                Assert.Equal(alone[(frame * N)..((frame + 1) * N)], together[((frame * 19 + m) * N)..((frame * 19 + m + 1) * N)]);
        }
    }

    [Fact]
    public void A_member_that_blows_up_leaves_its_company_alone()
    {
        var u = RandomFields(3);
        var expected = Simulate(u, 20);
        u.AsSpan(N, N).Fill(double.NaN);
        var path = Simulate(u, 20);
        for (var frame = 0; frame < 20; frame++)
            foreach (var m in (int[])[0, 2])
                Assert.Equal(expected[((frame * 3 + m) * N)..((frame * 3 + m + 1) * N)], path[((frame * 3 + m) * N)..((frame * 3 + m + 1) * N)]);
    }

    [Fact]
    public void Advancing_in_two_parts_gives_the_same_bits()
    {
        var u = RandomFields(2);
        var fine = new double[u.Length];
        Solver.Lift(u, fine, LiftRule.Gradient, default);
        var (first, second) = (new double[3 * u.Length], new double[4 * u.Length]);
        Solver.Advance(fine, 3, first, default);
        Solver.Advance(fine, 4, second, default);
        Assert.Equal(Simulate(u, 7), first.Concat(second).ToArray());
    }

    [Fact]
    public void The_mean_is_conserved_and_moves_the_frame_of_reference()
    {
        var u = Smooth(N);
        var fine = At(0.0125);
        var (at, moved) = (Simulate(u, 176, fine), Simulate([.. u.Select(x => x + 0.5)], 176, fine)); // in t = 44, 0.5 travels once around
        Assert.Equal(0.5, moved[^N..].Average(), 1e-14);
        Assert.Equal(0, Distance(at[^N..], [.. moved[^N..].Select(x => x - 0.5)]), 1e-4);
        var state = new double[N];
        Solver.Lift([.. u.Select(x => x + 0.5)], state, LiftRule.Equilibrium, default);
        var mean = state[0];
        Solver.Advance(state, 4000, new double[4000 * N], default);
        Assert.Equal(mean, state[0]);
    }

    [Fact]
    public void A_random_field_depends_on_seed_and_member_alone()
    {
        Assert.Equal(RandomFields(18)[(17 * N)..], RandomFields(20)[(17 * N)..(18 * N)]);
        Assert.NotEqual(RandomFields(1), RandomFields(1, seed: 4));
        Assert.Equal(0, RandomFields(5).Chunk(N).Max(u => Math.Abs(u.Average())), 1e-15);
    }

    [Theory]
    [InlineData(0.03)]
    [InlineData(0.5)]
    [InlineData(0)]
    [InlineData(-0.05)]
    [InlineData(double.NaN)]
    public void An_inner_step_that_does_not_divide_the_frame_is_refused(double step)
    {
        var error = Assert.Throws<ArgumentException>(() => At(step));
        Assert.Contains("0.25", error.Message);
    }
}
