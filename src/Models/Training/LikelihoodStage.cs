using LedCluster.Domain.Randomness;
using LedCluster.Models.Networks;
using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>A mixture-density propagator by Adam on random windows of known frames: the negative log-likelihood of the next latents.</summary>
internal sealed class LikelihoodStage(LatentLstmMixture propagator, PropagatorData data, SequentialOptions options, ulong seed)
    : AdamStage("propagator", options.PropagatorSteps, propagator.Weights)
{
    /// <summary>Trajectories whose likelihood is taken at a time, at the end.</summary>
    private const int Together = 64;

    public override (double Loss, bool GoesOn) Run(int index)
    {
        using var scope = NewDisposeScope();
        var random = new Philox(seed, (uint)index, step: 0, stream: 2);
        var set = data.Training;
        var last = set.Trajectories[0].Length / set.LatentSize - options.PropagatorWarm - 1 - options.PropagatorSkip;
        var windows = Enumerable.Range(0, options.PropagatorBatch).Select(
            _ => (random.NextIndex(set.Trajectories.Length), options.PropagatorSkip + random.NextIndex(last + 1))).ToArray();
        var loss = propagator.NegativeLogLikelihood(set.Frames(windows, options.PropagatorWarm + 1, propagator.Weights.Device), PropagatorLoss.Cold);
        loss.backward();
        Advance(index, options.PropagatorLearningRate);
        return (loss.Value(), true);
    }

    public override IReadOnlyDictionary<string, double> End()
    {
        using var off = no_grad();
        var frames = data.Training.Trajectories[0].Length / data.Training.LatentSize - options.PropagatorSkip;
        return new Dictionary<string, double>
        {
            ["propagatorTrainingNegativeLogLikelihood"] = Of(data.Training),
            ["propagatorValidationNegativeLogLikelihood"] = Of(data.Validation),
        };

        // Whole trajectories, some at a time: the memory that all of them take is that of their frames times a few hundred numbers.
        double Of(LatentSet set) => Enumerable.Range(0, set.Trajectories.Length).Chunk(Together).Sum(some =>
        {
            using var scope = NewDisposeScope();
            return some.Length * propagator.NegativeLogLikelihood(
                set.Frames([.. some.Select(i => (i, options.PropagatorSkip))], frames, propagator.Weights.Device), PropagatorLoss.Cold).Value();
        }) / set.Trajectories.Length;
    }
}
