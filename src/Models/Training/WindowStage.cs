using LedCluster.Domain.Randomness;
using LedCluster.Models.Networks;
using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>
/// A windowed propagator by Adam on random windows: the error of the frame after the window, and, with a horizon, of the autonomous frames
/// after that.
/// </summary>
internal sealed class WindowStage(LatentWindowedLstm propagator, int window, PropagatorData data, SequentialOptions options, ulong seed)
    : AdamStage("propagator", options.PropagatorSteps, propagator.Weights, epsilon: 1e-7)
{
    private const int ValidationWindows = 256;

    public override (double Loss, bool GoesOn) Run(int index)
    {
        using var scope = NewDisposeScope();
        propagator.Training = true;
        var loss = Error(Windows(
            data.Training, options.PropagatorBatch, options.PropagatorHorizon, options.PropagatorSkip,
            new Philox(seed, (uint)index, step: 0, stream: 2)));
        loss.backward();
        propagator.Settle();
        propagator.Training = false;
        Advance(index, options.PropagatorLearningRate);
        return (loss.Value(), true);
    }

    public override IReadOnlyDictionary<string, double> End()
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var next = Windows(data.Validation, ValidationWindows, horizon: 0, options.PropagatorSkip, new Philox(seed, 0, step: 0, stream: 6));
        var set = data.Validation;
        var frames = set.Trajectories[0].Length / set.LatentSize;
        var truth = set.Frames([.. set.Trajectories.Select((_, i) => (i, 0))], frames, propagator.Weights.Device);
        var path = Free(truth.narrow(0, 0, window), frames - window);
        return new Dictionary<string, double>
        {
            ["propagatorOneStepError"] = (Free(next.narrow(0, 0, window), 1) - next.narrow(0, window, 1)).Squared().mean().sqrt().Value(),
            ["propagatorValidationError"] = (path - truth.narrow(0, window, frames - window)).Squared().sum(2L).sqrt().mean().Value(),
        };
    }

    private Tensor Error(Tensor frames)
    {
        var (path, truth) = (Free(frames.narrow(0, 0, window), 1 + options.PropagatorHorizon), frames.narrow(0, window, 1 + options.PropagatorHorizon));
        return options.AbsoluteError ? nn.functional.l1_loss(path, truth) : nn.functional.mse_loss(path, truth);
    }

    /// <summary>Frames [steps, B, d_z] that follow from a window [W, B, d_z], each prediction being the next input.</summary>
    private Tensor Free(Tensor known, int steps)
    {
        Tensor[] memory = [known.transpose(0, 1)];
        var path = new Tensor[steps];
        for (var s = 0; s < steps; s++)
        {
            using var step = is_grad_enabled() ? null : NewDisposeScope(); // a layer keeps what its gradient would need
            path[s] = step is null ? propagator.Next(memory[0]) : propagator.Next(memory[0]).MoveToOuterDisposeScope();
            memory = propagator.Consume(path[s], memory);
            if (step is not null)
                memory[0].MoveToOuterDisposeScope();
        }
        return stack(path);
    }

    /// <summary>Random windows and what follows them, [W + 1 + horizon, B, d_z].</summary>
    private Tensor Windows(LatentSet set, int count, int horizon, int skip, Philox random)
    {
        var frames = window + 1 + horizon;
        var last = set.Trajectories[0].Length / set.LatentSize - frames - skip;
        return set.Frames(
            [.. Enumerable.Range(0, count).Select(_ => (random.NextIndex(set.Trajectories.Length), skip + random.NextIndex(last + 1)))], frames,
            propagator.Weights.Device);
    }
}
