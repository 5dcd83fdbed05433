using LedCluster.Domain.Workers;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Inference;
using LedCluster.Models.Networks;
using LedCluster.Models.Training;
using LedCluster.Solvers.FitzHughNagumo;
using LedCluster.Solvers.KuramotoSivashinsky;
using TorchSharp;
using static TorchSharp.torch;

namespace LedCluster.Models.Tests;

/// <summary>Convolutional and variational autoencoders, and the LSTM of increments: managed inference against torch, and training.</summary>
[Collection(nameof(TrainerTests))]
public sealed class ConvolutionalTests : IDisposable
{
    private static readonly ConvolutionalArchitecture Shape = new() { Channels = [3, 20, 4], LatentSize = 5 };

    private static readonly TrainingOptions Small = new()
    {
        About = "test",
        Data = new TrainingData { Members = 4, ValidationMembers = 2, Frames = 150, Skip = 40 },
        ChannelMinimum = [-3.2],
        ChannelMaximum = [3.2],
        Reduction = Shape with { Channels = [4, 8, 8], Padding = GridPadding.Periodic },
        Propagator = new LstmArchitecture { Hidden = 8, Increment = true },
        Sequential = new SequentialOptions
        {
            AutoencoderSteps = 400,
            AutoencoderBatch = 16,
            AutoencoderFrames = 151,
            AutoencoderLearningRate = 5e-3,
            PropagatorSteps = 30,
            PropagatorBatch = 8,
            PropagatorWarm = 20,
            PropagatorHorizon = 0,
            PropagatorSkip = 40,
            SinglePrecision = true,
            Polish = [],
        },
    };

    private readonly string directory = Directory.CreateTempSubdirectory("led-convolution-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    private static IReduction Managed(ReductionArchitecture shape, Autoencoder network, int channels, int points) => shape.Build(
        new FieldScaling([.. new double[channels]], [.. Enumerable.Repeat(1.0, channels)]), points,
        new WeightArrays(network.Weights.Arrays().ToDictionary(), "memory"));

    private static Autoencoder Network(ReductionArchitecture shape, int channels, int points) =>
        NetworkFactory.Autoencoder(shape, channels, points, seed: 1, float32, CPU)!;

    public static TheoryData<string> Shapes => ["zero", "periodic", "unpadded", "variational"];

    private static (ReductionArchitecture Shape, int Channels, int Points) Named(string name) => name switch
    {
        "zero" => (Shape, 2, 101), // stands in a grid of 128
        "periodic" => (Shape with { Padding = GridPadding.Periodic }, 1, 64),
        "unpadded" => (Shape with { Channels = [16, 32, 64, 8], LatentSize = 8 }, 1, 64),
        _ => (new VariationalArchitecture { LatentSize = 5, Network = Shape, DivergenceWeight = 1 }, 1, 64),
    };

    [Theory, MemberData(nameof(Shapes))]
    public void Managed_and_torch_agree_and_no_field_depends_on_its_company(string name)
    {
        const int batch = 3;
        var (shape, channels, points) = Named(name);
        manual_seed(5);
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using var network = Network(shape, channels, points);
        var managed = Managed(shape, network, channels, points);
        var fields = DenseLayerTests.Noise(batch * channels * points, 3, 1);
        var (latents, decoded) = (new float[batch * shape.LatentSize], new float[batch * channels * points]);
        managed.Encode(Array.ConvertAll(fields, x => (double)x), latents);
        managed.Decode(latents, decoded, StepContext.Of(1));
        var encoded = network.Encode(tensor(fields, batch, channels * points));
        ParityTests.Close(encoded, latents);
        ParityTests.Close(network.Decode(encoded), decoded);

        var (alone, again) = (new float[shape.LatentSize], new float[channels * points]);
        managed.Encode(Array.ConvertAll(fields[^again.Length..], x => (double)x), alone);
        managed.Decode(alone, again, StepContext.Of(1));
        Assert.Equal(latents[^alone.Length..], alone);
        Assert.Equal(decoded[^again.Length..], again);
    }

    /// <summary>Modes up to the last that is kept pass unchanged, and all others vanish.</summary>
    [Fact]
    public void A_band_limited_reduction_keeps_its_modes_and_no_others()
    {
        const int points = 64, modes = 10;
        static float[] Wave(int k) => [.. Enumerable.Range(0, points).Select(x => (float)Math.Sin(2 * Math.PI * k * x / points + 0.3))];
        var reduction = new BandLimitedReduction(new Fixed([.. Wave(0), .. Wave(modes), .. Wave(modes + 1), .. Wave(points / 2)]), points, modes);
        var fields = new float[4 * points];
        reduction.Decode(new float[4], fields, StepContext.Of(1));
        float[] expected = [.. Wave(0), .. Wave(modes), .. new float[2 * points]];
        Assert.All(expected.Zip(fields), pair => Assert.Equal(pair.First, pair.Second, 2e-6));
    }

    /// <summary>Decodes to the same fields whatever the latents.</summary>
    private sealed class Fixed(float[] decoded) : IReduction
    {
        public int LatentSize => 1;

        public void Encode(ReadOnlySpan<double> fields, Span<float> latents) => latents.Clear();

        public void Decode(ReadOnlySpan<float> latents, Span<float> fields, in StepContext context) => decoded.CopyTo(fields);

        public double MeanSquaredError(ReadOnlySpan<double> truth, ReadOnlySpan<float> reconstruction) => 0;
    }

    [Fact]
    public void An_lstm_of_increments_agrees_with_torch()
    {
        manual_seed(6);
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using var network = NetworkFactory.Propagator(new LstmArchitecture { Hidden = 20, Increment = true }, 2, float32, CPU)!;
        const float low = 0.5f, high = 0.75f;
        var managed = new LstmArchitecture { Hidden = 20, Increment = true }.Build(
            new LatentScaling([low, low], [high, high]), new WeightArrays(network.Weights.Arrays().ToDictionary(), "memory"));
        float[] start = [0.3f, 0.9f];
        var (memory, path) = (new float[managed.MemorySize], new float[20 * 2]);
        managed.Run(start, StepContext.Of(1), memory, path);
        var (now, state) = ((tensor(start, 1, 2) - low) / (high - low), network.Blank(1));
        for (var t = 0; t < 20; t++)
        {
            (now, state) = network.Step(now, state);
            ParityTests.Close(now * (high - low) + low, path[(2 * t)..(2 * t + 2)]);
        }
    }

    [Fact]
    public void Periodic_padding_knows_no_place()
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using var network = Network(Shape with { Padding = GridPadding.Periodic }, 1, 64);
        var field = DenseLayerTests.Noise(64, 3, 1);
        // A shift by one coarse point permutes what the last layer sees; with equal weights for all coarse points it sees no difference.
        nn.init.constant_(network.Weights["toLatent.weight"], 0.1);
        float[] Code(float[] x) => network.Encode(tensor(x, 1, 64)).data<float>().ToArray();
        var (here, there) = (Code(field), Code([.. field[8..], .. field[..8]]));
        Assert.All(here.Zip(there), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Fact]
    public void Periodic_padding_on_a_domain_that_is_not_periodic_is_refused()
    {
        var options = Small with { ChannelMinimum = [-1.05, -0.21], ChannelMaximum = [1.05, 0.21] };
        var error = Assert.Throws<InvalidDataException>(() => new Trainer("fhn", "test", new FitzHughNagumoSystem(), options, 1));
        Assert.Contains("recipe 'test' does not fit study 'fhn'", error.Message);
        Assert.Contains("Set padding to zero", error.Message);
    }

    [Fact]
    public void A_shape_that_cannot_be_is_refused_with_what_would_do()
    {
        Assert.Contains("needs channels", (Shape with { Channels = [] }).Misfit(64, true));
        Assert.Contains("at least 16 for 3 layers", (Shape with { Padding = GridPadding.Periodic }).Misfit(60, true));
        Assert.Contains("Use fewer layers", (Shape with { Padding = GridPadding.Periodic }).Misfit(8, true));
        Assert.Null(Shape.Misfit(101, false));
        Assert.Contains("its network has 5", new VariationalArchitecture { LatentSize = 4, Network = Shape, DivergenceWeight = 1 }.Misfit(64, true));
        var limited = new BandLimitedArchitecture { LatentSize = 5, Network = Shape, Modes = 31 };
        Assert.Null(limited.Misfit(64, true));
        Assert.Contains("not periodic", limited.Misfit(64, false));
        Assert.Contains("from 1 to 31", (limited with { Modes = 32 }).Misfit(64, true));
        Assert.Contains("must be positive", new VariationalArchitecture { LatentSize = 5, Network = Shape, DivergenceWeight = 0 }.Misfit(64, true));
    }

    /// <summary>Half of the weight at a quarter of the steps, by Lambert's W: k e^{-s/k} = 1 there.</summary>
    [Theory]
    [InlineData(1000)]
    [InlineData(60000)]
    public void The_divergence_comes_in_by_and_by(int steps)
    {
        Assert.Equal(0.5, VariationalNetwork.Weight(steps / 4, steps), 1e-9);
        Assert.InRange(VariationalNetwork.Weight(0, steps), 0, 0.02);
        Assert.InRange(VariationalNetwork.Weight(steps, steps), 0.999, 1);
    }

    [Theory]
    [InlineData(false, 0.02)]
    [InlineData(true, 0.035)]
    public void Training_learns_is_resumed_to_the_bit_and_loads(bool variational, double largestError)
    {
        var options = variational
            ? Small with { Reduction = new VariationalArchitecture { LatentSize = 5, Network = Small.Reduction!, DivergenceWeight = 1e-3 } }
            : Small;
        var whole = Train(options, "whole")!;
        Assert.InRange((double)whole.Training["figures"]!["autoencoderValidationMse"]!, 0, largestError);
        Assert.Null(Train(options, "parts", stopAfter: 200));
        Assert.Null(Train(options, "parts", stopAfter: 220));
        Assert.Equal(whole.WeightsSha256, Train(options, "parts")!.WeightsSha256);
        var (model, manifest) = ModelFile.Load(Path.Combine(directory, "whole"));
        Assert.Equal((5, 5), (model.Reduction.LatentSize, model.Propagator.LatentSize));
        // deviations
        Assert.All(manifest.LatentLow.Zip(manifest.LatentHigh, manifest.LatentMaximum), l =>
            Assert.InRange((l.Third - l.First) / (l.Second - l.First), 0.5, 10));
    }

    private ModelManifest? Train(TrainingOptions options, string name, int stopAfter = int.MaxValue)
    {
        using var cancel = new CancellationTokenSource();
        var steps = 0;
        return new Trainer("ks", "test", new KuramotoSivashinskySystem(), options, seed: 3).Train(
            Path.Combine(directory, name + ".checkpoint"), Path.Combine(directory, name), [], _ =>
            {
                if (++steps == stopAfter)
                    cancel.Cancel();
            }, cancel.Token);
    }
}
