using LedCluster.Models.Checkpoints;
using LedCluster.Models.Devices;
using LedCluster.Models.Networks;
using LedCluster.Models.Training.StateSpace;
using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>A recipe's propagator on its way from data to weights. A kind that can be trained has a line in <see cref="Of"/>.</summary>
internal abstract class PropagatorTraining : IDisposable
{
    /// <summary>What a training writes and resumes; null when there are no weights that change step by step.</summary>
    public virtual WeightTensors? Weights => null;

    /// <summary>Stages that train the propagator alone.</summary>
    public abstract IEnumerable<ITrainingStage> Stages();

    /// <summary>The trained propagator's arrays, as its architecture wants them.</summary>
    public abstract IEnumerable<KeyValuePair<string, (long[] Shape, float[] Values)>> Arrays();

    /// <summary>The architecture of the trained propagator, if training decides on a part of it; null when it is the recipe's.</summary>
    public virtual PropagatorArchitecture? Trained => null;

    /// <inheritdoc />
    public virtual void Dispose()
    {
    }

    /// <summary>Type of a recipe's propagator in training.</summary>
    public static ScalarType Type(TrainingOptions options) =>
        // not torch.float32, which would load libtorch
        options.Rounds is { EndToEnd: true } || options.Sequential is { SinglePrecision: true } ? ScalarType.Float32 : ScalarType.Float64;

    /// <summary>The training of a recipe's propagator.</summary>
    /// <param name="options">The recipe.</param>
    /// <param name="latents">Latents to train and to validate on.</param>
    /// <param name="sequences">Number of trajectories to train on, and frames of each.</param>
    /// <param name="trials">Trials of each trajectory, of which its shares are counts; null when they are not known, or there are none.</param>
    /// <param name="latentSize">Latent dimension d_z.</param>
    /// <param name="seed">Seed of all that is drawn.</param>
    /// <param name="device">Where networks are trained.</param>
    /// <exception cref="InvalidDataException">Propagators of this kind cannot be trained.</exception>
    public static PropagatorTraining Of(
        TrainingOptions options, PropagatorData latents, (int Count, int Frames) sequences, double[]? trials, int latentSize, ulong seed, ComputeDevice device)
    {
        var type = Type(options);
        return options.Propagator switch
        {
            ReservoirArchitecture shape => new FittedPropagator(
                shape, latents, scaling => ReservoirFit.Arrays(shape, latents.Training, scaling, options.Fit, options.Data.Skip)),
            SindyArchitecture shape => new FittedPropagator(
                shape, latents, _ => SindyFit.Arrays(shape, latents.Training, options.Fit, options.Data.Skip)),
            HierarchicalArchitecture shape => new HierarchicalTraining(
                shape, new FlowMapNetworks(shape, latentSize, type, device.Torch), options, latents, seed),
            TransitionArchitecture shape => new StateSpaceTraining(shape, options, latents, sequences, trials, latentSize, seed, device),
            var shape => new NetworkPropagator(
                NetworkFactory.Propagator(shape, latentSize, type, device.Torch)
                    ?? throw new InvalidDataException($"A recipe cannot train the propagator '{shape.Summary}'."),
                options, latents, seed),
        };
    }
}
