using LedCluster.Domain.Fields;
using LedCluster.Domain.Randomness;
using LedCluster.Domain.Workers;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Inference;
using LedCluster.Models.Networks;
using LedCluster.Models.Training;
using LedCluster.Solvers.External;
using static TorchSharp.torch;

namespace LedCluster.Models.Tests;

/// <summary>The mixture-density LSTM.</summary>
[Collection(nameof(TrainerTests))]
public sealed class LstmMixtureTests : IDisposable
{
    private static readonly LstmMixtureArchitecture Shape = new() { Hidden = 9, Features = 7, Kernels = 3 };
    private static readonly LatentScaling Scaling = new([-1, 2], [1, 5]);

    private readonly string directory = Directory.CreateTempSubdirectory("led-train-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    private static IPropagator Managed(LatentNetwork network, LstmMixtureArchitecture shape) =>
        shape.Build(Scaling, new WeightArrays(network.Weights.Arrays().ToDictionary(), "memory"));

    /// <summary>Without noise to speak of, a draw is the mean.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Managed_code_and_libtorch_agree(bool skip)
    {
        manual_seed(21);
        var shape = Shape with { Kernels = 1, LeastDeviation = 1e-9, Skip = skip };
        using var network = NetworkFactory.Propagator(shape, 2, float32, CPU)!;
        using var off = no_grad();
        network.Weights["mixture.diagonal.bias"].fill_(Numbers.Constant(-40));
        network.Weights["mixture.diagonal.weight"].zero_();
        network.Weights["mixture.lower.weight"].zero_();
        network.Weights["mixture.lower.bias"].zero_();
        const int members = 20;
        var managed = Managed(network, shape);
        var scaled = DenseLayerTests.Noise(6 * members * 2, 1, 1);
        var (latents, memory, path) = (new float[scaled.Length], new float[members * managed.MemorySize], new float[30 * members * 2]);
        for (var at = 0; at < latents.Length; at += 2)
            Scaling.Unscale(scaled.AsSpan(at, 2), latents.AsSpan(at, 2));
        managed.FeedAndRun(latents, StepContext.Of(members), memory, path);
        var (now, state) = (tensor(scaled, 6, members, 2), network.Blank(members));
        for (var s = 0; s < 5; s++)
            state = network.Consume(now.select(0, s), state);
        var latent = now.select(0, 5);
        var expected = new float[members * 2];
        for (var s = 0; s < 30; s++)
        {
            (latent, state) = network.Step(latent, state);
            var values = latent.contiguous().data<float>().ToArray();
            for (var at = 0; at < values.Length; at += 2)
                Scaling.Unscale(values.AsSpan(at, 2), expected.AsSpan(at, 2));
            for (var i = 0; i < expected.Length; i++)
                Assert.Equal(expected[i], path[s * members * 2 + i], 2e-4 * Math.Max(1, Math.Abs(expected[i])));
        }
    }

    [Fact]
    public void A_draw_depends_on_seed_member_and_frame_alone()
    {
        manual_seed(22);
        using var network = NetworkFactory.Propagator(Shape, 2, float32, CPU)!;
        var managed = Managed(network, Shape);
        int[] members = [.. Enumerable.Range(2, 19)];
        var (start, context) = (DenseLayerTests.Noise(members.Length * 2, 2, 1), new StepContext(4, members, 10));
        var (memory, whole, variance) = (new float[members.Length * managed.MemorySize], new float[12 * members.Length * 2], new float[12 * members.Length]);
        managed.FeedAndRun(start, context, memory, whole, variance);
        Assert.All(variance, value => Assert.True(value > 0));
        var (own, alone) = (new float[managed.MemorySize], new float[12 * 2]);
        managed.Run(start.AsSpan(2 * 17, 2), context.Slice(17, 1), own, alone.AsSpan(0, 5 * 2)); // in two legs
        managed.Run(alone.AsSpan(4 * 2, 2), context.Slice(17, 1).At(15), own, alone.AsSpan(5 * 2));
        for (var s = 0; s < 12; s++)
            Assert.Equal(whole[((s * 19 + 17) * 2)..((s * 19 + 17) * 2 + 2)], alone[(2 * s)..(2 * s + 2)]);
        Assert.Equal(memory[(17 * managed.MemorySize)..(18 * managed.MemorySize)], own);
        managed.Run(start.AsSpan(2 * 17, 2), context.Slice(17, 1).At(11), new float[managed.MemorySize], alone);
        Assert.NotEqual(whole[(17 * 2)..(17 * 2 + 2)], alone[..2]);
        Assert.True(managed.DependsOnFrame);
    }

    /// <summary>
    /// Ornstein-Uhlenbeck, x′ = a x + √(1 − a²) ξ, a = e^{−γΔt}: the one-step log-density of new data within 0.01 nat of the exact law's on
    /// the same data, and the autocorrelation aᵏ of what is drawn.
    /// </summary>
    [Fact]
    public void It_learns_an_Ornstein_Uhlenbeck_process()
    {
        const int runs = 10, frames = 1500, validation = 2;
        var (a, random, values) = (0.8, new Philox(5, 0, 0, 0), new double[runs * frames]);
        var noise = Math.Sqrt(1 - a * a);
        for (var i = 0; i < values.Length; i++)
            values[i] = i % frames == 0 ? random.NextNormal() : a * values[i - 1] + noise * random.NextNormal();
        var system = TrajectorySystem.Of("ou", new TrajectoryLayout { Channels = [new("x", "position", "1", 100)], Axes = [], TimeStep = 1 });
        var recipe = new TrainingOptions
        {
            About = "test",
            Data = new TrainingData { Members = runs - validation, ValidationMembers = validation, Frames = frames - 1 },
            ChannelMinimum = [-4],
            ChannelMaximum = [4],
            Reduction = new FullStateArchitecture { LatentSize = 1 },
            Propagator = new LstmMixtureArchitecture { Hidden = 8, Features = 8, Kernels = 1 },
            Sequential = new SequentialOptions
            {
                AutoencoderSteps = 0,
                AutoencoderFrames = frames,
                PropagatorSteps = 500,
                PropagatorBatch = 32,
                PropagatorLearningRate = 1e-2,
                PropagatorHorizon = 0,
                PropagatorWarm = 60,
                Polish = [],
            },
        };
        Assert.Empty(RecipeCheck.Faults(recipe));
        var manifest = new Trainer("ou", "test", system, recipe, seed: 1, given: new GivenTrajectories(values, runs, frames, "ou")).Train(
            Path.Combine(directory, "checkpoint"), Path.Combine(directory, "ou"), [], _ => { }, default)!;

        var (sum, count) = (0.0, 0);
        for (var i = (runs - validation) * frames; i < values.Length - 1; i++)
            if (i % frames >= 10 && i % frames < frames - 1)
                (sum, count) = (sum + 0.5 * Math.Log(2 * Math.PI * noise * noise) + 0.5 * Math.Pow((values[i + 1] - a * values[i]) / noise, 2), count + 1);
        var unit = 8.0 * (manifest.LatentHigh[0] - manifest.LatentLow[0]); // of x, what the network counts as 1
        Assert.Equal(sum / count, (double)manifest.Training["figures"]!["propagatorValidationNegativeLogLikelihood"]! + Math.Log(unit), 0.01);

        var (model, _) = ModelFile.Load(Path.Combine(directory, "ou"));
        const int members = 200, steps = 400;
        var (start, memory, path, variance) = (
            new float[members], new float[members * model.Propagator.MemorySize], new float[steps * members], new float[steps * members]);
        Array.Fill(start, 0.5f); // x = 0
        model.Propagator.FeedAndRun(start, new StepContext(1, Enumerable.Range(0, members).ToArray(), 0), memory, path, variance);
        Assert.All(variance, value => Assert.Equal(Math.Pow(noise / unit, 2), value, 0.05));
        double[] x = [.. path.Skip(50 * members).Select(z => 8 * (z - 0.5))];
        double Correlation(int lag) => Enumerable.Range(0, x.Length - lag * members).Average(i => x[i] * x[i + lag * members]);
        Assert.Equal(1, Correlation(0), 0.05);
        foreach (var lag in (int[])[1, 2, 4, 8])
            Assert.Equal(Math.Pow(a, lag), Correlation(lag) / Correlation(0), 0.03);
    }

    [Fact]
    public void A_shape_that_cannot_be_is_refused_with_what_to_change()
    {
        Assert.Contains("fewer than the 8 latents", Shape.Fault(8));
        Assert.Contains("above 0", (Shape with { LeastDeviation = -1 }).Fault(2));
        Assert.Null(Shape.Fault(2));
    }
}
