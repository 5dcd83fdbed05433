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
            var drawn = places.Select(place => windows.Draw(
                shape.Steps[place], options.PropagatorHorizon, options.PropagatorBatch,
                new Philox(seed, (uint)index, step: (uint)place, stream: 2)));
            var truth = stack([.. drawn], 1); // [1 + unrolled, S, B, d_z]
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

/// <summary>
/// One network of hierarchical time-stepping by L-BFGS on windows of latents. The phase of a forecast on a limit cycle drifts by
/// the mean error of the largest step, which first-order methods leave large; windows of many steps show it.
/// </summary>
/// <param name="networks">All networks.</param>
/// <param name="place">Place of this one among the shape's steps.</param>
/// <param name="step">Frames of its step.</param>
/// <param name="data">What it is trained on.</param>
/// <param name="options">Number of windows, steps of each, and evaluations.</param>
/// <param name="seed">Seed of the windows.</param>
/// <param name="order">Number of the polish.</param>
internal sealed class HierarchicalPolishStage(
    FlowMapNetworks networks, int place, int step, FlowMapWindows data, PolishOptions options, ulong seed, uint order)
    : MinimiserStage(options.Evaluations, memory: 100)
{
    private readonly PolishOptions options = options;
    private FlowMapNetworks? network;

    public override string Name => $"polish {order + 1}, step {step}";

    protected override IReadOnlyList<WeightTensors> Weights => [Network.Weights];

    private FlowMapNetworks Network => network ??= networks.Alone(place);

    public override (double Loss, bool GoesOn) Run(int index)
    {
        var outcome = base.Run(index);
        if (!outcome.GoesOn || index + 1 == Steps)
            networks.SetValues(place, Network.Weights.Values);
        return outcome;
    }

    public override IReadOnlyDictionary<string, double> End()
    {
        Dispose();
        return new Dictionary<string, double> { [$"polish{order + 1}FirstLoss.{step}"] = First, [$"polish{order + 1}Loss.{step}"] = Least };
    }

    public override void Dispose()
    {
        network?.Dispose();
        base.Dispose();
    }

    protected override Tensor Loss(Tensor windows) => Network.Loss(windows);

    /// <summary>[1 + unrolled, 1, B, d_z].</summary>
    protected override Tensor Windows() =>
        data.Draw(step, options.Horizon, options.Windows, new Philox(seed, order, step: (uint)place, stream: 3)).unsqueeze(1);
}

/// <summary>Windows of latents a step of s frames apart: what a network for that step is trained on.</summary>
/// <param name="data">Latents.</param>
/// <param name="options">Where windows lie, and how many steps they have.</param>
/// <param name="device">Where tensors lie.</param>
internal sealed class FlowMapWindows(PropagatorData data, SequentialOptions options, Device device)
{
    private int Last => data.Training.Trajectories[0].Length / data.Training.LatentSize - 1 - options.PropagatorSkip; // frames after the first that may be seen

    /// <summary>Steps of a window: as many as asked for, fewer where trajectories are too short.</summary>
    /// <param name="step">Frames s of a step.</param>
    /// <param name="horizon">Steps asked for.</param>
    public int Unrolled(int step, int horizon) => Math.Min(horizon, Last / step);

    /// <summary>Random windows, [1 + unrolled, B, d_z].</summary>
    /// <param name="step">Frames s of a step.</param>
    /// <param name="horizon">Steps asked for.</param>
    /// <param name="count">Number of windows B.</param>
    /// <param name="random">Draws trajectory and first frame.</param>
    public Tensor Draw(int step, int horizon, int count, Philox random)
    {
        var (set, unrolled) = (data.Training, Unrolled(step, horizon));
        var length = unrolled * step;
        var windows = new (int, int)[count];
        for (var w = 0; w < count; w++)
            windows[w] = (random.NextIndex(set.Trajectories.Length),
                options.PropagatorSkip + (options.AdjacentWindows ? random.NextIndex(Last / length) * length : random.NextIndex(Last - length + 1)));
        return set.Frames(windows, unrolled + 1, device, step);
    }
}
