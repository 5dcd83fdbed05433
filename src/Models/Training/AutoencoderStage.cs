using LedCluster.Domain.Randomness;
using LedCluster.Models.Networks;
using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>The autoencoder by Adam on random frames: mean squared reconstruction error, or what its kind minimises instead, cosine learning rate.</summary>
internal sealed class AutoencoderStage(
    Autoencoder autoencoder, TrainingSet training, TrainingSet validation, TrainingOptions options, ulong seed)
    : AdamStage("autoencoder", options.Sequential!.AutoencoderSteps, autoencoder.Weights)
{
    private const int RampSteps = 500;
    private const double LastFraction = 1e-3;

    private readonly SequentialOptions sequential = options.Sequential!;

    public override (double Loss, bool GoesOn) Run(int index)
    {
        using var scope = NewDisposeScope();
        var batch = tensor(Draw(index), [sequential.AutoencoderBatch, training.Size], device: autoencoder.Weights.Device);
        var loss = autoencoder.Loss(batch, index, Steps);
        loss.backward();
        Advance(index, sequential.AutoencoderLearningRate, RampSteps, LastFraction);
        return (loss.Value(), true);
    }

    public override IReadOnlyDictionary<string, double> End() => Errors(autoencoder, training, validation, options);

    /// <summary>Errors of an autoencoder on both sets.</summary>
    public static Dictionary<string, double> Errors(Autoencoder autoencoder, TrainingSet training, TrainingSet validation, TrainingOptions options)
    {
        return new()
        {
            [$"autoencoderTraining{autoencoder.ErrorName}"] = Error(training),
            [$"autoencoderValidation{autoencoder.ErrorName}"] = Error(validation),
        };

        double Error(TrainingSet set) => set.Trajectories.Average(trajectory =>
        {
            using var scope = NewDisposeScope();
            using var off = no_grad();
            var frames = tensor(trajectory, [set.Frames, set.Size], device: autoencoder.Weights.Device).narrow(
                0, options.Data.Skip, set.Frames - options.Data.Skip);
            return autoencoder.Error(frames).Value();
        });
    }

    /// <summary>A random frame that the autoencoder may see.</summary>
    public static (int Trajectory, int Frame) Draw(ref Philox random, TrainingSet training, TrainingOptions options)
    {
        var trajectory = random.NextIndex(training.Trajectories.Length);
        return (trajectory, options.Data.Skip + random.NextIndex(Math.Min(options.Sequential!.AutoencoderFrames, training.Frames) - options.Data.Skip));
    }

    private float[] Draw(int index)
    {
        var random = new Philox(seed, (uint)index, step: 0, stream: 1);
        var frames = new float[sequential.AutoencoderBatch * training.Size];
        for (var b = 0; b < sequential.AutoencoderBatch; b++)
        {
            var (trajectory, frame) = Draw(ref random, training, options);
            Array.Copy(training.Trajectories[trajectory], frame * training.Size, frames, b * training.Size, training.Size);
        }
        return frames;
    }
}
