using LedCluster.Domain.Randomness;
using LedCluster.Models.Networks;
using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>The propagator by Adam on random windows: finds the basin that <see cref="PolishStage"/> then descends.</summary>
internal sealed class PropagatorStage(LatentNetwork propagator, PropagatorData data, SequentialOptions options, ulong seed)
    : AdamStage("propagator", options.PropagatorSteps, propagator.Weights)
{
    /// <summary>Frames of teacher forcing before a window, at most.</summary>
    public const int LongestWarmUp = 40;

    private const int ShortestWarmUp = 10;
    private const double LargestGradient = 1;

    public override (double Loss, bool GoesOn) Run(int index)
    {
        using var scope = NewDisposeScope();
        var random = new Philox(seed, (uint)index, step: 0, stream: 2);
        var warm = options.PropagatorWarm > 0 ? options.PropagatorWarm : ShortestWarmUp + random.NextIndex(LongestWarmUp - ShortestWarmUp + 1);
        var frames = PropagatorLoss.WindowFrames(warm, options.PropagatorHorizon, cycles: 0);
        var last = Math.Min(options.AutoencoderFrames, data.Training.Trajectories[0].Length / data.Training.LatentSize) - frames - options.PropagatorSkip;
        var windows = Enumerable.Range(0, options.PropagatorBatch)
            .Select(_ => (random.NextIndex(data.Training.Trajectories.Length), options.PropagatorSkip + random.NextIndex(last + 1))).ToArray();
        var loss = PropagatorLoss.Compute(
            propagator, data.Training.Frames(windows, frames, propagator.Weights.Device), warm, options.PropagatorHorizon, cycles: 0);
        loss.backward();
        if (!Clip(propagator.Weights.Gradient))
            return (double.NaN, false);
        Advance(index, options.PropagatorLearningRate);
        return (loss.Value(), true);
    }

    /// <summary>Shortens a gradient that is longer than it may be; returns whether it is finite.</summary>
    private static bool Clip(Tensor gradient)
    {
        var norm = gradient.norm().Value(); // through long autonomous runs it may be infinite though the loss is not
        var scale = LargestGradient / (norm + 1e-6);
        if (scale < 1)
        {
            using var factor = Numbers.Number(scale);
            gradient.mul_(factor);
        }
        return double.IsFinite(norm);
    }

    public override IReadOnlyDictionary<string, double> End() => new Dictionary<string, double>
    {
        ["propagatorOneStepError"] = PropagatorValidation.OneStepError(propagator, data.Validation),
        ["propagatorValidationError"] = PropagatorValidation.Error(propagator, data.Validation),
    };
}

/// <summary>The propagator by L-BFGS in float64 on windows of known latents.</summary>
internal sealed class PolishStage(LatentNetwork propagator, PropagatorData data, PolishOptions options, ulong seed, uint order)
    : MinimiserStage(options.Evaluations, memory: 300)
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
