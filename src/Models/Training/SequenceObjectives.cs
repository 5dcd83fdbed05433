using LedCluster.Domain.Randomness;
using LedCluster.Models.Networks;
using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>
/// Both networks together on sequences of fields, by truncated back-propagation through time with a carried state: the mean
/// of MSE(Dec(ẑ_{t+1}), s_{t+1}) and MSE(ẑ_{t+1}, z_{t+1}) over each window (METHODS of the LED paper, end to end).
/// </summary>
internal sealed class EndToEndObjective(
    Autoencoder autoencoder, LatentNetwork propagator, TrainingSet training, TrainingSet validation, RoundOptions options, ulong seed) : IRoundObjective
{
    public string Name => "end to end";

    public IReadOnlyList<WeightTensors> Trained { get; } = [autoencoder.Weights, propagator.Weights];

    public void Epoch(int index, Action step) =>
        Sequences.Epoch(training.Trajectories.Length, training.Frames, options, seed, index, batch => Pass(training, batch, step));

    public double Validate()
    {
        using var off = no_grad();
        return Pass(validation, [.. validation.Trajectories.Select((_, i) => (i, 0))], null);
    }

    private double Pass(TrainingSet set, (int Trajectory, int First)[] batch, Action? step)
    {
        using var scope = NewDisposeScope();
        var memory = propagator.Blank(batch.Length);
        return Sequences.Windows(step is null ? set.Frames : options.SequenceFrames, options.Window, (first, frames) =>
        {
            using var window = NewDisposeScope();
            var fields = Frames(set, batch, first, frames + 1); // [frames + 1, B, C·X]
            var latents = autoencoder.Encode(fields.flatten(0, 1)).reshape(frames + 1, batch.Length, -1);
            var (predicted, now) = PropagatorLoss.Forced(propagator, latents.narrow(0, 0, frames), memory);
            var loss = (nn.functional.mse_loss(autoencoder.Decode(predicted.flatten(0, 1)), fields.narrow(0, 1, frames).flatten(0, 1))
                .Plus(nn.functional.mse_loss(predicted, latents.narrow(0, 1, frames)))).Times(0.5);
            memory = [.. now.Select(part => part.detach().MoveToOuterDisposeScope())];
            return Sequences.Finish(loss, step);
        });
    }

    private Tensor Frames(TrainingSet set, (int Trajectory, int First)[] batch, int first, int frames)
    {
        var values = new float[frames * batch.Length * set.Size];
        for (var f = 0; f < frames; f++)
            for (var b = 0; b < batch.Length; b++)
                Array.Copy(set.Trajectories[batch[b].Trajectory], (batch[b].First + first + f) * set.Size, values, (f * batch.Length + b) * set.Size, set.Size);
        return tensor(values, [frames, batch.Length, set.Size], device: autoencoder.Weights.Device);
    }
}

/// <summary>The propagator alone on sequences of latents: MSE(ẑ_{t+1}, z_{t+1}) over each window, with a carried state.</summary>
internal sealed class LatentObjective(LatentNetwork propagator, PropagatorData data, RoundOptions options, ulong seed) : IRoundObjective
{
    public string Name => "propagator";

    public IReadOnlyList<WeightTensors> Trained { get; } = [propagator.Weights];

    public void Epoch(int index, Action step) => Sequences.Epoch(
        data.Training.Trajectories.Length, Frames(data.Training), options, seed, index, batch => Pass(data.Training, batch, step));

    public double Validate()
    {
        using var off = no_grad();
        return Pass(data.Validation, [.. data.Validation.Trajectories.Select((_, i) => (i, 0))], null);
    }

    private static int Frames(LatentSet set) => set.Trajectories[0].Length / set.LatentSize;

    private double Pass(LatentSet set, (int Trajectory, int First)[] batch, Action? step)
    {
        using var scope = NewDisposeScope();
        var memory = propagator.Blank(batch.Length);
        return Sequences.Windows(step is null ? Frames(set) : options.SequenceFrames, options.Window, (first, frames) =>
        {
            using var window = NewDisposeScope();
            var latents = set.Frames([.. batch.Select(b => (b.Trajectory, b.First + first))], frames + 1, propagator.Weights.Device);
            var (predicted, now) = PropagatorLoss.Forced(propagator, latents.narrow(0, 0, frames), memory);
            memory = [.. now.Select(part => part.detach().MoveToOuterDisposeScope())];
            return Sequences.Finish(nn.functional.mse_loss(predicted, latents.narrow(0, 1, frames)), step);
        });
    }
}

/// <summary>The autoencoder alone: mean squared reconstruction error over shuffled frames.</summary>
internal sealed class ReconstructionObjective(
    Autoencoder autoencoder, TrainingSet training, TrainingSet validation, RoundOptions options, ulong seed) : IRoundObjective
{
    public string Name => "autoencoder";

    public IReadOnlyList<WeightTensors> Trained { get; } = [autoencoder.Weights];

    public void Epoch(int index, Action step)
    {
        var batches = Sequences.Shuffled(training.Trajectories.Length, training.Frames, seed, index).Chunk(options.Batch).ToArray();
        for (var b = 0; b < batches.Length; b++)
        {
            var batch = batches[b];
            using var scope = NewDisposeScope();
            var frames = tensor(
                [.. batch.SelectMany(f => training.Trajectories[f.Trajectory].AsSpan(f.First * training.Size, training.Size).ToArray())],
                [batch.Length, training.Size], device: autoencoder.Weights.Device);
            Sequences.Finish(autoencoder.Loss(frames, index * batches.Length + b, options.Epochs * batches.Length), step);
        }
    }

    public double Validate()
    {
        using var off = no_grad();
        return validation.Trajectories.Average(trajectory =>
        {
            using var scope = NewDisposeScope();
            var frames = tensor(trajectory, [validation.Frames, validation.Size], device: autoencoder.Weights.Device);
            return autoencoder.Error(frames).Value();
        });
    }
}

/// <summary>How sequences are drawn and cut.</summary>
internal static class Sequences
{
    /// <summary>All sequences of all trajectories in random order, in whole batches.</summary>
    public static void Epoch(int trajectories, int frames, RoundOptions options, ulong seed, int index, Action<(int, int)[]> batch)
    {
        if (frames < options.SequenceFrames)
            throw new ArgumentException(
                $"Trajectories have {frames} frames, fewer than the {options.SequenceFrames} of a training sequence. "
                + "Lengthen the trajectories or shorten the sequences.");
        foreach (var chosen in Shuffled(trajectories, frames - options.SequenceFrames + 1, seed, index).Chunk(options.Batch)
            .Where(c => c.Length == options.Batch))
            batch(chosen);
    }

    /// <summary>Every trajectory with every first frame, in an order that depends on seed and epoch alone.</summary>
    public static (int Trajectory, int First)[] Shuffled(int trajectories, int starts, ulong seed, int epoch)
    {
        var all = Enumerable.Range(0, trajectories).SelectMany(i => Enumerable.Range(0, starts).Select(f => (i, f))).ToArray();
        var random = new Philox(seed, (uint)epoch, step: 0, stream: 4);
        for (var i = all.Length - 1; i > 0; i--)
        {
            var j = random.NextIndex(i + 1);
            (all[i], all[j]) = (all[j], all[i]);
        }
        return all;
    }

    /// <summary>Walks through windows that overlap by one frame; returns the mean loss.</summary>
    public static double Windows(int frames, int window, Func<int, int, double> pass)
    {
        var (sum, count) = (0.0, 0);
        for (var first = 0; first + 1 < frames; first += window, count++)
            sum += pass(first, Math.Min(window, frames - 1 - first));
        return sum / count;
    }

    /// <summary>Back-propagates and steps, unless only the loss is wanted.</summary>
    public static double Finish(Tensor loss, Action? step)
    {
        if (step is not null)
        {
            loss.backward();
            step();
        }
        return loss.Value();
    }
}
