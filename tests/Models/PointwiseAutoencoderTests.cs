using LedCluster.Domain.Workers;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Inference;
using LedCluster.Models.Networks;
using static TorchSharp.torch;

namespace LedCluster.Models.Tests;

/// <summary>Autoencoders with one small network for all points.</summary>
public class PointwiseAutoencoderTests
{
    private static readonly PointwiseArchitecture Shape = new() { LatentSize = 3, PointLayers = [20, 9], Features = 2, HiddenLayers = [17] };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Managed_code_and_libtorch_agree_and_a_field_has_the_same_bits_alone(int inputStride)
    {
        manual_seed(9);
        var shape = Shape with { Grid = [7, 11], InputStride = inputStride };
        using var network = NetworkFactory.Autoencoder(shape, 2, 77, seed: 1, float32, CPU)!;
        using var off = no_grad();
        var managed = shape.Build(new FieldScaling([0, 0], [1, 1]), 77, new WeightArrays(network.Weights.Arrays().ToDictionary(), "memory"));
        const int batch = 70; // more than are computed at once
        var fields = DenseLayerTests.Noise(batch * 154, 1, 1);
        var (latents, decoded) = (new float[batch * 3], new float[batch * 154]);
        managed.Encode(Array.ConvertAll(fields, x => (double)x), latents);
        managed.Decode(latents, decoded, StepContext.Of(batch));
        ParityTests.Close(network.Encode(tensor(fields, batch, 154)), latents);
        ParityTests.Close(network.Decode(tensor(latents, batch, 3)), decoded);

        var single = new float[154];
        managed.Decode(latents.AsSpan(3 * 3, 3), single, StepContext.Of(1));
        Assert.Equal(decoded[(3 * 154)..(4 * 154)], single);
    }

    [Fact]
    public void An_asymmetric_encoder_reads_every_second_point_of_the_plane()
    {
        manual_seed(9);
        var shape = Shape with { Grid = [7, 11], InputStride = 2 };
        using var network = NetworkFactory.Autoencoder(shape, 1, 77, seed: 1, float32, CPU)!;
        using var off = no_grad();
        var managed = shape.Build(new FieldScaling([0], [1]), 77, new WeightArrays(network.Weights.Arrays().ToDictionary(), "memory"));
        var field = Array.ConvertAll(DenseLayerTests.Noise(77, 1, 1), x => (double)x);
        var (latent, other) = (new float[3], new float[3]);
        managed.Encode(field, latent);
        for (var place = 0; place < 77; place++)
        {
            double[] changed = [.. field];
            changed[place] += 0.5;
            managed.Encode(changed, other);
            Assert.Equal(place / 11 % 2 != 0 || place % 11 % 2 != 0, latent.SequenceEqual(other));
        }
    }

    [Fact]
    public void Points_with_equal_features_have_equal_values()
    {
        manual_seed(10);
        using var network = NetworkFactory.Autoencoder(Shape, 2, 4, seed: 1, float64, CPU)!;
        using var off = no_grad();
        foreach (var part in (string[])["weight", "bias"]) // what leads to the last point leads to the first too
            network.Weights[$"decoder.1.{part}"].narrow(0, 6, 2).copy_(network.Weights[$"decoder.1.{part}"].narrow(0, 0, 2));
        var decoded = network.Decode(rand(5, 3, float64)).reshape(5, 2, 4);
        Assert.True(allclose(decoded.select(2, 0), decoded.select(2, 3)));
        Assert.False(allclose(decoded.select(2, 0), decoded.select(2, 1)));
    }

    [Fact]
    public void A_shape_that_cannot_be_is_refused_with_what_to_change() =>
        Assert.All(
            [
                ("positive numbers", Shape with { Features = 0 }), ("inputStride", Shape with { InputStride = 2 }),
                ("inputStride", Shape with { Grid = [7, 10], InputStride = 2 }), ("inputStride", Shape with { InputStride = 0 })],
            wrong => Assert.Contains(wrong.Item1, wrong.Item2.Misfit(77, periodic: false)));
}
