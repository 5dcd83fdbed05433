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
            AutoencoderSteps = 0, AutoencoderFrames = 201, PropagatorSteps = 250, PropagatorBatch = 32, PropagatorHorizon = 5,
            PropagatorLearningRate = 5e-3, PropagatorSkip = 20,
            CouplingHorizon = 90, SinglePrecision = true, Polish = [],
        },
    };

    private readonly string directory = Directory.CreateTempSubdirectory("led-hierarchy-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public void Libtorch_and_managed_code_advance_alike()
    {
        manual_seed(1);
        using var networks = new FlowMapNetworks(Shape, 3, float32, CPU);
        var arrays = new WeightArrays(networks.Arrays().ToDictionary(), "the test");
        float[] states = [.. Enumerable.Range(0, 30).Select(i => MathF.Sin(i))], next = new float[30];
        using var scope = NewDisposeScope();
        using var off = no_grad();
        foreach (var step in Shape.Steps)
        {
            Shape.Network(step, new LatentScaling([0, 0, 0], [1, 1, 1]), arrays).Advance(states, next, 10);
            var expected = networks.Advance(tensor(states, [1, 10, 3]), tensor([(long)Shape.Steps.IndexOf(step)])).data<float>().ToArray();
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

        var adaptive = Train(
            Recipe with { Propagator = Shape with { Tolerance = 0.05 }, Sequential = Recipe.Sequential! with { PropagatorSteps = 2 } },
            "adaptive")!;
        Assert.True(((HierarchicalArchitecture)adaptive.Propagator).Coupled.IsDefault);
        Assert.IsType<AdaptivePropagator>(ModelFile.Load(Path.Combine(directory, "adaptive")).Model.Propagator);
    }

    [Fact]
    public void Networks_are_written_in_float16_when_the_recipe_says_so_and_the_reduction_is_not()
    {
        var recipe = Recipe with
        {
            Reduction = new FeedForwardArchitecture { LatentSize = 1, HiddenLayers = [4] },
            Sequential = Recipe.Sequential! with { AutoencoderSteps = 2, PropagatorSteps = 2 },
        };
        Dictionary<string, (long[] Shape, float[] Values)> Weights(TrainingOptions of, string name)
        {
            Train(of, name);
            return Safetensors.Read(Path.Combine(directory, name, ModelFile.WeightsName));
        }
        var (whole, half) = (Weights(recipe, "whole"), Weights(recipe with { HalfPrecision = true }, "half"));
        Assert.Equal(whole.Keys.Order(), half.Keys.Order());
        Assert.All(whole, array => Assert.Equal(
            array.Key.StartsWith("steps.", StringComparison.Ordinal) ? array.Value.Values.Select(x => (float)(Half)x) : array.Value.Values,
            half[array.Key].Values));
        Assert.Contains(whole, array => array.Value.Values.Any(x => (float)(Half)x != x));
    }

    [Fact]
    public void Each_network_is_polished_and_the_polish_goes_on_with_the_same_bits()
    {
        var recipe = Recipe with
        {
            Propagator = Shape with { Steps = [4, 64], HiddenLayers = [8] },
            Sequential = Recipe.Sequential! with
            {
                PropagatorSteps = 60,
                SinglePrecision = false,
                Polish = [new PolishOptions { Horizon = 4, Windows = 40, Evaluations = 30 }],
            },
        };
        Assert.Empty(RecipeCheck.Faults(recipe));
        var manifest = Train(recipe, "whole")!;
        foreach (var step in (int[])[4, 64])
            Assert.InRange(
                (double)manifest.Training["figures"]![$"polish1Loss.{step}"]!, 0,
                0.5 * (double)manifest.Training["figures"]![$"polish1FirstLoss.{step}"]!);
        Assert.Null(Train(recipe, "parts", stopAfter: 95)); // within the second polish
        Assert.Equal(manifest.WeightsSha256, Train(recipe, "parts")!.WeightsSha256);
        var cycles = recipe.Sequential! with { Polish = [new PolishOptions { Horizon = 4, Evaluations = 30, Cycles = 1 }] };
        Assert.Contains("no cycles", Assert.Single(RecipeCheck.Faults(recipe with { Sequential = cycles })));
        Assert.Contains("float64", Assert.Single(RecipeCheck.Faults(recipe with { Sequential = recipe.Sequential! with { SinglePrecision = true } })));
    }

    [Fact]
    public void Steps_chosen_on_the_training_see_its_trajectories_and_adjacent_windows_are_others()
    {
        var recipe = Recipe with
        {
            Propagator = new HierarchicalArchitecture { Steps = [4], HiddenLayers = [32] },
            Sequential = Recipe.Sequential! with
            {
                PropagatorSteps = 60,
                PropagatorHorizon = 10,
                AdjacentWindows = true,
                CouplingOnTraining = true,
                CouplingHorizon = 80,
            },
        };
        ModelManifest Trained(string name, Func<SequentialOptions, SequentialOptions> other) =>
            Train(recipe with { Sequential = other(recipe.Sequential!) }, name)!;
        var own = Trained("own", o => o);
        var others = Trained("others", o => o with { CouplingOnTraining = false });
        var anywhere = Trained("anywhere", o => o with { AdjacentWindows = false });
        Assert.Equal(own.WeightsSha256, others.WeightsSha256);
        Assert.NotEqual(Error(own), Error(others));
        Assert.NotEqual(own.WeightsSha256, anywhere.WeightsSha256);

        static double Error(ModelManifest manifest) => (double)manifest.Training["figures"]!["couplingError"]!;
    }

    [Fact]
    public void Recipes_that_cannot_be_are_refused()
    {
        Assert.Contains("different numbers of frames", Fault(Shape with { Steps = [4, 4] }));
        Assert.Contains("positive widths", Fault(Shape with { HiddenLayers = [0] }));
        Assert.Contains("must be above 0", Fault(Shape with { Tolerance = 0 }));
        Assert.Contains("leave out coupled", Fault(Shape with { Coupled = [4] }));
        Assert.Contains("a step of 181 frames does not fit", Fault(Shape with { Steps = [1, 181] }));
        Assert.Contains("propagatorHorizon from 1", Assert.Single(
            RecipeCheck.Faults(Recipe with { Sequential = Recipe.Sequential! with { PropagatorHorizon = 0 } })));
        Assert.Contains("not rounds", Assert.Single(
            RecipeCheck.Faults(Recipe with { Sequential = null, Rounds = new RoundOptions { EndToEnd = false, Epochs = 1 } })));

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
