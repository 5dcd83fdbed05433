using LedCluster.Models.Checkpoints;
using LedCluster.Models.Inference;
using LedCluster.Models.Networks;
using LedCluster.Models.Propagators.HierarchicalTimeStepping;
using LedCluster.Models.Training;
using LedCluster.Solvers.Systems;
using static TorchSharp.torch;

namespace LedCluster.Models.Tests;

/// <summary>Networks of hierarchical time-stepping in training.</summary>
[Collection(nameof(TrainerTests))]
public sealed class HierarchicalTrainingTests : IDisposable
{
    private static readonly HierarchicalArchitecture Shape = new() { Steps = [1, 2, 4, 8, 16, 32, 64], HiddenLayers = [16, 16] };

    private static readonly TrainingOptions Recipe = new()
    {
        About = "test",
        Data = new TrainingData { Members = 10, ValidationMembers = 3, Frames = 200 },
        ChannelMinimum = [-5, -5],
        ChannelMaximum = [5, 5],
        Reduction = new FullStateArchitecture { LatentSize = 2 },
        Propagator = Shape,
        Sequential = new SequentialOptions
        {
            AutoencoderSteps = 0, AutoencoderFrames = 201, PropagatorSteps = 250, PropagatorBatch = 32, PropagatorHorizon = 5, PropagatorLearningRate = 5e-3, PropagatorSkip = 20,
            CouplingHorizon = 90, SinglePrecision = true, Polish = [],
        },
    };

    private readonly string directory = Directory.CreateTempSubdirectory("led-hierarchy-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public void Libtorch_and_managed_code_advance_alike()
    {
        manual_seed(1);
        using var networks = new FlowMapNetworks(Shape, new WeightTensors(FlowMapNetworks.Shapes(Shape, 3), float32, CPU));
        var arrays = new WeightArrays(networks.Weights.Arrays().ToDictionary(), "the test");
        float[] states = [.. Enumerable.Range(0, 30).Select(i => MathF.Sin(i))], next = new float[30];
        using var scope = NewDisposeScope();
        using var off = no_grad();
        foreach (var step in Shape.Steps)
        {
            Shape.Network(step, new LatentScaling([0, 0, 0], [1, 1, 1]), arrays).Advance(states, next, 10);
            var expected = networks.Advance(step, tensor(states, [10, 3])).data<float>().ToArray();
            Assert.Equal(0, expected.Zip(next, (a, b) => Math.Abs(a - b)).Max(), 3e-6);
        }
    }

    [Fact]
    public void Training_chooses_what_to_couple_and_goes_on_with_the_same_bits()
    {
        Assert.Empty(RecipeCheck.Faults(Recipe));
        var manifest = Train(Recipe, "whole")!;
        var figures = manifest.Training["figures"]!;
        double Single(int step) => (double)figures[$"singleStepError.{step}"]!;
        var coupled = ((HierarchicalArchitecture)manifest.Propagator).Coupled;
        Assert.NotEmpty(coupled);
        Assert.True((double)figures["couplingError"]! <= Shape.Steps.Min(Single));
        Assert.True((double)figures["couplingError"]! < 0.5, $"{figures}"); // of a variance of 1

        var propagator = Assert.IsType<HierarchicalPropagator>(ModelFile.Load(Path.Combine(directory, "whole")).Model.Propagator);
        Assert.Equal(coupled.OrderDescending(), propagator.Maps.Select(map => map.Step));

        Assert.Null(Train(Recipe, "parts", stopAfter: 100));
        Assert.Equal(manifest.WeightsSha256, Train(Recipe, "parts")!.WeightsSha256);

        var adaptive = Train(Recipe with { Propagator = Shape with { Tolerance = 0.05 }, Sequential = Recipe.Sequential! with { PropagatorSteps = 2 } }, "adaptive")!;
        Assert.True(((HierarchicalArchitecture)adaptive.Propagator).Coupled.IsDefault);
        Assert.IsType<AdaptivePropagator>(ModelFile.Load(Path.Combine(directory, "adaptive")).Model.Propagator);
    }

    [Fact]
    public void Recipes_that_cannot_be_are_refused()
    {
        Assert.Contains("different numbers of frames", Fault(Shape with { Steps = [4, 4] }));
        Assert.Contains("positive widths", Fault(Shape with { HiddenLayers = [0] }));
        Assert.Contains("must be above 0", Fault(Shape with { Tolerance = 0 }));
        Assert.Contains("leave out coupled", Fault(Shape with { Coupled = [4] }));
        Assert.Contains("a step of 181 frames does not fit", Fault(Shape with { Steps = [1, 181] }));
        Assert.Contains("propagatorHorizon from 1", Assert.Single(RecipeCheck.Faults(Recipe with { Sequential = Recipe.Sequential! with { PropagatorHorizon = 0 } })));
        Assert.Contains("not rounds", Assert.Single(RecipeCheck.Faults(Recipe with { Sequential = null, Rounds = new RoundOptions { EndToEnd = false, Epochs = 1 } })));

        static string Fault(PropagatorArchitecture shape) => Assert.Single(RecipeCheck.Faults(Recipe with { Propagator = shape }));
    }

    private ModelManifest? Train(TrainingOptions options, string name, int stopAfter = int.MaxValue)
    {
        using var cancel = new CancellationTokenSource();
        var steps = 0;
        return new Trainer("vdp", "test", new VanDerPolOscillator(), options, seed: 3).Train(
            Path.Combine(directory, name + ".checkpoint"), Path.Combine(directory, name), [], _ =>
            {
                if (++steps == stopAfter)
                    cancel.Cancel();
            }, cancel.Token);
    }
}
