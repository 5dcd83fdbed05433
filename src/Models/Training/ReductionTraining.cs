using System.Collections.Immutable;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Devices;
using LedCluster.Models.Inference;
using LedCluster.Models.Networks;
using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>A recipe's reduction on its way from data to weights. A kind that can be trained has a line in <see cref="Of"/>.</summary>
internal abstract class ReductionTraining : IDisposable
{
    /// <summary>What a training writes and resumes; null when there are no weights that change step by step.</summary>
    public virtual WeightTensors? Weights => null;

    /// <summary>The architecture as the data have it, where it has something that they say; null where it is the recipe's.</summary>
    public virtual ReductionArchitecture? Trained => null;

    /// <summary>Stages that train the reduction alone.</summary>
    public abstract IEnumerable<ITrainingStage> Stages();

    /// <summary>Latents of the trained reduction, [frames, d_z] per trajectory.</summary>
    public abstract float[][] Encode(TrainingSet set);

    /// <summary>The trained reduction's arrays, as its architecture wants them.</summary>
    public abstract IEnumerable<KeyValuePair<string, (long[] Shape, float[] Values)>> Arrays();

    /// <inheritdoc />
    public virtual void Dispose()
    {
    }

    /// <summary>The training of a recipe's reduction.</summary>
    /// <exception cref="InvalidDataException">Reductions of this kind cannot be trained.</exception>
    public static ReductionTraining Of(TrainingOptions options, TrainingSet training, TrainingSet validation, ulong seed, ComputeDevice device)
    {
        options = options with { Reduction = Masked(options.Reduction!) };
        return BandLimitedArchitecture.WithoutLimit(options.Reduction) switch
        {
            PrincipalComponentsArchitecture shape => new FittedReduction(
                options.Reduction, options, training, validation, () => PrincipalComponentsFit.Arrays(shape, training, options.Data.Skip, options.Fit)),
            AugmentedComponentsArchitecture shape => new AugmentedComponentsTraining(shape, options, training, validation, device.Torch),
            DiffusionMapsArchitecture shape => new FittedReduction(
                options.Reduction, options, training, validation, () => DiffusionMapsFit.Arrays(shape, training, options.Data.Skip)),
            FullStateArchitecture or MultinomialArchitecture =>
                new FittedReduction(options.Reduction, options, training, validation, () => ImmutableDictionary<string, (long[], float[])>.Empty),
            var shape => new NetworkReduction(
                NetworkFactory.Autoencoder(shape, options.ChannelMinimum.Length, training.Size / options.ChannelMinimum.Length, seed, float32, device.Torch)
                    ?? throw new InvalidDataException($"A recipe cannot train the reduction '{shape.Summary}'."),
                options, training, validation, seed),
        };

        ReductionArchitecture Masked(ReductionArchitecture shape) => shape switch
        {
            PlaneConvolutionalArchitecture { Mask: true } plane =>
                plane with { Zeros = training.Zeros(new FieldScaling(options.ChannelMinimum, options.ChannelMaximum)) },
            VariationalArchitecture variational => variational with { Network = Masked(variational.Network) },
            BandLimitedArchitecture band => band with { Network = Masked(band.Network) },
            _ => shape,
        };
    }
}
