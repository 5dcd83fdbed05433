using LedCluster.Domain.Simd;
using LedCluster.Domain.Workers;
using LedCluster.Solvers.FitzHughNagumo;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace LedCluster.Solvers.Tests;

public class FitzHughNagumoTests
{
    private static readonly FitzHughNagumoSolver Solver = new();
    private static int Size => Solver.Layout.Size;

    private static double[] RandomFronts(int members)
    {
        var fields = new double[members * Size];
        for (var m = 0; m < members; m++)
            FitzHughNagumoFront.Random(11, m).Sample(fields.AsSpan(m * Size, Size));
        return fields;
    }

    private static double[] Simulate(double[] fields, int frames, LiftRule lift = LiftRule.Equilibrium)
    {
        var fine = new double[fields.Length / Size * Solver.StateSize];
        var path = new double[frames * fields.Length];
        Solver.Lift(fields, fine, lift, default);
        Solver.Advance(fine, frames, path, default);
        return path;
    }

    [Fact]
    public void Frames_agree_with_a_straightforward_implementation()
    {
        const int frames = 60;
        var fields = RandomFronts(3);
        var path = Simulate(fields, frames);
        for (var m = 0; m < 3; m++)
        {
            var reference = new StraightforwardLatticeBoltzmann(fields.AsSpan(m * Size, Size));
            for (var frame = 0; frame < frames; frame++)
            {
                for (var step = 0; step < 200; step++)
                    reference.Step();
                for (var j = 0; j < 101; j++)
                {
                    Assert.Equal(reference.Density(0, j), path[(frame * 3 + m) * Size + j], 1e-9);
                    Assert.Equal(reference.Density(1, j), path[(frame * 3 + m) * Size + 101 + j], 1e-9);
                }
            }
        }
    }

    [Fact]
    public void A_members_bits_do_not_depend_on_its_company()
    {
        var fields = RandomFronts(19);
        var together = Simulate(fields, 3);
        foreach (var m in (int[])[0, 7, 8, 16, 18])
        {
            var alone = Simulate(fields[(m * Size)..((m + 1) * Size)], 3);
            for (var frame = 0; frame < 3; frame++)
                Assert.Equal(alone[(frame * Size)..((frame + 1) * Size)], together[((frame * 19 + m) * Size)..((frame * 19 + m + 1) * Size)]);
        }
    }

    [Fact]
    public void Advancing_in_two_parts_gives_the_same_bits()
    {
        var fields = RandomFronts(2);
        var fine = new double[2 * Solver.StateSize];
        Solver.Lift(fields, fine, LiftRule.Equilibrium, default);
        var (first, second) = (new double[3 * fields.Length], new double[4 * fields.Length]);
        Solver.Advance(fine, 3, first, default);
        Solver.Advance(fine, 4, second, default);
        Assert.Equal(Simulate(fields, 7), first.Concat(second).ToArray());
    }

    [Fact]
    public void Frames_closer_to_each_other_are_of_the_same_trajectory()
    {
        var system = new FitzHughNagumoSystem();
        var (front, often) = (RandomFronts(1), system.SolverWithFrames(0.25)!);
        var path = new List<double>();
        MicroSimulation.Run(often, front, 8, StepContext.Of(1), (first, piece) => path.AddRange(first > 0 ? piece : []));
        var whole = Simulate(front, 2);
        Assert.Equal(whole[..Size], path[(3 * Size)..(4 * Size)]);
        Assert.Equal(whole[Size..], path[(7 * Size)..]);
        Assert.Null(system.SolverWithFrames(0.0126));
    }

    [Fact]
    public void The_limit_cycle_has_the_published_period_and_range()
    {
        const int transient = 2000, frames = 4000;
        var fields = new double[6 * Size];
        for (var m = 0; m < 6; m++)
            FitzHughNagumoFront.References[m].Sample(fields.AsSpan(m * Size, Size));
        var path = Simulate(fields, frames);
        for (var m = 0; m < 6; m++)
        {
            double At(int t, int j) => path[(t * 6 + m) * Size + j];
            var times = Enumerable.Range(transient, frames - transient - 1).Where(t => At(t, 50) < 0 && At(t + 1, 50) >= 0)
                .Select(t => t + At(t, 50) / (At(t, 50) - At(t + 1, 50))).ToArray();
            Assert.Equal(186.2, (times[^1] - times[0]) / (times.Length - 1), 0.3);

            var late = Enumerable.Range(transient, frames - transient).ToArray();
            var u = late.SelectMany(t => Enumerable.Range(0, 101).Select(j => At(t, j))).ToArray();
            var v = late.SelectMany(t => Enumerable.Range(101, 101).Select(j => At(t, j))).ToArray();
            Assert.InRange(u.Max() / 1.0195, 0.99, 1.01);
            Assert.InRange(u.Min() / -1.0195, 0.99, 1.01);
            Assert.InRange(v.Max() / 0.1490, 0.99, 1.01);
            Assert.InRange(v.Min() / -0.1477, 0.99, 1.01);
        }
    }

    /// <summary>
    /// Mean squared residuals of 1 to 10 principal components of y05, 5121 frames from t = 2 on, as the reference code of Hamid et al. 2024
    /// (L-HiTS) prints them: its data are those of this lattice, not of equation 13 of the paper.
    /// </summary>
    [Fact]
    public void The_principal_components_leave_what_L_HiTS_prints()
    {
        const int skipped = 2, frames = 5121;
        var fields = new double[Size];
        FitzHughNagumoFront.References.Single(front => front.Name == "y05").Sample(fields);
        // a column for each frame
        var path = new DenseMatrix(Size, skipped + frames - 1, Simulate(fields, skipped + frames - 1)).SubMatrix(0, Size, skipped - 1, frames);
        var mean = path.RowSums() / frames;
        var covariance = path.TransposeAndMultiply(path) / frames - mean.OuterProduct(mean);
        double[] variances = [.. covariance.Evd(Symmetricity.Symmetric).EigenValues.Select(value => value.Real).OrderDescending()];
        double[] published = [3.663e-2, 1.282e-2, 5.816e-3, 3.503e-3, 1.264e-3, 4.625e-4, 1.706e-4, 6.573e-5, 2.726e-5, 1.332e-5];
        for (var z = 1; z <= published.Length; z++)
            Assert.Equal(1, variances[z..].Sum() / Size / published[z - 1], 1e-3);
    }

    [Theory]
    [InlineData(LiftRule.Equilibrium)]
    [InlineData(LiftRule.Gradient)]
    public void Lifting_keeps_the_fields(LiftRule lift)
    {
        var fields = RandomFronts(2);
        var fine = new double[2 * Solver.StateSize];
        Solver.Lift(fields, fine, lift, default);
        for (var m = 0; m < 2; m++)
            for (var s = 0; s < 2; s++)
                for (var j = 0; j < 101; j++)
                {
                    double Population(int i) => fine[m * Solver.StateSize + (3 * s + i) * 101 + j];
                    Assert.Equal(fields[m * Size + s * 101 + j], Population(0) + Population(1) + Population(2), 1e-15);
                }
    }

    /// <summary>
    /// Restarting a running simulation from its fields costs accuracy, because the populations are not at equilibrium; the
    /// gradient term restores most of it.
    /// </summary>
    [Fact]
    public void The_gradient_lift_restores_the_non_equilibrium_part()
    {
        var truth = Simulate(RandomFronts(4), 110);
        var start = truth[(99 * 4 * Size)..(100 * 4 * Size)];
        double Error(LiftRule lift) =>
            Simulate(start, 10, lift).Zip(truth[(100 * 4 * Size)..], (x, y) => Math.Abs(x - y)).Average();
        Assert.True(Error(LiftRule.Gradient) < 0.1 * Error(LiftRule.Equilibrium),
            $"gradient {Error(LiftRule.Gradient):G3}, equilibrium {Error(LiftRule.Equilibrium):G3}");
    }

    [Fact]
    public void A_random_front_depends_on_seed_and_member_alone()
    {
        Assert.Equal(FitzHughNagumoFront.Random(3, 17).Position, FitzHughNagumoFront.Random(3, 17).Position);
        Assert.NotEqual(FitzHughNagumoFront.Random(3, 17).Position, FitzHughNagumoFront.Random(4, 17).Position);
        Assert.All(Enumerable.Range(0, 500), m => Assert.InRange(FitzHughNagumoFront.Random(9, m).Position, 4, 16));
    }

    /// <summary>Also the vectors that this machine does not have: the runtime then computes them piece by piece.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(8)]
    public void Bits_are_the_same_with_vectors_of_any_width(int lanes)
    {
        var narrow = After<Lanes128<double>>();
        Assert.DoesNotContain(narrow, double.IsNaN);
        Assert.Equal(narrow, After<Lanes256<double>>());
        Assert.Equal(narrow, After<Lanes512<double>>());

        double[] After<V>()
            where V : unmanaged, IVector<V, double>
        {
            var p = new FitzHughNagumoParameters();
            using var block = new LatticeBoltzmannBlock(p, lanes);
            for (var lane = 0; lane < lanes; lane++)
                block.Load(lane, [.. Enumerable.Range(0, 6 * p.Points).Select(i => 0.3 * Math.Sin(0.1 * i + lane))]);
            block.Step<V>(50); // more than one slide
            var fine = new double[lanes * 6 * p.Points];
            for (var lane = 0; lane < lanes; lane++)
                block.Store(lane, fine.AsSpan(lane * 6 * p.Points, 6 * p.Points));
            return fine;
        }
    }
}
