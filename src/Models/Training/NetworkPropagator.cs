using LedCluster.Models.Checkpoints;
using LedCluster.Models.Networks;

namespace LedCluster.Models.Training;

/// <summary>A neural propagator, trained by gradients.</summary>
internal sealed class NetworkPropagator(LatentNetwork network, TrainingOptions options, PropagatorData latents, ulong seed) : PropagatorTraining
{
    /// <summary>The network.</summary>
    public LatentNetwork Network => network;

    /// <inheritdoc />
    public override WeightTensors Weights => network.Weights;

    /// <inheritdoc />
    public override IEnumerable<ITrainingStage> Stages() => options.Rounds is { } rounds
        ? [new RoundStage(new LatentObjective(network, latents, rounds, seed), rounds, rounds.Patience)]
        : network is LatentWindowedLstm windowed && options.Propagator is WindowedLstmArchitecture { Window: var window }
            ? [new WindowStage(windowed, window, latents, options.Sequential!, seed)]
        : network is LatentLstmMixture mixture ? [new LikelihoodStage(mixture, latents, options.Sequential!, seed)]
        :
        [
            new PropagatorStage(network, latents, options.Sequential!, seed),
            .. options.Sequential!.Polish.Select((polish, i) => new PolishStage(network, latents, polish, seed, (uint)i)),
        ];

    /// <inheritdoc />
    public override IEnumerable<KeyValuePair<string, (long[] Shape, float[] Values)>> Arrays() => Weights.Arrays();

    /// <inheritdoc />
    public override void Dispose() => network.Dispose();
}
