using LedCluster.Models.Checkpoints;
using LedCluster.Models.Training;
using LedCluster.Solvers.Particles;

namespace LedCluster.Models.Tests;

/// <summary>A small training on particles: a hundred of them, thirty frames.</summary>
[Collection(nameof(TrainerTests))]
public sealed class ExchangeableTrainingTests : IDisposable
{
    private static readonly TrainingOptions Recipe = new()
    {
        About = "test",
        Data = new TrainingData { Members = 2, ValidationMembers = 1, Frames = 70, Skip = 5 },
        ChannelMinimum = [-0.5, -0.5, -0.5],
        ChannelMaximum = [0.5, 0.5, 0.5],
        Reduction = new ExchangeableArchitecture
        {
            LatentSize = 4,
            PointLayers = [16, 16],
            Features = 32,
            HiddenLayers = [16],
            DecoderLayers = [16, 16],
            Kernels = 3,
            LikelihoodPoints = 40,
            EncoderPoints = 60,
        },
        Propagator = new LstmArchitecture { Hidden = 8 },
        Sequential = new SequentialOptions
        {
            AutoencoderSteps = 400,
            AutoencoderBatch = 8,
            AutoencoderFrames = 71,
            AutoencoderLearningRate = 5e-3,
            DecoderSteps = 40,
            DecoderBatch = 8,
            PropagatorSteps = 3,
            PropagatorBatch = 4,
            PropagatorHorizon = 10,
            Polish = [],
        },
    };

    private readonly string directory = Directory.CreateTempSubdirectory("led-train-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    private ModelManifest? Train(string name, TrainingOptions options, int stopAfter = int.MaxValue, string? reductionModel = null)
    {
        using var cancel = new CancellationTokenSource();
        var steps = 0;
        return new Trainer("particles", "test", new ParticlesSystem(100), options, seed: 3, reductionModel)
            .Train(Path.Combine(directory, name + ".checkpoint"), Path.Combine(directory, name), [], _ =>
        {
            if (++steps == stopAfter)
                cancel.Cancel();
        }, cancel.Token);
    }

    private static double Figure(ModelManifest manifest, string name) => (double)manifest.Training["figures"]![name]!;

    /// <summary>A density that ignores time has 1.123 nats at most, the exact law 2.781.</summary>
    [Fact]
    public void It_learns_the_law_and_goes_on_with_the_same_bits_after_a_stop()
    {
        var whole = Train("whole", Recipe)!;
        Assert.InRange(Figure(whole, "autoencoderValidationNegativeLogLikelihood"), -3, -1.6);
        Assert.Null(Train("parts", Recipe, stopAfter: 250));
        Assert.Null(Train("parts", Recipe, stopAfter: 170)); // 20 steps into those of the decoder alone
        Assert.Equal(whole.WeightsSha256, Train("parts", Recipe)!.WeightsSha256);

        var borrowed = Train(
            "borrowed",
            Recipe with
            {
                Reduction = null,
                ReductionOf = "whole",
                ChannelMinimum = [],
                ChannelMaximum = [],
                Sequential = Recipe.Sequential! with { PropagatorSteps = 2 },
            },
            reductionModel: Path.Combine(directory, "whole"))!;
        Assert.Equal(Figure(whole, "autoencoderValidationNegativeLogLikelihood"), Figure(borrowed, "reductionValidationNegativeLogLikelihood"), 1e-4);
    }

    [Fact]
    public void The_decoder_alone_leaves_the_encoder_as_it_is_and_gains_likelihood()
    {
        var (without, with) = (
            Recipe with { Sequential = Recipe.Sequential! with { DecoderSteps = 0 } },
            Recipe with { Sequential = Recipe.Sequential! with { DecoderSteps = 200 } });
        var before = Train("before", without)!;
        var after = Train("after", with)!;
        Assert.Equal(
            Arrays("before").Where(a => a.Key.StartsWith("encoder")).Select(a => a.Value),
            Arrays("after").Where(a => a.Key.StartsWith("encoder")).Select(a => a.Value));
        Assert.InRange(Figure(after, "autoencoderTrainingNegativeLogLikelihood"), -3, Figure(before, "autoencoderTrainingNegativeLogLikelihood") - 0.01);
        Assert.Contains(RecipeCheck.Faults(with with { Sequential = with.Sequential! with { DecoderBatch = 0 } }), fault => fault.Contains("decoderBatch 0"));

        IEnumerable<KeyValuePair<string, float[]>> Arrays(string name) =>
            ModelFile.LoadReduction(Path.Combine(directory, name)).Arrays.OrderBy(a => a.Key).Select(a => KeyValuePair.Create(a.Key, a.Value.Values));
    }

    [Fact]
    public void It_is_not_trained_end_to_end() =>
        Assert.Contains(RecipeCheck.Faults(Recipe with { Sequential = null, Rounds = new RoundOptions { EndToEnd = true, Epochs = 1 } }), fault =>
            fault.Contains("cannot be trained end to end"));
}
