using LedCluster.Domain.Randomness;
using LedCluster.Models.Networks;
using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>A mixture-density propagator by Adam on random windows of known frames: the negative log-likelihood of the next latents.</summary>
internal sealed class LikelihoodStage(LatentLstmMixture propagator, PropagatorData data, SequentialOptions options, ulong seed)
    : AdamStage("propagator", options.PropagatorSteps, propagator.Weights)
{
    public override (double Loss, bool GoesOn) Run(int index)
    {
        using var scope = NewDisposeScope();
        var random = new Philox(seed, (uint)index, step: 0, stream: 2);
        var set = data.Training;
        var last = set.Trajectories[0].Length / set.LatentSize - options.PropagatorWarm - 1 - options.PropagatorSkip;
        var windows = Enumerable.Range(0, options.PropagatorBatch).Select(_ => (random.NextIndex(set.Trajectories.Length), options.PropagatorSkip + random.NextIndex(last + 1))).ToArray();
        var loss = propagator.NegativeLogLikelihood(set.Frames(windows, options.PropagatorWarm + 1, propagator.Weights.Device), PropagatorLoss.Cold);
        loss.backward();
        Advance(index, options.PropagatorLearningRate);
        return (loss.Value(), true);
    }

    public override IReadOnlyDictionary<string, double> End()
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        double Of(LatentSet set) => propagator.NegativeLogLikelihood(
            set.Frames([.. set.Trajectories.Select((_, i) => (i, options.PropagatorSkip))], set.Trajectories[0].Length / set.LatentSize - options.PropagatorSkip, propagator.Weights.Device), PropagatorLoss.Cold).Value();
        return new Dictionary<string, double> { ["propagatorTrainingNegativeLogLikelihood"] = Of(data.Training), ["propagatorValidationNegativeLogLikelihood"] = Of(data.Validation) };
    }
}
