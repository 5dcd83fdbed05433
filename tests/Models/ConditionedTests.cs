using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Inference;
using LedCluster.Models.Networks;
using LedCluster.Models.Training;
using LedCluster.Solvers.Systems;
using static TorchSharp.torch;

namespace LedCluster.Models.Tests;

/// <summary>Propagators that get parameters of the system as inputs.</summary>
[Collection(nameof(TrainerTests))]
public sealed class ConditionedTests : IDisposable
{
    private static readonly LatentScaling Scaling = new([-1, 0.5f], [2, 1.5f]);
    private static readonly ConditionedArchitecture Shape = new()
    {
        Parameters = ["mu"],
        Network = new PerceptronArchitecture { HiddenLayers = [12], Increment = true },
        Minimum = [1],
        Maximum = [3],
    };

    private static readonly TrainingOptions Recipe = new()
    {
        About = "test",
        Data = new TrainingData { Members = 8, ValidationMembers = 3, Frames = 90, Parameters = new Dictionary<string, string> { ["mu"] = "0.5..2" } },
        ChannelMinimum = [-5, -5],
        ChannelMaximum = [5, 5],
        Reduction = new FullStateArchitecture { LatentSize = 2 },
        Propagator = Shape with { Minimum = default, Maximum = default },
        Sequential = new SequentialOptions
        {
            AutoencoderSteps = 0, AutoencoderFrames = 91, PropagatorSteps = 150, PropagatorBatch = 16, PropagatorHorizon = 5, PropagatorLearningRate = 1e-2,
            Polish = [new PolishOptions { Warm = 10, Horizon = 10, Cycles = 0, Windows = 8, Evaluations = 20 }],
        },
    };

    private readonly string directory = Directory.CreateTempSubdirectory("led-conditioned-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Theory]
    [InlineData("mlp")]
    [InlineData("lstm")]
    [InlineData("gru")]
    public void It_is_the_network_with_the_parameters_put_in_at_each_step(string kind)
    {
        manual_seed(3);
        var shape = Shape with
        {
            Parameters = ["mu", "b"], Minimum = [1, 0], Maximum = [3, 0.5],
            Network = kind switch
            {
                "mlp" => Shape.Network,
                "lstm" => new LstmArchitecture { Hidden = 9 },
                _ => new GruArchitecture { Hidden = 9, Increment = true },
            },
        };
        using var network = NetworkFactory.Propagator(shape, 2, float64, CPU)!;
        var propagator = ((ConditionedPropagator)shape.Build(Scaling, new WeightArrays(network.Weights.Arrays().ToDictionary(), "the test"))).For(
            [new("b", 0, 0, 1, ""), new("mu", 1, 0, 9, "")]);
        const int members = 20, known = 4, steps = 7;
        var context = StepContext.Of(members) with
        {
            Parameters = Enumerable.Range(0, 2 * members).Select(i => i % 2 == 0 ? 0.5 * i / 40 : 1 + i / 20.0).ToArray(),
        };
        var latents = Enumerable.Range(0, known * members * 2).Select(
            i => (float)(Scaling.Low[i % 2] + (0.3 + 0.01 * i % 0.4) * (Scaling.High[i % 2] - Scaling.Low[i % 2]))).ToArray();
        var (memory, path) = (new float[members * propagator.MemorySize], new float[steps * members * 2]);
        ((IPropagator)propagator).FeedAndRun(latents, context, memory, path);

        using var scope = NewDisposeScope();
        using var off = no_grad();
        var wide = shape.Scaling(Scaling);
        var scaled = Enumerable.Range(0, known * members * 4).Select(i =>
        {
            var (row, k) = (i / 4, i % 4);
            var value = k < 2 ? latents[row * 2 + k] : context.ParametersOf(row % members)[k == 2 ? 1 : 0];
            return (value - wide.Low[k]) / ((double)wide.High[k] - wide.Low[k]);
        }).ToArray();
        var (expected, _) = network.Run(tensor(scaled, [known, members, 4]), [true, true, true, true, .. new bool[steps - 1]], network.Blank(members));
        var values = expected.narrow(0, known - 1, steps).narrow(2, 0, 2).contiguous().data<double>().ToArray();
        for (var i = 0; i < path.Length; i++)
            Assert.Equal(Scaling.Low[i % 2] + values[i] * (Scaling.High[i % 2] - Scaling.Low[i % 2]), path[i], 2e-5);

        // A member alone has the same bits, and another parameter makes another path.
        float[] Alone(double mu)
        {
            float[] own = [.. Enumerable.Range(0, known).SelectMany(f => latents[((f * members + 17) * 2)..((f * members + 18) * 2)])];
            var alone = new float[steps * 2];
            ((IPropagator)propagator).FeedAndRun(
                own,
                context.Slice(17, 1) with { Parameters = new[] { context.ParametersOf(17)[0], mu } },
                new float[propagator.MemorySize],
                alone);
            return alone;
        }
        Assert.Equal(
            [.. Enumerable.Range(0, steps).SelectMany(f => path[((f * members + 17) * 2)..((f * members + 18) * 2)])],
            Alone(context.ParametersOf(17)[1]));
        Assert.NotEqual(Alone(1), Alone(2));
        Assert.Contains("'mu', which the system does not have", Assert.Throws<ArgumentException>(() => propagator.For([new("b", 0, 0, 1, "")])).Message);
        Assert.Contains("was given", Assert.Throws<InvalidOperationException>(
            () => propagator.Run(latents.AsSpan(0, 2), StepContext.Of(1), new float[propagator.MemorySize], new float[2])).Message);
    }

    [Fact]
    public void It_is_trained_on_the_parameters_of_its_data_and_goes_on_with_the_same_bits()
    {
        Assert.Empty(RecipeCheck.Faults(Recipe));
        var manifest = Train(Recipe, "whole")!;
        Assert.Equal((0.5, 2.0), (((ConditionedArchitecture)manifest.Propagator).Minimum[0], ((ConditionedArchitecture)manifest.Propagator).Maximum[0]));
        Assert.Equal([0.5, 2.0], manifest.Training[Trainer.ParametersKey]!["mu"]!.AsArray().Select(x => (double)x!));
        Assert.Null(Train(Recipe, "parts", stopAfter: 60));
        Assert.Equal(manifest.WeightsSha256, Train(Recipe, "parts")!.WeightsSha256);
        Assert.IsType<ConditionedPropagator>(ModelFile.Load(Path.Combine(directory, "whole")).Model.Propagator);
    }

    [Fact]
    public void Given_trajectories_bring_their_parameters()
    {
        var values = Enumerable.Range(0, 5 * 91 * 2).Select(i => Math.Sin(0.1 * i)).ToArray();
        var given = new GivenTrajectories(values, 5, 91, "test")
        {
            Parameters = new Dictionary<string, System.Collections.Immutable.ImmutableArray<double>> { ["mu"] = [1, 1.5, 2, 2.5, 9] },
        };
        var options = Recipe with
        {
            Data = Recipe.Data with { Members = 4, ValidationMembers = 1 },
            Sequential = Recipe.Sequential! with { PropagatorSteps = 2, Polish = [] },
        };
        var manifest = Train(options, "given", given: given)!;
        Assert.Equal([1.0, 2.5], manifest.Training[Trainer.ParametersKey]!["mu"]!.AsArray().Select(x => (double)x!));
        Assert.Contains("--parameters FILE", Assert.Throws<InvalidDataException>(
            () => Train(options, "none", given: new GivenTrajectories(values, 5, 91, "test"))).Message);
    }

    [Fact]
    public void Recipes_and_manifests_that_cannot_be_are_refused()
    {
        Assert.Contains("each once", Fault(Shape with { Parameters = ["mu", "mu"], Minimum = default, Maximum = default }));
        Assert.Contains("mlp, lstm or gru", Fault(Shape with { Network = new ReservoirArchitecture(), Minimum = default, Maximum = default }));
        Assert.Contains("leave them out", Fault(Shape));
        Assert.Contains("mu is 1 in all", Refused(Recipe with { Data = Recipe.Data with { Parameters = null } }));
        Assert.Contains("gets the parameter 'nu'", Refused(
            Recipe with { Propagator = new ConditionedArchitecture { Parameters = ["nu"], Network = Shape.Network } }));
        Assert.Contains("minimum and a larger maximum", Assert.Throws<InvalidDataException>(
            () => (Shape with { Maximum = [1] }).Build(Scaling, new WeightArrays(new Dictionary<string, (long[], float[])>(), "w"))).Message);

        static string Fault(PropagatorArchitecture shape) => Assert.Single(RecipeCheck.Faults(Recipe with { Propagator = shape }));
        string Refused(TrainingOptions options) => Assert.Throws<InvalidDataException>(() => Train(options, "refused")).Message;
    }

    private ModelManifest? Train(TrainingOptions options, string name, int stopAfter = int.MaxValue, GivenTrajectories? given = null)
    {
        using var cancel = new CancellationTokenSource();
        var steps = 0;
        return new Trainer("vdp", "test", new VanDerPolOscillator(), options, seed: 3, given: given).Train(
            Path.Combine(directory, name + ".checkpoint"), Path.Combine(directory, name), [], _ =>
            {
                if (++steps == stopAfter)
                    cancel.Cancel();
            }, cancel.Token);
    }
}
