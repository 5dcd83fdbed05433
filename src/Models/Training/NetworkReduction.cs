using LedCluster.Models.Checkpoints;
using LedCluster.Models.Networks;
using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>An autoencoder, trained by gradients.</summary>
internal sealed class NetworkReduction(
    Autoencoder network, TrainingOptions options, TrainingSet training, TrainingSet validation, ulong seed) : ReductionTraining
{
    /// <summary>The network.</summary>
    public Autoencoder Network => network;

    /// <inheritdoc />
    public override ReductionArchitecture? Trained => options.Reduction;

    /// <inheritdoc />
    public override WeightTensors Weights => network.Weights;

    /// <inheritdoc />
    public override IEnumerable<ITrainingStage> Stages() => options.Rounds is { } rounds
        ? [new RoundStage(new ReconstructionObjective(network, training, validation, rounds, seed), rounds, rounds.AutoencoderPatience)]
        : [
            new AutoencoderStage(network, training, validation, options, seed),
            .. network is ExchangeableNetwork density && options.Sequential!.DecoderSteps > 0
                ? [new DecoderStage(density, Encode, training, validation, options, seed)]
                : (ITrainingStage[])[],
        ];

    /// <inheritdoc />
    public override float[][] Encode(TrainingSet set) => [.. set.Trajectories.Select(trajectory =>
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        return network.Encode(tensor(trajectory, [set.Frames, set.Size], device: network.Weights.Device)).cpu().data<float>().ToArray();
    })];

    /// <inheritdoc />
    public override IEnumerable<KeyValuePair<string, (long[] Shape, float[] Values)>> Arrays() => Weights.Arrays();

    /// <inheritdoc />
    public override void Dispose() => network.Dispose();
}
