using LedCluster.Domain.Randomness;
using LedCluster.Models.Networks;
using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>
/// The decoder of a density by Adam on the latents of the trained encoder, which stay what they are: without the encoder, whose cost is
/// that of all points, a step can count many more points of many more frames.
/// </summary>
internal sealed class DecoderStage(
    ExchangeableNetwork network, Func<TrainingSet, float[][]> encode, TrainingSet training, TrainingSet validation, TrainingOptions options, ulong seed)
    : AdamStage("decoder", options.Sequential!.DecoderSteps, network.Weights)
{
    private const int RampSteps = 100;
    private const double LastFraction = 1e-3;

    private readonly SequentialOptions sequential = options.Sequential!;
    private readonly Lazy<float[][]> latents = new(() => encode(training));

    public override (double Loss, bool GoesOn) Run(int index)
    {
        using var scope = NewDisposeScope();
        var (random, latentSize) = (new Philox(seed, (uint)index, step: 1, stream: 1), latents.Value[0].Length / training.Frames);
        var (frames, z) = (new float[sequential.DecoderBatch * training.Size], new float[sequential.DecoderBatch * latentSize]);
        for (var b = 0; b < sequential.DecoderBatch; b++)
        {
            var (trajectory, frame) = AutoencoderStage.Draw(ref random, training, options);
            Array.Copy(training.Trajectories[trajectory], frame * training.Size, frames, b * training.Size, training.Size);
            Array.Copy(latents.Value[trajectory], frame * latentSize, z, b * latentSize, latentSize);
        }
        var device = network.Weights.Device;
        var loss = network.DecoderLoss(
            tensor(frames, [sequential.DecoderBatch, training.Size], device: device),
            tensor(z, [sequential.DecoderBatch, latentSize], device: device), index);
        loss.backward();
        Advance(index, sequential.AutoencoderLearningRate, RampSteps, LastFraction);
        return (loss.Value(), true);
    }

    /// <summary>Figures of the whole autoencoder, as they are after this.</summary>
    public override IReadOnlyDictionary<string, double> End() => AutoencoderStage.Errors(network, training, validation, options);
}
