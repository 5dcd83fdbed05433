using LedCluster.Domain.Randomness;
using LedCluster.Models.Networks;
using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>The propagator by L-BFGS in float64 on windows of known latents.</summary>
internal sealed class PolishStage(LatentNetwork propagator, PropagatorData data, PolishOptions options, ulong seed, uint order) : MinimiserStage(options.Evaluations, memory: 300)
{
    private readonly PolishOptions options = options;

    public override string Name => $"polish {order + 1}, horizon {options.Horizon}";

    protected override IReadOnlyList<WeightTensors> Weights { get; } = [propagator.Weights];

    public override IReadOnlyDictionary<string, double> End() => new Dictionary<string, double>
    {
        [$"polish{order + 1}FirstLoss"] = First,
        [$"polish{order + 1}Loss"] = Least,
        [$"polish{order + 1}Evaluations"] = Evaluations,
        [$"polish{order + 1}ValidationError"] = PropagatorValidation.Error(propagator, data.Validation),
    };

    protected override Tensor Loss(Tensor windows) => PropagatorLoss.Compute(propagator, windows, options.Warm, options.Horizon, options.Cycles);

    /// <summary>Every trajectory in turn: a third of the windows at the start, where transients are, the others anywhere.</summary>
    protected override Tensor Windows()
    {
        var random = new Philox(seed, order, step: 0, stream: 3);
        var frames = PropagatorLoss.WindowFrames(options.Warm, options.Horizon, options.Cycles);
        var (count, last) = (data.Training.Trajectories.Length, data.Training.Trajectories[0].Length / data.Training.LatentSize - frames);
        return data.Training.Frames(
            [.. Enumerable.Range(0, options.Windows).Select(w => (w % count, w % 3 == 0 ? 0 : random.NextIndex(last + 1)))], frames, propagator.Weights.Device);
    }
}
