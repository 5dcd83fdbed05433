using LedCluster.Domain.Workers;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Inference;
using LedCluster.Models.Networks;
using static TorchSharp.torch;

namespace LedCluster.Models.Tests;

/// <summary>Managed inference and torch are two ways to compute the same networks.</summary>
public class ParityTests
{
    private const int Size = 202;

    private static readonly FeedForwardArchitecture Reduction = new() { LatentSize = 2, HiddenLayers = [100, 100, 100] };

    private static readonly ModelManifest Manifest = new()
    {
        Study = "fhn",
        Points = Size / 2,
        Reduction = Reduction,
        Propagator = new LstmArchitecture { Hidden = 32 },
        ChannelMinimum = [0, 0],
        ChannelMaximum = [1, 1],
        LatentLow = [0, 0],
        LatentHigh = [1, 1],
        LatentMinimum = [0, 0],
        LatentMaximum = [1, 1],
        WeightsSha256 = "",
        Training = [],
    };

    [Fact]
    public void Forward_passes_agree_to_one_part_in_a_hundred_thousand()
    {
        manual_seed(5);
        using var autoencoder = NetworkFactory.Autoencoder(Reduction, 2, Size / 2, seed: 1, float32, CPU)!;
        using var lstm = NetworkFactory.Propagator(Manifest.Propagator, 2, float32, CPU)!;
        var model = ModelFile.Build(
            Manifest,
            autoencoder.Weights.Arrays().Concat(lstm.Weights.Arrays()).ToDictionary(),
            "memory");
        using var off = no_grad();
        const int batch = 33;
        var fields = DenseLayerTests.Noise(batch * Size, 3, 1);

        var encoded = autoencoder.Encode(tensor(fields, batch, Size));
        var latents = new float[batch * 2];
        model.Reduction.Encode(Array.ConvertAll(fields, x => (double)x), latents);
        Close(encoded, latents);

        var decoded = new float[batch * Size];
        model.Reduction.Decode(latents, decoded, StepContext.Of(1));
        Close(autoencoder.Decode(encoded), decoded);

        var start = Enumerable.Range(0, batch * 2).Select(i => i / (2f * batch)).ToArray();
        var (memory, path) = (new float[batch * model.Propagator.MemorySize], new float[50 * batch * 2]);
        model.Propagator.Run(start, StepContext.Of(batch), memory, path);
        var (now, state) = (tensor(start, batch, 2), lstm.Blank(batch));
        for (var t = 0; t < 50; t++)
        {
            (now, state) = lstm.Step(now, state);
            Close(now, path[(t * batch * 2)..((t + 1) * batch * 2)]);
        }
    }

    internal static void Close(Tensor expected, float[] actual)
    {
        var values = expected.contiguous().data<float>().ToArray();
        var scale = values.Max(Math.Abs);
        for (var i = 0; i < actual.Length; i++)
            Assert.Equal(values[i], actual[i], 1e-5 * scale);
    }
}
