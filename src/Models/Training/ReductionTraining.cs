using System.Collections.Immutable;
using LedCluster.Models.Checkpoints;
using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>A recipe's reduction on its way from data to weights. A kind that can be trained has a line in <see cref="Of"/>.</summary>
internal abstract class ReductionTraining : IDisposable
{
    /// <summary>What a training writes and resumes; null when there are no weights that change step by step.</summary>
    public virtual ParameterVector? Weights => null;

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
    public static ReductionTraining Of(TrainingOptions options, TrainingSet training, TrainingSet validation, ulong seed)
    {
        return options.Reduction switch
        {
            PrincipalComponentsArchitecture shape => new FittedReduction(
                shape, options, training, validation, () => PrincipalComponentsFit.Arrays(shape, training, options.Data.Skip)),
            DiffusionMapsArchitecture shape => new FittedReduction(
                shape, options, training, validation, () => DiffusionMapsFit.Arrays(shape, training, options.Data.Skip)),
            FullStateArchitecture shape => new FittedReduction(shape, options, training, validation, () => ImmutableDictionary<string, (long[], float[])>.Empty),
            var shape => new NetworkReduction(Network(shape), options, training, validation, seed),
        };

        Autoencoder Network(ReductionArchitecture? reduction) => reduction switch
        {
            FeedForwardArchitecture shape => new FeedForwardNetwork(shape.Widths(training.Size), float32),
            ConvolutionalArchitecture shape => new ConvolutionalNetwork(shape, options.ChannelMinimum.Length, training.Size / options.ChannelMinimum.Length, float32),
            VariationalArchitecture shape => new VariationalNetwork(Network(shape.Network), shape, seed, float32),
            BandLimitedArchitecture shape => Network(shape.Network),
            _ => throw new InvalidDataException($"A recipe cannot train the reduction '{reduction?.Summary}'."),
        };
    }
}
