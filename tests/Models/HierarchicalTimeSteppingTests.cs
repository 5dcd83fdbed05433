using LedCluster.Domain.Workers;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Inference;
using LedCluster.Models.Propagators.HierarchicalTimeStepping;
using LedCluster.Solvers.Steppers;
using LedCluster.Solvers.Systems;
using static LedCluster.Models.Tests.DenseLayerTests;

namespace LedCluster.Models.Tests;

public class HierarchicalTimeSteppingTests
{
    private const double Dt = 0.02, Decay = -0.05, Rotation = 2;

    /// <summary>Exact networks of x' = Ax, a decaying rotation: N_s = e^{A s dt} − I.</summary>
    private static ResidualFlowMap Linear(int step) => Linear(step, 0);

    /// <summary>The same, wrong by a given part.</summary>
    private static ResidualFlowMap Linear(int step, double error)
    {
        var (growth, angle) = ((1 + error) * Math.Exp(Decay * step * Dt), Rotation * step * Dt);
        float[] weight = [
            (float)(growth * Math.Cos(angle) - 1), (float)(-growth * Math.Sin(angle)), (float)(growth * Math.Sin(angle)),
            (float)(growth * Math.Cos(angle) - 1)];
        return new ResidualFlowMap(step, [new DenseLayer(weight, [0, 0], Activation.None)]);
    }

    private static double[] Exact(double[] start, int frame)
    {
        var (growth, angle) = (Math.Exp(Decay * frame * Dt), Rotation * frame * Dt);
        return [growth * (Math.Cos(angle) * start[0] - Math.Sin(angle) * start[1]), growth * (Math.Sin(angle) * start[0] + Math.Cos(angle) * start[1])];
    }

    private static ResidualFlowMap Random(int step, int size, int hidden = 20) => new(step,
    [
        new DenseLayer(Noise(hidden * size, step), Noise(hidden, step + 1), Activation.Relu),
        new DenseLayer(Noise(hidden * hidden, step + 2), Noise(hidden, step + 3), Activation.Relu),
        new DenseLayer(Noise(size * hidden, step + 4), Noise(size, step + 5), Activation.None),
    ]);

    private static float[] Run(IEnumerable<IFlowMap> maps, float[] start, int members, int frames)
    {
        var propagator = new HierarchicalPropagator(maps);
        var path = new float[frames * start.Length];
        Array.Fill(path, float.NaN);
        propagator.Run(start, StepContext.Of(members), [], path);
        return path;
    }

    /// <summary>The flow of Van der Pol's oscillator by Dormand and Prince's method.</summary>
    private sealed class SolverFlowMap(int step, double μ = 2, double dt = 0.01) : IFlowMap
    {
        private readonly AdaptiveIntegrator<VanDerPol> integrator =
            new(RungeKutta.Create(new VanDerPol(), ExplicitTableaux.DormandPrince), new() { Relative = 1e-10, Absolute = 1e-12 });

        public int Step => step;

        public int Size => 2;

        public void Advance(ReadOnlySpan<float> states, Span<float> next, int rows)
        {
            double[] y = [.. states[..(2 * rows)].ToArray().Select(x => (double)x)], parameters = [.. Enumerable.Repeat(μ, rows)];
            integrator.Advance(y, parameters, 0, [step * dt], []);
            for (var i = 0; i < y.Length; i++)
                next[i] = (float)y[i];
        }
    }

    [Fact]
    public void Exact_networks_of_a_linear_system_forecast_exactly_at_every_node()
    {
        double[] start = [1.5, -0.7];
        foreach (var steps in (int[][])[[1, 2, 4, 8, 16, 32], [64, 16, 4], [3, 10, 45]])
            foreach (var frames in (int[])[1, 2, 44, 45, 64, 97, 200])
            {
                var path = Run(steps.Select(step => Linear(step)), [1.5f, -0.7f], 1, frames);
                var plan = new CouplingPlan([.. steps.OrderDescending()], frames);
                var curvature = steps.Min() * Dt * steps.Min() * Dt / 8 * (Rotation * Rotation + 2 * Math.Abs(Rotation * Decay) + Decay * Decay) * 1.7;
                for (var frame = 1; frame <= frames; frame++)
                {
                    // A node that is one frame off would be wrong by 0.06.
                    var allowed = plan.Levels[^1].Nodes.Contains(frame) ? 3e-6 : curvature + 3e-6;
                    Assert.Equal(0, Exact(start, frame).Select((x, k) => Math.Abs(x - path[2 * (frame - 1) + k])).Max(), allowed);
                }
            }
    }

    [Fact]
    public void Networks_that_give_zero_forecast_the_start()
    {
        float[] start = [.. Noise(3 * 4, 1)];
        ResidualFlowMap Zero(int step) => new(
            step, [new DenseLayer(new float[16], [0, 0, 0, 0], Activation.Relu), new DenseLayer(new float[16], [0, 0, 0, 0], Activation.None)]);
        var path = Run([Zero(1), Zero(5), Zero(20)], start, 3, 47);
        for (var frame = 0; frame < 47; frame++)
            Assert.Equal(start, path[(12 * frame)..(12 * frame + 12)]);
    }

    [Fact]
    public void A_single_network_of_one_frame_is_the_plain_recurrence_to_the_bit()
    {
        var map = Random(1, 5);
        var (start, frames) = (Noise(2 * 5, 9), 33);
        var path = Run([map], start, 2, frames);
        float[] state = start, next = new float[10];
        for (var frame = 0; frame < frames; frame++)
        {
            map.Advance(state, next, 2);
            Assert.Equal(next, path[(10 * frame)..(10 * frame + 10)]);
            (state, next) = ([.. next], new float[10]);
        }
    }

    [Fact]
    public void A_single_coarse_network_is_interpolated_between_its_multiples_from_frame_0_on()
    {
        var shift = new ResidualFlowMap(4, [new DenseLayer([0], [1], Activation.None)]); // x + 1 every four frames
        Assert.Equal([10.25f, 10.5f, 10.75f, 11, 11.25f, 11.5f, 11.75f, 12, 12.25f, 12.5f], Run([shift], [10], 1, 10));
        Assert.Equal([10.25f], Run([shift], [10], 1, 1));
    }

    /// <summary>Whatever the steps and the horizon: each node is made once, from one that is known, short of the next coarser one.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(31)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(997)]
    [InlineData(5120)]
    public void Every_frame_is_filled_once(int horizon)
    {
        foreach (var steps in (int[][])[[1], [8], [64, 32, 16, 8, 4, 2, 1], [64, 8], [100, 30, 7], [1024, 512, 64]])
        {
            var plan = new CouplingPlan(steps, horizon);
            var known = new HashSet<int> { 0 };
            foreach (var level in plan.Levels)
            {
                foreach (var batch in level.Batches)
                {
                    Assert.All(batch.From.Zip(batch.To), pair => Assert.Equal(steps[level.Map], pair.Second - pair.First));
                    Assert.All(batch.From, frame => Assert.Contains(frame, known));
                    Assert.All(batch.To, frame => Assert.InRange(frame, 1, horizon));
                    foreach (var frame in batch.To)
                        Assert.True(known.Add(frame), $"frame {frame} is made twice");
                }
                Assert.Equal(known.Order(), level.Nodes);
                var ends = level.Nodes.Append(level.After > 0 ? level.After : horizon).ToArray();
                Assert.InRange(ends[^1], horizon, horizon + steps[level.Map] - 1);
                for (var i = 1; i < ends.Length; i++)
                    Assert.InRange(ends[i] - ends[i - 1], level.After == 0 && i == ends.Length - 1 ? 0 : 1, steps[level.Map]);
            }
            Assert.Equal(known.Count - 1 + (plan.Levels[^1].After > 0 ? 1 : 0), plan.Applications);
        }
        Assert.DoesNotContain(float.NaN, Run([Random(8, 3), Random(3, 3), Random(64, 3)], Noise(6, 1), 2, horizon));
    }

    /// <summary>
    /// Σ over levels of (nodes so far) · ⌊budget/s⌋, budget N for the first and one less than the coarser step for the others; where a step
    /// does not divide the coarser one, the published algorithm steps over nodes that it has.
    /// </summary>
    [Fact]
    public void A_full_hierarchy_applies_as_many_networks_as_the_published_algorithm()
    {
        foreach (var steps in (int[][])[[64, 32, 16, 8], [60, 20, 5], [1024, 512, 256, 128, 64, 32, 16, 8, 4, 2, 1]])
        {
            var horizon = 4 * steps[0] - 1; // so that the last coarse node is refined as far as the others
            var (rows, nodes, budget) = (0, 1, horizon);
            foreach (var step in steps)
            {
                rows += nodes * (budget / step);
                nodes += nodes * (budget / step);
                budget = step - 1;
            }
            var plan = new CouplingPlan(steps, horizon);
            Assert.Equal(rows, plan.Levels.Sum(level => level.Batches.Sum(batch => batch.To.Length)));
        }
    }

    [Fact]
    public void A_members_bits_do_not_depend_on_its_company()
    {
        const int members = 37, frames = 90, size = 6;
        IFlowMap[] maps = [Random(4, size), Random(32, size), Random(8, size)];
        var start = Noise(members * size, 4);
        var together = Run(maps, start, members, frames);
        foreach (var m in (int[])[0, 16, 36])
        {
            var alone = Run(maps, start[(m * size)..((m + 1) * size)], 1, frames);
            for (var frame = 0; frame < frames; frame++)
                Assert.Equal(alone[(frame * size)..((frame + 1) * size)], together[((frame * members + m) * size)..((frame * members + m + 1) * size)]);
        }
    }

    [Fact]
    public void A_network_is_its_formula()
    {
        const int size = 3, hidden = 20, rows = 130;
        var (map, x) = (Random(2, size, hidden), Noise(rows * size, 8, 2));
        var next = new float[rows * size];
        map.Advance(x, next, rows);
        for (var row = 0; row < rows; row++)
        {
            double[] value = [.. x.Skip(row * size).Take(size).Select(u => (double)u)];
            foreach (var (outputs, seed) in ((int, int)[])[(hidden, 2), (hidden, 4), (size, 6)])
            {
                var (w, b, input) = (Noise(outputs * value.Length, seed), Noise(outputs, seed + 1), value);
                value = [.. Enumerable.Range(0, outputs).Select(o => b[o] + input.Select((u, k) => u * w[o * input.Length + k]).Sum()).Select(
                    y => outputs == hidden ? Math.Max(0, y) : y)];
            }
            for (var k = 0; k < size; k++)
                Assert.Equal(x[row * size + k] + value[k], next[row * size + k], 1e-5);
        }
    }

    /// <summary>z + b N((z − a)/b) for latents z with a scaling, also for a network of a single layer.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_architecture_builds_its_networks_with_their_scaling(bool hidden)
    {
        var scaling = new LatentScaling([-1, 0.5f, -2], [2, 1.5f, 2]);
        var shape = new HierarchicalArchitecture { Steps = [1, 4], HiddenLayers = hidden ? [20, 17] : [] };
        var widths = shape.Widths(3);
        var arrays = shape.Steps.SelectMany(step => Enumerable.Range(0, widths.Length - 1).SelectMany(i => ((string, (long[], float[]))[])
        [
            ($"steps.{step}.{i}.weight", ([widths[i + 1], widths[i]], Noise(widths[i] * widths[i + 1], step + 10 * i))),
            ($"steps.{step}.{i}.bias", ([widths[i + 1]], Noise(widths[i + 1], step + 10 * i + 5))),
        ])).ToDictionary(pair => pair.Item1, pair => pair.Item2);
        var propagator = Assert.IsType<HierarchicalPropagator>(shape.Build(scaling, new WeightArrays(arrays, "the test")));
        Assert.Equal([4, 1], propagator.Maps.Select(map => map.Step));
        foreach (var map in propagator.Maps)
        {
            ResidualFlowMap plain = new(map.Step, [.. Enumerable.Range(0, widths.Length - 1).Select(i => new DenseLayer(
                arrays[$"steps.{map.Step}.{i}.weight"].Item2, arrays[$"steps.{map.Step}.{i}.bias"].Item2,
                i == widths.Length - 2 ? Activation.None : Activation.Relu))]);
            float[] z = [0.3f, 1.1f, -0.8f], s = new float[3], next = new float[3], expected = new float[3], actual = new float[3];
            scaling.Scale(z, s);
            plain.Advance(s, next, 1);
            scaling.Unscale(next, expected);
            map.Advance(z, actual, 1);
            Assert.Equal(0, expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max(), 3e-6);
        }
        Assert.IsType<AdaptivePropagator>((shape with { Tolerance = 0.1 }).Build(scaling, new WeightArrays(arrays, "the test")));
        Assert.Contains("different numbers of frames", Assert.Throws<InvalidDataException>(
            () => (shape with { Steps = [4, 4] }).Build(scaling, new WeightArrays(arrays, "the test"))).Message);
        Assert.Contains("lack 'steps.2.0.weight'", Assert.Throws<InvalidDataException>(
            () => (shape with { Steps = [2] }).Build(scaling, new WeightArrays(arrays, "the test"))).Message);
    }

    /// <summary>A network for the coarse steps and a solver for the fine ones, here both the solver, give the trajectory itself.</summary>
    [Fact]
    public void A_hybrid_with_a_solver_follows_the_true_trajectory()
    {
        var path = Run([new SolverFlowMap(128), new SolverFlowMap(16), new SolverFlowMap(1)], [1, 0.5f], 1, 700);
        double[] y = [1, 0.5], truth = new double[1400];
        new AdaptiveIntegrator<VanDerPol>(RungeKutta.Create(new VanDerPol(), ExplicitTableaux.DormandPrince), new() { Relative = 1e-10, Absolute = 1e-12 })
            .Advance(y, [2], 0, [.. Enumerable.Range(1, 700).Select(frame => 0.01 * frame)], truth);
        Assert.Equal(0, truth.Zip(path, (a, b) => Math.Abs(a - b)).Max(), 1e-5);
    }

    private static (float[] Trajectories, int Members) Trajectories(int frames)
    {
        double[][] starts = [[1, 0], [0.3, -1.2], [-2, 0.4]];
        return ([.. Enumerable.Range(0, frames + 1).SelectMany(frame => starts.SelectMany(start => Exact(start, frame).Select(x => (float)x)))], starts.Length);
    }

    [Fact]
    public void Errors_of_all_couplings_are_those_of_their_own_forecasts()
    {
        var (trajectories, members) = Trajectories(150);
        IFlowMap[] maps = [Linear(2), Random(4, 2), Linear(32), Linear(8)];
        var selection = new CouplingSelection(maps, trajectories, members);
        Assert.Equal([2, 4, 8, 32], selection.Maps.Select(map => map.Step));
        for (var largest = 0; largest < 4; largest++)
            for (var smallest = 0; smallest <= largest; smallest++)
            {
                var path = Run(selection.Maps[smallest..(largest + 1)], trajectories[..6], members, 150);
                Assert.Equal(path.Zip(trajectories[6..], (a, b) => ((double)a - b) * ((double)a - b)).Average(), selection.Error(smallest, largest), 1e-12);
            }
    }

    [Fact]
    public void Networks_that_harm_are_left_out()
    {
        var (trajectories, members) = Trajectories(300);
        ResidualFlowMap Wrong(int step) => new(step, [new DenseLayer([0.1f, 0, 0, 0.1f], [0, 0], Activation.None)]);
        var selection = new CouplingSelection([Wrong(1), Linear(2, 1e-4), Linear(4, 1e-4), Linear(16, 1e-4), Wrong(64), Wrong(128)], trajectories, members);
        foreach (var choice in (CouplingChoice[])[selection.Published(), selection.Best()])
        {
            Assert.Equal((1, 3), (choice.Smallest, choice.Largest));
            Assert.Equal([16, 4, 2], selection.Propagator(choice).Maps.Select(map => map.Step));
            Assert.InRange(choice.Error, 0, 1e-5);
        }
    }

    [Fact]
    public void Adaptive_steps_need_fewer_steps_than_equal_ones_of_the_same_error()
    {
        const int frames = 3000;
        const double μ = 5;
        IFlowMap[] maps = [.. Enumerable.Range(0, 9).Select(k => new SolverFlowMap(1 << k, μ))];
        var truth = Run([maps[0]], [2, 0], 1, frames);
        double Error(float[] path) => truth.Zip(path, (a, b) => ((double)a - b) * ((double)a - b)).Average();
        var (path, counts) = (new float[2 * frames], new AdaptiveCount[1]);
        new AdaptivePropagator(maps, 0.01).Forecast([2, 0], 1, path, counts);
        var error = Error(path);
        var coarsest = maps.Last(map => Error(Run([map], [2, 0], 1, frames)) <= error);
        Assert.InRange(counts[0].Steps, 1, frames / coarsest.Step / 2);
        Assert.InRange(counts[0].Applications, counts[0].Steps, 2 * counts[0].Steps);

        var steps = AdaptiveSchedule.Choose(maps, [2, 0], frames, 0.01);
        var scheduled = new float[2 * frames];
        AdaptiveSchedule.Run(maps, steps, [2, 0], 1, scheduled);
        coarsest = maps.Last(map => Error(Run([map], [2, 0], 1, frames)) <= Error(scheduled));
        Assert.InRange(steps.Length, 1, frames / coarsest.Step / 2);
        Assert.True(steps.Sum() >= frames && steps[..^1].Sum() < frames);
    }

    [Fact]
    public void Adaptive_members_keep_their_bits_in_company()
    {
        const int members = 21, frames = 100;
        IFlowMap[] maps = [Linear(1), Linear(4), Linear(16)];
        var (start, together) = (Noise(members * 2, 3, 3), new float[frames * members * 2]);
        var propagator = new AdaptivePropagator(maps, 0.05);
        var counts = new AdaptiveCount[members];
        propagator.Forecast(start, members, together, counts);
        Assert.True(counts.Distinct().Count() > 1, "all members take the same steps");
        foreach (var m in (int[])[0, 7, 20])
        {
            var alone = new float[frames * 2];
            propagator.Run(start.AsSpan(2 * m, 2), StepContext.Of(1), [], alone);
            for (var frame = 0; frame < frames; frame++)
                Assert.Equal(alone[(2 * frame)..(2 * frame + 2)], together[((frame * members + m) * 2)..((frame * members + m) * 2 + 2)]);
        }
    }

    [Fact]
    public void What_is_no_hierarchy_is_refused()
    {
        Assert.Contains("lead from d numbers back to d", Assert.Throws<ArgumentException>(
            () => new ResidualFlowMap(1, [new DenseLayer(new float[6], [0, 0], Activation.None)])).Message);
        Assert.Contains("at least one flow map", Assert.Throws<ArgumentException>(() => new HierarchicalPropagator([])).Message);
        Assert.Contains("different steps; given: 4, 4", Assert.Throws<ArgumentException>(
            () => new HierarchicalPropagator([Random(4, 2), Random(4, 2)])).Message);
        Assert.Contains("for 2 frames takes 3 numbers, that for 4 takes 2", Assert.Throws<ArgumentException>(
            () => new HierarchicalPropagator([Random(4, 2), Random(2, 3)])).Message);
        Assert.Contains("must fall", Assert.Throws<ArgumentException>(() => new CouplingPlan([1, 2], 5)).Message);
        Assert.Contains("above 0", Assert.Throws<ArgumentException>(() => new AdaptivePropagator([Random(1, 2)], 0)).Message);
        Assert.Contains("do not forecast 9 frames", Assert.Throws<ArgumentException>(
            () => AdaptiveSchedule.Run([Random(4, 2)], [4, 4], Noise(2, 1), 1, new float[18])).Message);
        Assert.Contains("not trajectories", Assert.Throws<ArgumentException>(() => new CouplingSelection([Random(1, 2)], new float[7], 2)).Message);
    }
}
