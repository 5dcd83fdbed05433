using System.Text.Json.Nodes;
using LedCluster.Domain.Workers;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Devices;
using LedCluster.Models.Training;
using LedCluster.Solvers.FitzHughNagumo;
using LedCluster.Solvers.KuramotoSivashinsky;
using TorchSharp;

namespace LedCluster.Models.Tests;

/// <summary>Small trainings of the real networks on real data; a minute of the real thing in a second.</summary>
[Collection(nameof(TrainerTests))]
[CollectionDefinition(nameof(TrainerTests), DisableParallelization = true)] // one of them counts all live tensors
public sealed class TrainerTests : IDisposable
{
    private static readonly TrainingOptions Sequential = new()
    {
        About = "test",
        Data = new TrainingData { Members = 4, ValidationMembers = 2, Frames = 130, Skip = 5 },
        ChannelMinimum = [-1.05, -0.21],
        ChannelMaximum = [1.05, 0.21],
        Reduction = new FeedForwardArchitecture { LatentSize = 2, HiddenLayers = [20, 20] },
        Propagator = new LstmArchitecture { Hidden = 8 },
        Sequential = new SequentialOptions
        {
            AutoencoderSteps = 600,
            AutoencoderBatch = 32,
            AutoencoderFrames = 130,
            PropagatorSteps = 40,
            PropagatorBatch = 8,
            PropagatorHorizon = 20,
            Polish = [new PolishOptions { Warm = 20, Horizon = 30, Cycles = 2, Windows = 8, Evaluations = 40 }],
        },
    };

    private static readonly TrainingOptions EndToEnd = Sequential with
    {
        Data = new TrainingData { References = ["y00", "y01"], ValidationReferences = ["y03"], Frames = 60 },
        Sequential = null,
        Rounds = new RoundOptions { EndToEnd = true, Batch = 8, SequenceFrames = 41, Epochs = 4, Rounds = 2, Patience = 1 },
    };

    private readonly string directory = Directory.CreateTempSubdirectory("led-train-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    private ModelManifest? Train(
        TrainingOptions options, string name, int stopAfter = int.MaxValue, string? reductionModel = null, GivenTrajectories? given = null)
    {
        using var cancel = new CancellationTokenSource();
        var steps = 0;
        return new Trainer("fhn", "test", new FitzHughNagumoSystem(), options, seed: 3, reductionModel, given: given).Train(
            Path.Combine(directory, name + ".checkpoint"), Path.Combine(directory, name), [], _ =>
            {
                if (++steps == stopAfter)
                    cancel.Cancel();
            }, cancel.Token);
    }

    [Fact]
    public void Sequential_training_learns_and_is_deterministic()
    {
        var first = Train(Sequential, "a")!;
        var figures = first.Training["figures"]!.AsObject().ToDictionary(f => f.Key, f => (double)f.Value!);
        Assert.InRange(figures["autoencoderValidationMse"], 0, 0.02);
        Assert.InRange(figures["polish1Loss"], 0, 0.5 * figures["polish1FirstLoss"]);
        Assert.Equal(first.WeightsSha256, Train(Sequential, "b")!.WeightsSha256);
        Assert.Empty(MachineRecord.Read(first.Training)!.Differences(MachineRecord.Here(ComputeDevice.Processor, Libtorch.Load())));
        Assert.Equal(2, ModelFile.Load(Path.Combine(directory, "a")).Model.Reduction.LatentSize);
    }

    [Theory]
    [InlineData(60)]  // in the autoencoder
    [InlineData(620)] // in the propagator
    [InlineData(650)] // in the polish
    public void A_training_that_was_stopped_goes_on_with_the_same_bits(int stopAfter)
    {
        var expected = Train(Sequential, "whole")!.WeightsSha256;
        Assert.Null(Train(Sequential, "parts", stopAfter));
        Assert.Equal(expected, Train(Sequential, "parts")!.WeightsSha256);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(17)]
    public void A_regression_by_networks_that_was_stopped_goes_on_with_the_same_bits(int stopAfter)
    {
        var options = Sequential with
        {
            Data = new() { References = ["y00"], ValidationReferences = ["y01"], Frames = 65, Skip = 2 },
            Sequential = null,
            Reduction = new FullStateArchitecture { LatentSize = 202 },
            Propagator = new CoarsePdeArchitecture
            {
                Fields = ["u", "v"],
                ImplicitDiffusion = [1, 4],
                Regression = new PerceptronRegressionArchitecture { HiddenLayers = [6] },
            },
            Fit = new() { RateStep = 0.01, Samples = 200, Evaluations = 60 },
        };
        var whole = Train(options, "whole")!;
        Assert.InRange((double)whole.Training["figures"]!["rateLoss"]!, 0, 0.1); // of 2: both rates have a mean square of 1
        Assert.Null(Train(options, "parts", stopAfter + 1)); // the first step is that of the reduction
        Assert.Equal(whole.WeightsSha256, Train(options, "parts")!.WeightsSha256);
    }

    [Fact]
    public void End_to_end_training_in_rounds_learns_halves_its_rate_and_resumes()
    {
        var whole = Train(EndToEnd, "whole")!;
        Assert.InRange((double)whole.Training["figures"]!["end to end validation loss"]!, 0, 0.2);
        Assert.Null(Train(EndToEnd, "parts", stopAfter: 2));
        Assert.Equal(whole.WeightsSha256, Train(EndToEnd, "parts")!.WeightsSha256);
    }

    [Fact]
    public void End_to_end_training_after_the_sequential_one_learns_keeps_its_scaling_and_resumes()
    {
        var options = Sequential with
        {
            Sequential = Sequential.Sequential! with
            {
                Polish = [],
                EndToEnd = new PolishOptions { Warm = 20, Horizon = 30, Windows = 8, Evaluations = 40 },
            },
        };
        var whole = Train(options, "whole")!;
        var figures = whole.Training["figures"]!.AsObject().ToDictionary(f => f.Key, f => (double)f.Value!);
        Assert.InRange(figures["endToEndLoss"], 0, 0.5 * figures["endToEndFirstLoss"]);
        var sequential = Train(options with { Sequential = options.Sequential! with { EndToEnd = null } }, "sequential")!;
        Assert.Equal(sequential.LatentLow.AddRange(sequential.LatentHigh), whole.LatentLow.AddRange(whole.LatentHigh));
        Assert.NotEqual(sequential.LatentMinimum, whole.LatentMinimum); // the range is that of the new encoder
        Assert.InRange(figures["endToEndValidationError"], 0, (double)sequential.Training["figures"]!["propagatorValidationError"]!);
        Assert.Null(Train(options, "parts", stopAfter: 645));
        Assert.Equal(whole.WeightsSha256, Train(options, "parts")!.WeightsSha256);
    }

    [Fact]
    public void Sequential_training_in_rounds_runs_both_stages()
    {
        var figures = Train(EndToEnd with { Rounds = EndToEnd.Rounds! with { EndToEnd = false } }, "c")!.Training["figures"]!.AsObject();
        Assert.Equal(
            ["autoencoder rounds", "autoencoder validation loss", "propagator rounds", "propagator validation loss"],
            figures.Select(f => f.Key).Order());
    }

    [Fact]
    public void Principal_components_are_those_of_the_covariance_and_more_of_them_err_less()
    {
        var errors = ((int[])[1, 4, 16]).Select(size =>
        {
            var name = $"pca{size}";
            var figures = Train(Sequential with
            {
                Sequential = null,
                Reduction = new PrincipalComponentsArchitecture { LatentSize = size },
                Propagator = new ReservoirArchitecture { Units = 64 },
            }, name)!.Training["figures"]!;
            return (Training: (double)figures["reductionTrainingMse"]!, Validation: (double)figures["reductionValidationMse"]!);
        }).ToArray();
        Assert.True(errors[0].Training > 10 * errors[1].Training && errors[1].Training > 10 * errors[2].Training, string.Join(", ", errors));
        Assert.InRange(errors[2].Validation, 0, 1e-4);
        var components = Safetensors.Read(Path.Combine(directory, "pca4", ModelFile.WeightsName))["components"].Values;
        for (var i = 0; i < 4; i++)
            for (var j = 0; j < 4; j++)
                Assert.Equal(i == j ? 1 : 0, Enumerable.Range(0, 202).Sum(x => (double)components[i * 202 + x] * components[j * 202 + x]), 1e-5);
    }

    [Fact]
    public void Principal_components_of_fewer_frames_than_numbers_are_those_of_the_covariance()
    {
        // Frames that stand twice have the covariance that they have once, and are more than the 202 numbers.
        float[] Components(int repeats, int every = 1)
        {
            var random = new Random(5);
            var field = Enumerable.Range(0, 3).Select(_ => Enumerable.Range(0, 202).Select(_ => random.NextDouble()).ToArray()).ToArray();
            var frames = Enumerable.Range(0, 150).Select(_ => field.Select((_, k) => (3 - k) * (random.NextDouble() - 0.5)).ToArray()).ToArray();
            double[] values = [.. Enumerable.Range(0, 150 * repeats).SelectMany(f =>
                Enumerable.Range(0, 202).Select(x => 0.1 * field.Select((v, k) => v[x] * frames[every > 1 ? f / every : f % 150][k]).Sum()))];
            var name = $"repeats{repeats}-{every}";
            Train(Sequential with
            {
                Sequential = null,
                Data = Sequential.Data with { Members = 1, ValidationMembers = 1, Skip = 0 },
                Reduction = new PrincipalComponentsArchitecture { LatentSize = 3 },
                Propagator = new ReservoirArchitecture { Units = 16 },
                Fit = Sequential.Fit with { Every = every },
            }, name, given: new GivenTrajectories([.. values, .. values], 2, 150 * repeats, name));
            return Safetensors.Read(Path.Combine(directory, name, ModelFile.WeightsName))["components"].Values;
        }
        Assert.All(Components(1).Zip(Components(2)), pair => Assert.Equal(pair.First, pair.Second, 2e-5f));
        Assert.Equal(Components(1), Components(2, every: 2)); // each frame twice in a row, of which every second counts
    }

    [Fact]
    public void A_stack_on_a_window_learns_resumes_and_forecasts()
    {
        var options = Sequential with
        {
            Reduction = new PrincipalComponentsArchitecture { LatentSize = 2 },
            Propagator = new WindowedLstmArchitecture { Window = 12, Layers = [6, 8], DenseLayers = [8], Normalised = true, SmoothingFrames = 5 },
            Sequential = new SequentialOptions
            {
                AutoencoderSteps = 0, AutoencoderFrames = 0, PropagatorSteps = 80, PropagatorBatch = 16, PropagatorHorizon = 2, SinglePrecision = true,
                AbsoluteError = true, PropagatorLearningRate = 1e-2, Polish = [],
            },
        };
        Assert.Empty(RecipeCheck.Faults(options));
        var expected = Train(options, "whole")!;
        Assert.InRange((double)expected.Training["figures"]!["propagatorOneStepError"]!, 0, 0.6); // of latents with deviation 1
        Assert.Null(Train(options, "parts", 50));
        Assert.Equal(expected.WeightsSha256, Train(options, "parts")!.WeightsSha256);
        Assert.Equal(12, ModelFile.Load(Path.Combine(directory, "whole")).Model.Propagator.FramesRead);
        Assert.Contains("not rounds", Assert.Single(RecipeCheck.Faults(options with { Sequential = null, Rounds = new() { EndToEnd = false, Epochs = 1 } })));
        Assert.Contains("Raise data.frames", Assert.Single(RecipeCheck.Faults(options with { Data = options.Data with { Frames = 13 } })));
    }

    [Fact]
    public void Negative_numbers_of_trajectories_and_frames_are_refused()
    {
        Assert.Empty(RecipeCheck.Faults(Sequential));
        Assert.StartsWith("data.members is -1; give 1 or more", First(Sequential.Data with { Members = -1 }));
        Assert.StartsWith("data.validationMembers is -2; give 1 or more", First(Sequential.Data with { ValidationMembers = -2 }));
        Assert.StartsWith("data.frames is 0; give 1 or more", First(Sequential.Data with { Frames = 0 }));
        Assert.StartsWith("data.skip is -1; give 0 or more", First(Sequential.Data with { Skip = -1 }));

        static string First(TrainingData data) => RecipeCheck.Faults(Sequential with { Data = data }).First();
    }

    [Fact]
    public void Diffusion_maps_are_fitted_kept_and_loaded_again()
    {
        var options = Sequential with
        {
            Sequential = null,
            Reduction = new DiffusionMapsArchitecture { LatentSize = 2, Samples = 200 },
            Propagator = new ReservoirArchitecture { Units = 64 },
        };
        Assert.False(RecipeCheck.NeedsNetworks(options));
        var first = Train(options, "maps")!;
        Assert.InRange((double)first.Training["figures"]!["reductionValidationMse"]!, 0, 0.01);
        Assert.Equal(first.WeightsSha256, Train(options, "again")!.WeightsSha256);
        var (model, manifest) = ModelFile.Load(Path.Combine(directory, "maps"));
        Assert.Equal((2, 2), (model.Reduction.LatentSize, model.Propagator.LatentSize));
        Assert.Equal(first.Identity, manifest.Identity);
        var message = Assert.Throws<InvalidDataException>(
            () => Train(options with { Reduction = new DiffusionMapsArchitecture { LatentSize = 2 } }, "few")).Message;
        Assert.Contains("on 1000 samples, but there are 504 training frames", message);
    }

    [Fact]
    public void Parts_that_do_not_go_together_are_told_before_anything_is_simulated()
    {
        var (pca, reservoir) = (new PrincipalComponentsArchitecture { LatentSize = 2 }, new ReservoirArchitecture());
        Assert.Contains("autoencoder 20–20–2 is trained by gradients", Fault(Sequential with { Sequential = null }));
        Assert.Contains("LSTM", Fault(Sequential with { Sequential = null, Reduction = pca }));
        Assert.Contains("leave one of them out", Fault(Sequential with { Rounds = EndToEnd.Rounds }));
        Assert.Contains("neither PCA 2 nor reservoir 1000", Fault(Sequential with { Reduction = pca, Propagator = reservoir }));
        Assert.Contains("PCA 2 is not trained by gradients", Fault(EndToEnd with { Reduction = pca }));
        Assert.Contains("reservoir 1000 is not trained by gradients", Fault(
            EndToEnd with { Propagator = reservoir, Data = EndToEnd.Data with { Frames = 61 } }));
        Assert.Contains("spectralRadius is 1.2", Fault(Sequential with { Propagator = reservoir with { SpectralRadius = 1.2 } }));
        Assert.Contains("degree is 30; give 1 to 5", Fault(Sequential with { Propagator = new SindyArchitecture { Degree = 30 } }));
        Assert.Contains("at least 61 are needed", Fault(EndToEnd with { Rounds = null, Reduction = pca, Propagator = reservoir }));
        Assert.Empty(RecipeCheck.Faults(EndToEnd with { Rounds = null, Reduction = pca, Propagator = reservoir, Data = EndToEnd.Data with { Frames = 61 } }));
        TrainingOptions Joint(PolishOptions joint) => Sequential with { Sequential = Sequential.Sequential! with { EndToEnd = joint } };
        Assert.Contains("together", Fault(Joint(new() { Horizon = 10, Evaluations = 10 }) with { Propagator = reservoir }));
        Assert.Contains("no cycles", Fault(Joint(new() { Horizon = 10, Cycles = 1, Evaluations = 10 })));
        Assert.Contains("needs 141 frames", Fault(Joint(new() { Horizon = 100, Evaluations = 10 })));
        Assert.Empty(RecipeCheck.Faults(Sequential));
        Assert.Empty(RecipeCheck.Faults(EndToEnd));

        static string Fault(TrainingOptions options) => Assert.Single(RecipeCheck.Faults(options));
    }

    [Theory]
    [InlineData(typeof(GruArchitecture))]
    [InlineData(typeof(PerceptronArchitecture))]
    public void Other_propagators_are_trained_on_the_reduction_of_another_model(Type kind)
    {
        var first = Train(Sequential, "first")!;
        PropagatorArchitecture shape = kind == typeof(GruArchitecture) ? new GruArchitecture { Hidden = 8 }
            : new PerceptronArchitecture { HiddenLayers = [20, 20] };
        var options = Sequential with
        {
            Reduction = null,
            ChannelMinimum = [],
            ChannelMaximum = [],
            ReductionOf = "first",
            Propagator = shape,
            Data = Sequential.Data with { Members = 3, ValidationMembers = 3 },
        };
        Assert.Empty(RecipeCheck.Faults(options));
        var second = Train(options, "second", reductionModel: Path.Combine(directory, "first"))!;
        Assert.Equal(first.Reduction.Summary, second.Reduction.Summary);
        Assert.Equal([new UsedMembers(3, 4, DataUse.Training), new UsedMembers(4, 2, DataUse.Validation)], first.RandomMembers!.Value);
        Assert.Equal([new UsedMembers(3, 4, DataUse.Training), new UsedMembers(4, 3, DataUse.Validation)], second.RandomMembers!.Value); // its reduction's too
        Assert.InRange((double)second.Training["figures"]!["polish1Loss"]!, 0, 0.5 * (double)second.Training["figures"]!["polish1FirstLoss"]!);
        var a = Safetensors.Read(Path.Combine(directory, "first", ModelFile.WeightsName));
        var b = Safetensors.Read(Path.Combine(directory, "second", ModelFile.WeightsName));
        Assert.Equal(a["encoder.0.weight"].Values, b["encoder.0.weight"].Values);
        Assert.DoesNotContain("lstm.weight_ih", b.Keys);
        Assert.Equal(2, ModelFile.Load(Path.Combine(directory, "second")).Model.Propagator.LatentSize);
    }

    [Fact]
    public void A_training_on_reference_initial_conditions_uses_no_random_members() =>
        Assert.Empty(new Trainer("fhn", "test", new FitzHughNagumoSystem(), EndToEnd, seed: 3).RandomMembers!.Value);

    [Theory]
    [InlineData(true, 3)]  // in float32, libtorch refuses the number itself
    [InlineData(false, 3)]
    [InlineData(true, 1)]
    [InlineData(false, 1)] // in the last step: no loss comes after it
    public void A_training_that_diverges_says_so_and_leaves_no_model(bool single, int steps)
    {
        var options = Sequential with
        {
            Reduction = new PrincipalComponentsArchitecture { LatentSize = 2 },
            Propagator = new LstmArchitecture { Hidden = 4, Increment = true },
            Sequential = Sequential.Sequential! with
            {
                AutoencoderSteps = 0,
                PropagatorSteps = steps,
                PropagatorLearningRate = 1e200,
                SinglePrecision = single,
                Polish = [],
            },
        };
        Assert.Contains("The training diverged in stage 'propagator'", Assert.Throws<InvalidDataException>(() => Train(options, "diverged")).Message);
        Assert.False(File.Exists(Path.Combine(directory, "diverged", ModelFile.ManifestName)));
    }

    [Fact]
    public void A_band_limit_changes_what_is_decoded_and_nothing_that_is_learned()
    {
        ReductionArchitecture none = new FullStateArchitecture { LatentSize = 64 }, components = new PrincipalComponentsArchitecture { LatentSize = 64 };
        var options = Sequential with
        {
            Data = new TrainingData { Members = 2, ValidationMembers = 1, Frames = 130 },
            ChannelMinimum = [-3.2],
            ChannelMaximum = [3.2],
            Reduction = none,
            Propagator = new LstmArchitecture { Hidden = 8, Increment = true },
            Sequential = Sequential.Sequential! with { AutoencoderSteps = 0, PropagatorSteps = 3, Polish = [] },
        };
        var hashes = ((ReductionArchitecture[])[none, Limited(none), components, Limited(components)]).Select((reduction, i) =>
            new Trainer("ks", "test", new KuramotoSivashinskySystem(), options with { Reduction = reduction }, seed: 3)
                .Train(Path.Combine(directory, $"{i}.checkpoint"), Path.Combine(directory, $"{i}"), [], _ => { }, default)!.WeightsSha256)
                .ToArray();
        Assert.Equal(hashes[0], hashes[1]);
        Assert.Equal(hashes[2], hashes[3]);

        var fields = Enumerable.Range(0, 64).Select(x => Math.Cos(2 * Math.PI * 3 * x / 64) + Math.Cos(2 * Math.PI * 20 * x / 64)).ToArray();
        var (reduction, latents, decoded) = (ModelFile.Load(Path.Combine(directory, "1")).Model.Reduction, new float[64], new float[64]);
        reduction.Encode(fields, latents);
        reduction.Decode(latents, decoded, StepContext.Of(1));
        Assert.All(decoded, (u, x) => Assert.Equal(Math.Cos(2 * Math.PI * 3 * x / 64), u, 1e-5));

        static BandLimitedArchitecture Limited(ReductionArchitecture network) => new() { LatentSize = 64, Network = network, Modes = 10 };
    }

    [Fact]
    public void A_checkpoint_of_another_training_is_refused()
    {
        Train(Sequential, "a", stopAfter: 3);
        var error = Assert.Throws<InvalidDataException>(() => Train(Sequential with { Propagator = new LstmArchitecture { Hidden = 16 } }, "a"));
        Assert.Contains("belongs to the training", error.Message);
    }

    [Fact]
    public void Training_leaves_no_tensors_behind()
    {
        foreach (var options in (TrainingOptions[])[EndToEnd, Sequential])
        {
            var before = Settled();
            Train(options, options == EndToEnd ? "rounds" : "stages");
            Assert.Equal(before, Settled());
        }

        static long Settled()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return torch.Tensor.TotalCount;
        }
    }
}
