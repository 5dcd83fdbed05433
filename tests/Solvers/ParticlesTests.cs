using LedCluster.Domain.Systems;
using LedCluster.Domain.Randomness;
using LedCluster.Domain.Simd;
using LedCluster.Domain.Workers;
using LedCluster.Solvers.Particles;

namespace LedCluster.Solvers.Tests;

/// <summary>Sampled laws against exact ones. Standard errors are those of independent particles.</summary>
public class ParticlesTests
{
    private const int Particles = 1000;

    private static StepContext Context(int members, params (string Name, double Value)[] given)
    {
        var system = new ParticlesSystem();
        double[] own = [.. system.Parameters.Select(p => given.FirstOrDefault(g => g.Name == p.Name) is { Name: not null } g ? g.Value : p.Default)];
        return new(3, Enumerable.Range(0, members).ToArray(), 0, Enumerable.Repeat(own, members).SelectMany(p => p).ToArray());
    }

    /// <summary>All particles' coordinates, frame by frame, [frames][3][M·N].</summary>
    private static double[][][] Paths(ParticleSolver solver, int members, int frames, double[] start, params (string, double)[] given)
    {
        var (size, context) = (solver.StateSize, Context(members, given));
        double[] state = [.. Enumerable.Repeat(start, members).SelectMany(s => s)];
        var fields = new double[frames * members * size];
        solver.Advance(state, frames, fields, context);
        return [.. Enumerable.Range(0, frames).Select(f => Enumerable.Range(0, 3).Select(c => Enumerable.Range(0, members)
            .SelectMany(m => fields.AsSpan(((f * members) + m) * size + c * size / 3, size / 3).ToArray()).ToArray()).ToArray())];
    }

    private static (double Mean, double Deviation) Moments(double[] x) => (x.Average(), Math.Sqrt(x.Average(v => v * v) - x.Average() * x.Average()));

    /// <summary>
    /// Mean and standard deviation of x and y, and standard deviation of z, from the chain of folded Gaussians as printed in SI III.A's
    /// analysis.
    /// </summary>
    [Fact]
    public void Moments_of_the_first_frames_are_those_of_the_exact_chain()
    {
        (double, double, double, double, double)[] table =
        [
            (.4406, .0600, .4472, .0473, .2632), (.4416, .0545, .1692, .1858, .2853), (.4363, .0598, -.4596, .0403, .2882),
            (.4271, .0689, -.4529, .0418, .2886),
            (.4112, .0840, -.2606, .1554, .2887), (.3826, .1092, .4498, .0627, .2887), (.3284, .1507, .4567, .0380, .2887), (.2247, .2118, .3272, .1266, .2887),
        ];
        const int members = 128;
        var paths = Paths(new ParticleSolver(Particles), members, table.Length, new double[3 * Particles]);
        FoldedChain[] chains = [new(0.001, 0), new(0.001, 0), new(0.001, 0)];
        (double A, double ω)[] flow = [(1, 0.2), (1.74, 1), (0, 0.5)];
        for (var f = 0; f < table.Length; f++)
        {
            for (var s = 100 * f; s < 100 * (f + 1); s++)
                for (var c = 0; c < 3; c++)
                    chains[c].Step(flow[c].A * Math.Cos(flow[c].ω * s / 100.0) / 100);
            var (meanX, deviationX, meanY, deviationY, deviationZ) = table[f];
            (double?, double)[] printed = [(meanX, deviationX), (meanY, deviationY), (null, deviationZ)];
            for (var c = 0; c < 3; c++)
            {
                var (mean, deviation) = FoldedChain.Moments(FoldedChain.Mass(chains[c].Series));
                Assert.Equal(printed[c].Item1 ?? 0, mean, 6e-5);
                Assert.Equal(printed[c].Item2, deviation, 6e-5);
                var sampled = Moments(paths[f][c]);
                Assert.Equal(mean, sampled.Mean, 4 * deviation / Math.Sqrt(members * Particles));
                Assert.InRange(sampled.Deviation / deviation, 0.99, 1.01);
            }
        }
    }

    /// <summary>Without drift folding is exact for any δt: E x² = 1/12 + Σ (−1)ᵐ/(πm)² exp(−2π²m² D t) from x = 0.</summary>
    [Theory]
    [InlineData(0.1, 100)]
    [InlineData(0.1, 4)]
    [InlineData(1, 4)]
    public void Diffusion_alone_is_exact_for_steps_of_any_length(double D, int steps)
    {
        const int members = 100;
        var paths = Paths(new ParticleSolver(Particles, steps), members, 2, new double[3 * Particles], ("A_x", 0), ("A_y", 0), ("D", D));
        for (var f = 0; f < 2; f++)
        {
            var exact = 1.0 / 12 + Enumerable.Range(1, 20).Sum(
                m => (m % 2 == 0 ? 1 : -1) / (Math.PI * m * Math.PI * m) * Math.Exp(-2 * Math.PI * Math.PI * m * m * D * (f + 1)));
            foreach (var x in paths[f])
            {
                var error = Math.Sqrt(x.Average(v => Math.Pow(v * v - exact, 2)) / x.Length);
                Assert.Equal(exact, x.Average(v => v * v), 4 * error);
            }
        }
    }

    /// <summary>Before walls are felt: with D and A a tenth and a hundredth, mean A δt Σ cos(ω i δt) and variance D t; the clock starts at t0.</summary>
    [Fact]
    public void Far_from_walls_the_mean_is_the_sum_of_the_drift_and_the_variance_D_t()
    {
        const int members = 100;
        const double t0 = 2;
        var paths = Paths(
            new ParticleSolver(Particles), members, 2, new double[3 * Particles], ("A_x", 0.1), ("A_y", 0.05), ("A_z", -0.1), ("D", 0.002),
            ("t0", t0));
        (double A, double ω)[] flow = [(0.1, 0.2), (0.05, 1), (-0.1, 0.5)];
        for (var f = 0; f < 2; f++)
            for (var c = 0; c < 3; c++)
            {
                var (mean, deviation) = Moments(paths[f][c]);
                var (time, n) = (f + 1, members * Particles);
                var exact = flow[c].A / 100 * Enumerable.Range(0, 100 * time).Sum(i => Math.Cos(flow[c].ω * (t0 + i / 100.0)));
                Assert.Equal(exact, mean, 4 * Math.Sqrt(0.002 * time / n));
                Assert.Equal(0.002 * time, deviation * deviation, 4 * 0.002 * time * Math.Sqrt(2.0 / n));
            }
    }

    /// <summary>
    /// Under a constant drift u the chain's stationary density is off exp(2ux/D) by the printed L1 distances, first order in δt; particles
    /// have the chain's density.
    /// </summary>
    [Theory]
    [InlineData(1, new[] { .1270, .0710, .0387, .0207, .0108 })]
    [InlineData(1.74, new[] { .2996, .1771, .1009, .0557, .0301 })]
    public void The_scheme_is_of_first_order_at_walls_and_particles_have_its_density(double u, double[] printed)
    {
        for (var i = 0; i < printed.Length; i++)
        {
            var (chain, δt) = (new FoldedChain(0.001 / (1 << i), 0.45), 0.01 / (1 << i));
            for (var s = 0; s < 2 / δt; s++)
                chain.Step(u * δt);
            var exact = Enumerable.Range(0, FoldedChain.Cells).Select(j => Math.Exp(20 * u * (FoldedChain.Position(j) - 0.5))).ToArray();
            var (sum, mass) = (exact.Sum(), FoldedChain.Mass(chain.Series));
            Assert.Equal(printed[i], mass.Zip(exact, (p, e) => Math.Abs(p - e / sum)).Sum(), 2e-4);
            if (i > 1)
                continue;
            var steps = 100 << i;
            var x = Paths(new ParticleSolver(Particles, steps), 200, 2, [.. Enumerable.Repeat(0.45, 3 * Particles)], ("A_x", u), ("omega_x", 0))[1][0];
            const int bins = 64;
            var counts = new double[bins];
            foreach (var v in x)
                counts[Math.Min(bins - 1, (int)((v + 0.5) * bins))]++;
            for (var b = 0; b < bins; b++)
            {
                var p = mass.AsSpan(b * FoldedChain.Cells / bins, FoldedChain.Cells / bins).ToArray().Sum();
                Assert.Equal(p, counts[b] / x.Length, 5 * Math.Sqrt(p / x.Length) + 1e-5);
            }
        }
    }

    [Fact]
    public void A_particle_depends_on_its_number_and_not_on_how_many_there_are()
    {
        double[] Of(int particles, int i)
        {
            var paths = Paths(new ParticleSolver(particles), 1, 3, new double[3 * particles]);
            return [.. paths.SelectMany(frame => frame.Select(x => x[i]))];
        }
        Assert.Equal(Of(1000, 16), Of(17, 16));
        Assert.Equal(Of(1000, 5), Of(17, 5));
        Assert.NotEqual(Of(17, 5), Of(17, 6));
    }

    /// <summary>From t = 10 on, the law of particles that began together is the periodic one; its mean entropy bounds every likelihood.</summary>
    [Theory]
    [InlineData(0.1, 2.781)]
    [InlineData(0.01, 5.698)]
    public void The_start_is_forgotten_and_the_periodic_law_is_left(double D, double bound)
    {
        var parameters = Context(1, ("D", D)).Parameters.Span;
        var law = new ParticleLaw(parameters);
        FoldedChain[] chains = [new(D / 100, 0.3), new(D / 100, 0.3)];
        for (var s = 0; s < 4400; s++)
        {
            chains[0].Step(Math.Cos(0.2 * s / 100) / 100);
            chains[1].Step(1.74 * Math.Cos(s / 100.0) / 100);
        }
        for (var c = 0; c < 2; c++)
            Assert.True(FoldedChain.Mass(chains[c].Series).Zip(law.Mass(c, 44), (a, b) => Math.Abs(a - b)).Sum() < 2e-3);
        Assert.Equal(bound, -Enumerable.Range(0, 500).Average(t => law.Entropy(20 + 10 * Math.PI * t / 500)), 4e-3);

        var (random, cloud) = (new Domain.Randomness.Philox(1, 0, 0, 0), new double[3 * 100_000]);
        law.Draw(44, ref random, cloud);
        for (var c = 0; c < 3; c++)
        {
            var (exact, drawn) = (FoldedChain.Moments(law.Mass(c, 44)), Moments(cloud[(c * 100_000)..((c + 1) * 100_000)]));
            Assert.Equal(exact.Mean, drawn.Mean, 4 * exact.Deviation / Math.Sqrt(100_000));
            Assert.Equal(exact.Deviation, drawn.Deviation, 0.01 * exact.Deviation);
        }
    }

    [Fact]
    public void The_exact_law_is_known_once_the_start_is_forgotten_and_nowhere_else()
    {
        var random = new Philox(1, 0, 0, 0);
        var system = new ParticlesSystem(4);
        foreach (var (time, known, changes) in ((double, bool, (string, double)[])[])
            [
                (20, true, []), (5, false, []), (20, false, [("D", 0.01)]), (1e4, false, [("D", 1e-4)]),
                (1e4, false, [("omega_x", 0.001)]), (1e4, true, [("A_x", 0), ("omega_x", 0.001)]),
            ])
            Assert.Equal(known, system.DrawExactly(time, Context(1, changes).Parameters.Span, ref random, new double[12]));
    }

    [Fact]
    public void A_first_cloud_fills_its_cube_within_the_walls()
    {
        var (system, fields) = (new ParticlesSystem(), new double[3000]);
        var parameters = Context(1, ("x0", 0.4), ("width", 0.4)).Parameters.Span;
        system.Random(1, 0, parameters, fields);
        Assert.InRange(fields.Take(1000).Min(), 0.2, 0.21);
        Assert.InRange(fields.Take(1000).Max(), 0.49, 0.5);
        Assert.InRange(fields.Skip(1000).Max(), 0.19, 0.2);
        Assert.Contains("multiple of 4", Assert.Throws<ArgumentOutOfRangeException>(() => new ParticleSolver(10, 6)).Message);
        Assert.Contains("8.2e-6", Assert.Throws<ArgumentOutOfRangeException>(() => new ParticleLaw(Context(1, ("D", 1e-4)).Parameters.Span)).Message);
    }

    [Fact]
    public void Particles_have_the_same_bits_at_every_width()
    {
        const int n = 1003; // no multiple of a vector
        var solver = new ParticleSolver(n);
        double[] drift = [.. Enumerable.Range(0, 300).Select(s => 0.05 * Math.Sin(s))];
        double[] Moved(Action<double[]> move)
        {
            double[] x = [.. Enumerable.Range(0, 3 * n).Select(i => 0.5 * Math.Sin(i))];
            move(x);
            return x;
        }
        var wide = Moved(x => solver.Move<Lanes512<float>, Lanes512<double>>(x, drift, 0.03, 5, 6, 7));
        Assert.Equal(wide, Moved(x => solver.Move<Lanes256<float>, Lanes256<double>>(x, drift, 0.03, 5, 6, 7)));
        Assert.Equal(wide, Moved(x => solver.Move<Lanes128<float>, Lanes128<double>>(x, drift, 0.03, 5, 6, 7)));
        Assert.All(wide, x => Assert.InRange(x, -0.5, 0.5));
    }

    /// <summary>The stream of a training's batches is the one after that of initial conditions.</summary>
    [Fact]
    public void First_clouds_draw_from_the_stream_of_initial_conditions_alone()
    {
        var (system, fields) = (new ParticlesSystem(100), new double[300]);
        var parameters = system.Parameters.Select(p => p.Name == "width" ? 1 : p.Default).ToArray();
        system.Random(4, 2, parameters, fields);
        for (var stream = 1u; stream < 9; stream++)
        {
            var random = new Philox(4, 2, 0, stream);
            Assert.DoesNotContain(random.NextUniform() - 0.5, fields);
        }
        Assert.Equal(300, fields.Distinct().Count());
    }
}
