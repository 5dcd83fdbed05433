using LedCluster.Domain.Randomness;
using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>Latents that the propagator's stages share, once the autoencoder is done.</summary>
internal sealed class PropagatorData
{
    /// <summary>Training latents.</summary>
    public LatentSet Training { get; set; } = null!;

    /// <summary>Validation latents.</summary>
    public LatentSet Validation { get; set; } = null!;
}

/// <summary>The propagator by Adam on random windows: finds the basin that <see cref="PolishStage"/> then descends.</summary>
internal sealed class PropagatorStage(LatentLstm propagator, PropagatorData data, SequentialOptions options, int skip, ulong seed) : ITrainingStage, IDisposable
{
    private const int ShortestWarmUp = 10, LongestWarmUp = 40, RampSteps = 20;
    private const double LastFraction = 1e-2, LargestGradient = 1;

    private readonly AdaptiveMoments optimiser = new(propagator.parameters(), belief: false, epsilon: 1e-8);

    public string Name => "propagator";

    public int Steps => options.PropagatorSteps;

    public void Begin()
    {
    }

    public (double Loss, bool GoesOn) Run(int index)
    {
        using var scope = NewDisposeScope();
        var random = new Philox(seed, (uint)index, step: 0, stream: 2);
        var warm = ShortestWarmUp + random.NextIndex(LongestWarmUp - ShortestWarmUp + 1);
        var frames = PropagatorLoss.WindowFrames(warm, options.PropagatorHorizon, cycles: 0);
        var last = Math.Min(options.AutoencoderFrames, data.Training.Trajectories[0].Length / data.Training.LatentSize) - frames;
        var windows = Enumerable.Range(0, options.PropagatorBatch)
            .Select(_ => (random.NextIndex(data.Training.Trajectories.Length), random.NextIndex(last + 1))).ToArray();
        var loss = PropagatorLoss.Compute(propagator, data.Training.Frames(windows, frames), warm, options.PropagatorHorizon, cycles: 0);
        loss.backward();
        nn.utils.clip_grad_norm_(propagator.parameters(), LargestGradient);
        optimiser.Step(options.PropagatorLearningRate * AutoencoderStage.Cosine(index, Steps, RampSteps, LastFraction));
        return (loss.ToDouble(), true);
    }

    public IReadOnlyDictionary<string, double> End() => new Dictionary<string, double>
    {
        ["propagatorValidationError"] = PropagatorValidation.Error(propagator, data.Validation),
    };

    public double[] Save() => optimiser.Save();

    public void Restore(double[] saved) => optimiser.Restore(saved);

    public void Dispose() => optimiser.Dispose();
}

/// <summary>
/// The propagator by full-batch L-BFGS in float64 on fixed windows: first-order methods stall two orders of magnitude above
/// the loss that it reaches, and the period of a limit cycle is only as good as that loss.
/// </summary>
internal sealed class PolishStage : ITrainingStage
{
    private const int Memory = 300;

    private readonly LatentLstm propagator;
    private readonly PropagatorData data;
    private readonly PolishOptions options;
    private readonly ulong seed;
    private readonly uint order;
    private readonly ParameterVector weights;
    private readonly LimitedMemoryBfgs minimiser;
    private Tensor[]? windows;

    public PolishStage(LatentLstm propagator, PropagatorData data, PolishOptions options, ulong seed, uint order)
    {
        (this.propagator, this.data, this.options, this.seed, this.order) = (propagator, data, options, seed, order);
        weights = new ParameterVector(propagator);
        minimiser = new LimitedMemoryBfgs(Objective, Memory);
    }

    public string Name => $"polish {order + 1}, horizon {options.Horizon}";

    /// <summary>An upper bound: every step computes the loss at least once.</summary>
    public int Steps => options.Evaluations;

    public void Begin() => minimiser.Start(weights.Values);

    public (double Loss, bool GoesOn) Run(int index)
    {
        var goesOn = minimiser.Step();
        weights.Values = minimiser.Point;
        return (minimiser.Value, goesOn && minimiser.Evaluations < options.Evaluations);
    }

    public IReadOnlyDictionary<string, double> End() => new Dictionary<string, double>
    {
        [$"polish{order + 1}Loss"] = minimiser.Value,
        [$"polish{order + 1}Evaluations"] = minimiser.Evaluations,
        [$"polish{order + 1}ValidationError"] = PropagatorValidation.Error(propagator, data.Validation),
    };

    public double[] Save() => minimiser.Save();

    public void Restore(double[] saved) => minimiser.Restore(saved, weights.Length);

    private (double, double[]) Objective(double[] at)
    {
        weights.Values = at;
        using var scope = NewDisposeScope();
        windows ??= [.. Windows().Select(frame => frame.DetachFromDisposeScope())];
        foreach (var parameter in propagator.parameters())
            parameter.grad?.zero_();
        var loss = PropagatorLoss.Compute(propagator, windows, options.Warm, options.Horizon, options.Cycles);
        loss.backward();
        return (loss.ToDouble(), weights.Gradient);
    }

    /// <summary>Every trajectory in turn: a third of the windows at the start, where transients are, the others anywhere.</summary>
    private Tensor[] Windows()
    {
        var random = new Philox(seed, order, step: 0, stream: 3);
        var frames = PropagatorLoss.WindowFrames(options.Warm, options.Horizon, options.Cycles);
        var (count, last) = (data.Training.Trajectories.Length, data.Training.Trajectories[0].Length / data.Training.LatentSize - frames);
        return data.Training.Frames(
            [.. Enumerable.Range(0, options.Windows).Select(w => (w % count, w % 3 == 0 ? 0 : random.NextIndex(last + 1)))], frames);
    }
}
