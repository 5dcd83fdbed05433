using LedCluster.Domain.Randomness;
using LedCluster.Models.Networks;
using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>
/// The propagator by full-batch L-BFGS in float64 on fixed windows: first-order methods stall two orders of magnitude above
/// the loss that it reaches, and the period of a limit cycle is only as good as that loss.
/// </summary>
internal sealed class PolishStage : ITrainingStage, IDisposable
{
    private const int Memory = 300;

    private readonly LatentNetwork propagator;
    private readonly PropagatorData data;
    private readonly PolishOptions options;
    private readonly ulong seed;
    private readonly uint order;
    private readonly WeightTensors weights;
    private readonly LimitedMemoryBfgs minimiser;
    private Tensor? windows;
    private double first;

    public PolishStage(LatentNetwork propagator, PropagatorData data, PolishOptions options, ulong seed, uint order)
    {
        (this.propagator, this.data, this.options, this.seed, this.order) = (propagator, data, options, seed, order);
        weights = propagator.Weights;
        minimiser = new LimitedMemoryBfgs(Objective, Memory);
    }

    public string Name => $"polish {order + 1}, horizon {options.Horizon}";

    /// <summary>An upper bound: every step computes the loss at least once.</summary>
    public int Steps => options.Evaluations;

    public void Begin()
    {
        minimiser.Start(weights.Values);
        first = minimiser.Value;
    }

    public (double Loss, bool GoesOn) Run(int index)
    {
        var goesOn = minimiser.Step();
        weights.Values = minimiser.Point;
        return (minimiser.Value, goesOn && minimiser.Evaluations < options.Evaluations);
    }

    public IReadOnlyDictionary<string, double> End() => new Dictionary<string, double>
    {
        [$"polish{order + 1}FirstLoss"] = first,
        [$"polish{order + 1}Loss"] = minimiser.Value,
        [$"polish{order + 1}Evaluations"] = minimiser.Evaluations,
        [$"polish{order + 1}ValidationError"] = PropagatorValidation.Error(propagator, data.Validation),
    };

    public void Dispose() => windows?.Dispose();

    public double[] Save() => [first, .. minimiser.Save()];

    public void Restore(double[] saved)
    {
        first = saved[0];
        minimiser.Restore(saved[1..], weights.Length);
    }

    private (double, double[]) Objective(double[] at)
    {
        weights.Values = at;
        using var scope = NewDisposeScope();
        windows ??= Windows().DetachFromDisposeScope();
        weights.Gradient.zero_();
        var loss = PropagatorLoss.Compute(propagator, windows, options.Warm, options.Horizon, options.Cycles);
        loss.backward();
        return (loss.Value(), weights.GradientValues);
    }

    /// <summary>Every trajectory in turn: a third of the windows at the start, where transients are, the others anywhere.</summary>
    private Tensor Windows()
    {
        var random = new Philox(seed, order, step: 0, stream: 3);
        var frames = PropagatorLoss.WindowFrames(options.Warm, options.Horizon, options.Cycles);
        var (count, last) = (data.Training.Trajectories.Length, data.Training.Trajectories[0].Length / data.Training.LatentSize - frames);
        return data.Training.Frames(
            [.. Enumerable.Range(0, options.Windows).Select(w => (w % count, w % 3 == 0 ? 0 : random.NextIndex(last + 1)))], frames, weights.Device);
    }
}
