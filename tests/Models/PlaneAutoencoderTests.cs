using LedCluster.Domain.Workers;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Devices;
using LedCluster.Models.Inference;
using LedCluster.Models.Networks;
using LedCluster.Models.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LedCluster.Models.Tests;

/// <summary>Convolutional autoencoders on a plane.</summary>
public class PlaneAutoencoderTests
{
    private static readonly PlaneConvolutionalArchitecture Symmetric = new()
    {
        LatentSize = 10, Grid = [20, 20], Channels = [8, 16, 32], EncoderLayers = [64, 64, 128], DecoderLayers = [128, 64, 64], CoarseGrid = [2, 2],
        Decoder = [new(32, Full: true), new(16), new(8), new(2, 2, 1)], Dropout = 0.2,
    };

    private static readonly PlaneConvolutionalArchitecture Asymmetric = new()
    {
        LatentSize = 10, Grid = [20, 20], InputStride = 2, Channels = [8, 16, 32], EncoderLayers = [32, 32, 64], DecoderLayers = [64, 32, 32],
        CoarseGrid = [1, 1],
        Decoder = [new(32), new(16, Full: true), new(8), new(2, 1, 2), new(2, 2, 1)], Dropout = 0.2,
    };

    private static readonly PlaneConvolutionalArchitecture Oblong = new()
    {
        LatentSize = 3, Grid = [9, 15], Channels = [4], DecoderLayers = [60], CoarseGrid = [3, 5], Decoder = [new(3, 3, 3), new(2, 1, 1)],
    };

    private static readonly PlaneConvolutionalArchitecture Masked = Oblong with { InputStride = 2, Offset = true, Mask = true, Zeros = [10, 3, 140, 5] };

    public static TheoryData<bool, int, int> Published => new() { { false, 27_986, 24_314 }, { true, 10_834, 18_908 } };

    [Theory]
    [MemberData(nameof(Published))]
    public void The_reports_networks_have_its_numbers_of_weights(bool asymmetric, int encoder, int decoder)
    {
        var layers = (asymmetric ? Asymmetric : Symmetric).Layers(2).ToLookup(
            layer => layer.Name.StartsWith("encoder") || layer.Name.StartsWith("toLatent"), layer => (layer.Inputs + 1) * layer.Outputs);
        Assert.Equal((encoder, decoder), (layers[true].Sum(), layers[false].Sum()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Managed_code_and_libtorch_agree_and_a_field_has_the_same_bits_alone(bool asymmetric)
    {
        manual_seed(7);
        var shape = asymmetric ? Asymmetric : Symmetric;
        using var network = NetworkFactory.Autoencoder(shape, 2, 400, seed: 1, float32, CPU)!;
        using var off = no_grad();
        foreach (var (name, _, _) in shape.Layers(2)) // biases that matter
            network.Weights[$"{name}.bias"].copy_(rand(network.Weights[$"{name}.bias"].shape) - 0.5);
        var managed = shape.Build(new FieldScaling([0, 0], [1, 1]), 400, new WeightArrays(network.Weights.Arrays().ToDictionary(), "memory"));
        const int batch = 6;
        var fields = DenseLayerTests.Noise(batch * 800, 1, 1);
        var (latents, decoded) = (new float[batch * 10], new float[batch * 800]);
        managed.Encode(Array.ConvertAll(fields, x => (double)x), latents);
        Decode(managed, latents, decoded);
        ParityTests.Close(network.Encode(tensor(fields, batch, 800)), latents);
        ParityTests.Close(network.Decode(tensor(latents, batch, 10)), decoded);

        var (alone, single) = (new float[10], new float[800]);
        managed.Encode(Array.ConvertAll(fields[4000..4800], x => (double)x), alone);
        Decode(managed, alone, single);
        Assert.Equal(latents[50..], alone);
        Assert.Equal(decoded[4000..], single);
    }

    [Fact]
    public void Values_that_the_mask_leaves_out_are_exactly_0_and_the_encoder_reads_where_they_are()
    {
        manual_seed(9);
        using var network = NetworkFactory.Autoencoder(Masked, 2, 135, seed: 1, float32, CPU)!;
        using var off = no_grad();
        var scaling = new FieldScaling([-0.3, -1], [1.1, 2]);
        var (zero, offset) = (new float[270], DenseLayerTests.Noise(270, 3, 1));
        scaling.Scale(new double[270], zero);
        (int First, int Count)[] runs = [(10, 3), (140, 5)];
        foreach (var (first, count) in runs)
            zero.AsSpan(first, count).CopyTo(offset.AsSpan(first)); // what training comes to
        network.Weights["offset"].copy_(tensor(offset));
        var managed = Masked.Build(scaling, 135, new WeightArrays(network.Weights.Arrays().ToDictionary(), "memory"));
        var (fields, scaled, latents, decoded) = (DenseLayerTests.Noise(540, 4, 1), new float[540], new float[6], new float[540]);
        for (var f = 0; f < 2; f++)
            scaling.Scale(Array.ConvertAll(fields[(270 * f)..(270 * (f + 1))], x => (double)x), scaled.AsSpan(270 * f, 270));
        managed.Encode(Array.ConvertAll(fields, x => (double)x), latents);
        Decode(managed, latents, decoded);
        ParityTests.Close(network.Encode(tensor(scaled, 2, 270)), latents);
        var expected = network.Decode(tensor(latents, 2, 3)).data<float>().ToArray();
        for (var f = 0; f < 2; f++)
        {
            var own = new float[270];
            scaling.Unscale(expected.AsSpan(270 * f, 270), own);
            Assert.All(own.Zip(decoded[(270 * f)..]), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
            Assert.All(runs.SelectMany(run => decoded.AsSpan(270 * f + run.First, run.Count).ToArray()), value => Assert.Equal(0, value));
        }
        Assert.Equal(8, decoded.Count(value => value == 0) / 2);

        Assert.Equal(9 * 3, Masked.Layers(2).First().Inputs);
        network.Weights["encoder.0.weight"].zero_(); // but for the mask's own tap of the first channel
        network.Weights["encoder.0.weight"][0, 4 * 3 + 2] = tensor(-1f); // the maximum of some points is then that of one that is left out
        var blind = network.Encode(tensor(scaled, 2, 270));
        Assert.True(allclose(blind[0], blind[1])); // sees the mask alone
        using var elsewhere = NetworkFactory.Autoencoder(Masked with { Zeros = [32, 1] }, 2, 135, seed: 1, float32, CPU)!;
        elsewhere.Weights.Values = network.Weights.Values;
        Assert.False(allclose(blind[0], elsewhere.Encode(tensor(scaled, 2, 270))[0]));
    }

    [Fact]
    public void Training_finds_the_values_that_are_0_in_every_frame()
    {
        var scaling = new FieldScaling([-0.3, -1], [1.1, 2]);
        double[] values = [.. DenseLayerTests.Noise(2 * 3 * 270, 5, 1).Select((x, i) => i % 270 is 7 or 8 or 200 ? 0 : i == 9 ? 0 : (double)x)];
        var set = TrainingSet.Of(new(values, 2, 3, "given"), 0, 2, scaling);
        Assert.Equal([7, 2, 200, 1], set.Zeros(scaling));
        using var training = ReductionTraining.Of(
            new()
            {
                About = "a test",
                Data = new() { Frames = 2 },
                Reduction = Masked with { Zeros = [] },
                Propagator = new SindyArchitecture { Degree = 1 },
                ChannelMinimum = scaling.Minimum,
                ChannelMaximum = scaling.Maximum,
            }, set, set, seed: 1, ComputeDevice.Processor);
        Assert.Equal([7, 2, 200, 1], Assert.IsType<PlaneConvolutionalArchitecture>(training.Trained).Zeros);
        var variational = new VariationalArchitecture { LatentSize = 3, Network = Masked with { Zeros = [] }, DivergenceWeight = 1 };
        using var around = ReductionTraining.Of(
            new()
            {
                About = "a test",
                Data = new() { Frames = 2 },
                Reduction = variational,
                Propagator = new SindyArchitecture { Degree = 1 },
                ChannelMinimum = scaling.Minimum,
                ChannelMaximum = scaling.Maximum,
            }, set, set, seed: 1, ComputeDevice.Processor);
        Assert.Equal([7, 2, 200, 1], Assert.IsType<PlaneConvolutionalArchitecture>(Assert.IsType<VariationalArchitecture>(around.Trained).Network).Zeros);
    }

    private static void Decode(IReduction reduction, float[] latents, float[] fields) =>
        reduction.Decode(latents, fields, StepContext.Of(latents.Length / reduction.LatentSize));

    [Fact]
    public void Convolutions_are_those_of_libtorch()
    {
        manual_seed(8);
        using var network = NetworkFactory.Autoencoder(Oblong, 2, 135, seed: 1, float64, CPU)!;
        using var off = no_grad();
        var x = rand(3, 2, 9, 15, float64);
        var kernel = network.Weights["encoder.0.weight"].reshape(4, 3, 3, 2).permute(0, 3, 1, 2); // [out, in, a, b]
        var pooled = nn.functional.max_pool2d(nn.functional.elu(nn.functional.conv2d(x, kernel, network.Weights["encoder.0.bias"], padding: [1, 1]), 1), 2);
        var latent = nn.functional.linear(pooled.permute(0, 2, 3, 1).flatten(1), network.Weights["toLatent.0.weight"], network.Weights["toLatent.0.bias"]);
        Assert.True(allclose(latent, network.Encode(x.flatten(1))));

        var z = rand(3, 3, float64);
        var dense = nn.functional.linear(z, network.Weights["fromLatent.0.weight"], network.Weights["fromLatent.0.bias"]);
        var coarse = nn.functional.elu(dense, 1).reshape(3, 3, 5, 4).permute(0, 3, 1, 2);
        var up = network.Weights["decoder.0.weight"].reshape(3, 3, 3, 4).permute(3, 0, 1, 2); // [in, out, a, b]
        var fine = nn.functional.elu(nn.functional.conv_transpose2d(coarse, up, network.Weights["decoder.0.bias"], strides: [3, 3]), 1); // [3, 3, 9, 15]
        var last = nn.functional.conv2d(fine, network.Weights["decoder.1.weight"].reshape(2, 3, 1, 1), network.Weights["decoder.1.bias"]);
        Assert.True(allclose(last.flatten(1), network.Decode(z)));
    }

    [Fact]
    public void A_step_of_training_drops_the_same_numbers_whenever_it_is_made()
    {
        using var network = NetworkFactory.Autoencoder(Symmetric, 2, 400, seed: 1, float32, CPU)!;
        using var off = no_grad();
        var batch = rand(4, 800);
        Assert.Equal(network.Loss(batch, 5, 10).ToDouble(), network.Loss(batch, 5, 10).ToDouble());
        Assert.NotEqual(network.Loss(batch, 5, 10).ToDouble(), network.Loss(batch, 6, 10).ToDouble());
    }

    [Fact]
    public void A_shape_that_does_not_fit_is_refused_with_what_to_change()
    {
        Assert.Null(Symmetric.Misfit(400, periodic: false));
        Assert.Null(Asymmetric.Misfit(400, periodic: false));
        Assert.Contains("plane of 20 × 20 points, but a field has 401", Symmetric.Misfit(401, periodic: false));
        Assert.Contains(
            "ends on 16 × 16 points; 20 × 20 are needed",
            (Symmetric with { Decoder = [new(32), new(16), new(8), new(2, 2, 1)] }).Misfit(400, periodic: false));
        Assert.Contains("to nothing", (Symmetric with { Channels = [8, 8, 8, 8, 8] }).Misfit(400, periodic: false));
        Assert.Contains("a mask without an offset", (Symmetric with { Mask = true }).Misfit(400, periodic: false));
        Assert.Contains("does not fill a grid of 2 × 2", (Symmetric with { DecoderLayers = [63] }).Misfit(400, periodic: false));
    }
}
