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
/// <param name="windows">What they are trained on.</param>
/// <param name="options">The recipe.</param>
/// <param name="seed">Seed of the batches.</param>
internal sealed class HierarchicalStage(
    HierarchicalArchitecture shape, FlowMapNetworks networks, FlowMapWindows windows, SequentialOptions options, ulong seed)
    : AdamStage("propagator", options.PropagatorSteps, networks.Weights)
{
    public override (double Loss, bool GoesOn) Run(int index)
    {
        using var scope = NewDisposeScope();
        var losses = new List<Tensor>();
        foreach (var places in Enumerable.Range(0, shape.Steps.Length).GroupBy(place => windows.Unrolled(shape.Steps[place], options.PropagatorHorizon)))
        {
            var truth = stack([.. places.Select(place => windows.Draw(shape.Steps[place], options.PropagatorHorizon, options.PropagatorBatch, new Philox(seed, (uint)index, step: (uint)place, stream: 2)))], 1); // [1 + unrolled, S, B, d_z]
            var chosen = places.Count() == shape.Steps.Length ? null : tensor([.. places.Select(place => (long)place)], device: truth.device);
            losses.Add(networks.Loss(truth, chosen).Times(places.Count()));
        }
        var loss = stack(losses).sum();
        loss.backward();
        Advance(index, options.PropagatorLearningRate);
        return (loss.Value() / shape.Steps.Length, true);
    }

    public override IReadOnlyDictionary<string, double> End() => new Dictionary<string, double>();
}
