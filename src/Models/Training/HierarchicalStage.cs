using LedCluster.Domain.Randomness;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Networks;
using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>
/// The networks of hierarchical time-stepping by Adam. The loss of each is the mean squared error of a few of its own steps in a row, from
/// random frames on; losses are added up, and as no two networks share a weight, that trains each by itself.
/// </summary>
/// <param name="shape">Shape.</param>
/// <param name="networks">The networks.</param>
/// <param name="data">Latents.</param>
/// <param name="recipe">The recipe.</param>
/// <param name="seed">Seed of the batches.</param>
/// <param name="figures">What is recorded at the end besides.</param>
internal sealed class HierarchicalStage(
    HierarchicalArchitecture shape, FlowMapNetworks networks, PropagatorData data, TrainingOptions recipe, ulong seed,
    Func<IEnumerable<KeyValuePair<string, double>>> figures)
    : AdamStage("propagator", recipe.Sequential!.PropagatorSteps, networks.Weights)
{
    private readonly SequentialOptions options = recipe.Sequential!;

    public override (double Loss, bool GoesOn) Run(int index)
    {
        using var scope = NewDisposeScope();
        var loss = stack([.. shape.Steps.Select((step, place) => Loss(step, new Philox(seed, (uint)index, step: (uint)place, stream: 2)))]).sum();
        loss.backward();
        Advance(index, options.PropagatorLearningRate);
        return (loss.Value() / shape.Steps.Length, true);
    }

    public override IReadOnlyDictionary<string, double> End() => figures().ToDictionary();

    private Tensor Loss(int step, Philox random)
    {
        var set = data.Training;
        var last = set.Trajectories[0].Length / set.LatentSize - 1 - options.PropagatorSkip; // frames after the first that may be seen
        var unrolled = Math.Min(options.PropagatorHorizon, last / step);
        var windows = Enumerable.Range(0, options.PropagatorBatch)
            .Select(_ => (random.NextIndex(set.Trajectories.Length), options.PropagatorSkip + random.NextIndex(last - unrolled * step + 1))).ToArray();
        var truth = set.Frames(windows, unrolled + 1, networks.Weights.Device, step);
        var path = new Tensor[unrolled];
        for (var u = 0; u < unrolled; u++)
            path[u] = networks.Advance(step, u == 0 ? truth.select(0, 0) : path[u - 1]);
        return nn.functional.mse_loss(stack(path), truth.narrow(0, 1, unrolled));
    }
}
