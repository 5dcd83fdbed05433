using System.Numerics;
using LedCluster.Domain.Workers;
using LedCluster.Solvers.RandomWalk;

namespace LedCluster.Solvers.Tests;

public class WalkersTests
{
    private const double Left = 0.1875, Right = 0.2125;

    private static StepContext Context(double walkers, int members = 1, ulong seed = 3) =>
        new(seed, Enumerable.Range(0, members).ToArray(), 0, Enumerable.Range(0, members).SelectMany(
            _ => (double[])[1, 1, 0.2, Left, Right, walkers]).ToArray());

    private static Complex Characteristic(double θ, int jumps) =>
        Complex.Pow(1 - Left - Right + Left * Complex.Exp(-Complex.ImaginaryOne * θ) + Right * Complex.Exp(Complex.ImaginaryOne * θ), jumps);

    /// <summary>Mode k of the walkers' cells, Σ n_c e^{−2πikc/6400}/N; the law turns and damps it by the characteristic function at −θ.</summary>
    private static Complex Mode(ReadOnlySpan<double> cells, int k)
    {
        var (sum, all) = (Complex.Zero, 0.0);
        for (var c = 0; c < cells.Length; c++)
        {
            sum += cells[c] * Complex.Exp(-2 * Math.PI * Complex.ImaginaryOne * k * c / cells.Length);
            all += cells[c];
        }
        return sum / all;
    }

    [Fact]
    public void The_law_of_displacements_has_the_characteristic_function_of_1600_jumps()
    {
        var law = new DisplacementLaw(Left, Right, 1600);
        Assert.Equal(1, law.Probabilities.Sum(), 1e-12);
        foreach (var θ in (double[])[Math.PI / 640, 4 * Math.PI / 640, 0.05])
            Assert.True(Complex.Abs(
                Characteristic(θ, 1600) - law.Probabilities.Select((p, i) =>
                    p * Complex.Exp(Complex.ImaginaryOne * θ * (law.First + i))).Aggregate((a, b) => a + b)) < 1e-12);
        Assert.Contains("sum 1 at most", Assert.Throws<ArgumentException>(() => new DisplacementLaw(0.6, 0.6, 1)).Message);
    }

    [Fact]
    public void Laws_are_kept_for_a_while_and_not_for_ever()
    {
        var first = KeptLaws.Of(0);
        Assert.Same(first, KeptLaws.Of(0));
        for (var n = 1; n <= 1100; n++)
            KeptLaws.Of(n);
        Assert.NotSame(first, KeptLaws.Of(0));
        Assert.Equal(first.Probabilities, KeptLaws.Of(0).Probabilities);
    }

    /// <summary>Four standard errors; the variance of a walker's mode is at most 1/N.</summary>
    [Theory]
    [InlineData(typeof(LumpedWalkers), 250_000, 9)]
    [InlineData(typeof(DisplacedWalkers), 250_000, 9)]
    [InlineData(typeof(LumpedWalkers), 50_000_000, 3)]
    [InlineData(typeof(StepwiseWalkers), 10_000, 2)]
    public void Modes_decay_and_turn_as_the_characteristic_function_says(Type solver, double walkers, int frames)
    {
        var (system, context) = (new WalkersSystem((WalkerSolver)Activator.CreateInstance(solver)!), Context(walkers));
        var fields = new double[WalkerLattice.Bins];
        system.Random(1, 0, context.ParametersOf(0), fields);
        var state = system.Solver.Lift(fields, LiftRule.Gradient, context);
        var before = Enumerable.Range(1, 4).Select(k => Mode(state, k)).ToArray();
        state = system.Solver.Advance(state, frames, new DiscardedFrames(), context);
        Assert.Equal(walkers, state.Sum());
        for (var k = 1; k <= 4; k++)
        {
            var expected = before[k - 1] * Complex.Conjugate(Characteristic(Math.PI * k / 640, 1600 * frames));
            Assert.InRange(Complex.Abs(Mode(state, k) - expected), 0, 4 / Math.Sqrt(walkers));
        }
    }

    /// <summary>All walkers in one cell: where they are a frame later is a sample of the law. Pearson's χ² of each solver's.</summary>
    [Theory]
    [InlineData(typeof(StepwiseWalkers), 20_000)]
    [InlineData(typeof(DisplacedWalkers), 500_000)]
    [InlineData(typeof(LumpedWalkers), 500_000)]
    public void All_solvers_draw_from_the_same_law(Type solver, double walkers)
    {
        var (law, state) = (new DisplacementLaw(Left, Right, 1600), new double[WalkerLattice.Cells]);
        state[1000] = walkers;
        state = ((WalkerSolver)Activator.CreateInstance(solver)!).Advance(state, 1, new DiscardedFrames(), Context(walkers));
        var (χ2, classes) = (0.0, 0);
        for (var i = 0; i < law.Probabilities.Length; i++)
            if (law.Probabilities[i] * walkers is > 5 and var expected)
                (χ2, classes) = (χ2 + Math.Pow(state[1000 + WalkerLattice.CellsPerJump * (law.First + i)] - expected, 2) / expected, classes + 1);
        Assert.InRange(χ2, classes - 4 * Math.Sqrt(2 * classes), classes + 4 * Math.Sqrt(2 * classes));
    }

    /// <summary>A walk of many walkers is advection and diffusion: shares follow the density that is moved by vΔt and spread by √(2DΔt).</summary>
    [Fact]
    public void Lifted_shares_are_kept_and_move_by_advection_and_diffusion()
    {
        var (system, context) = (new WalkersSystem(), Context(1e9));
        var (fields, sink) = (new double[WalkerLattice.Bins], new Last());
        system.Random(1, 0, context.ParametersOf(0), fields);
        var state = system.Solver.Lift(fields, LiftRule.Gradient, context);
        var counted = new double[WalkerLattice.Bins];
        WalkerLattice.Count(state, counted);
        Assert.Equal(fields, counted);
        system.Solver.Advance(state, 5, sink, context);
        Complex Of(double[] shares, int k) =>
            shares.Select((x, j) => x * Complex.Exp(-2 * Math.PI * Complex.ImaginaryOne * k * j / 25)).Aggregate((a, b) => a + b);
        for (var k = 1; k <= 2; k++)
        {
            var ratio = Of(sink.Fields, k) / Of(fields, k);
            Assert.Equal(-0.0625 * 5 * Math.PI * k, ratio.Phase, 2e-3);
            Assert.Equal(Math.Exp(-1.953125e-4 * 20 * Math.PI * k * Math.PI * k), ratio.Magnitude, 2e-3);
        }
    }

    [Fact]
    public void What_is_no_density_is_refused()
    {
        var (solver, context) = (new LumpedWalkers(), Context(100));
        double[] Shares(double first) => [first, .. Enumerable.Repeat(0.04, 24)];
        Assert.Contains("add up to 1.96", Assert.Throws<ArgumentException>(() => solver.Lift(Shares(1), LiftRule.Equilibrium, context)).Message);
        Assert.Contains("add up to 1.96", new WalkersSystem().InitialFault(Shares(1)));
        Assert.Null(new WalkersSystem().InitialFault(Shares(0.04)));
        Assert.Contains("must not be negative", Assert.Throws<ArgumentException>(() => solver.Lift(Shares(-0.1), LiftRule.Equilibrium, context)).Message);
        Assert.Contains("whole number", Assert.Throws<ArgumentException>(() => solver.Lift(Shares(0.04), LiftRule.Equilibrium, Context(100.5))).Message);
    }

    private sealed class Last : IFrameSink
    {
        public double[] Fields { get; private set; } = [];

        public void Add(ReadOnlySpan<double> fields) => Fields = fields[^WalkerLattice.Bins..].ToArray();
    }

    private abstract class KeptLaws : WalkerSolver
    {
        /// <summary>A law so narrow that it is computed at once.</summary>
        public static DisplacementLaw Of(int n) => Law(1e-20 * (n + 1), 0);
    }
}
