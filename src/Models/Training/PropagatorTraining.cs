using LedCluster.Models.Checkpoints;
using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>A recipe's propagator on its way from data to weights. A kind that can be trained has a line in <see cref="Of"/>.</summary>
internal abstract class PropagatorTraining : IDisposable
{
    /// <summary>What a training writes and resumes; null when there are no weights that change step by step.</summary>
    public virtual ParameterVector? Weights => null;

    /// <summary>Stages that train the propagator alone.</summary>
    public abstract IEnumerable<ITrainingStage> Stages();

    /// <summary>The trained propagator's arrays, as its architecture wants them.</summary>
    public abstract IEnumerable<KeyValuePair<string, (long[] Shape, float[] Values)>> Arrays();

    /// <inheritdoc />
    public virtual void Dispose()
    {
    }

    /// <summary>Type of a recipe's propagator in training.</summary>
    public static ScalarType Type(TrainingOptions options) =>
        options.Rounds is { EndToEnd: true } || options.Sequential is { SinglePrecision: true } ? float32 : float64;

    /// <summary>The training of a recipe's propagator.</summary>
    /// <exception cref="InvalidDataException">Propagators of this kind cannot be trained.</exception>
    public static PropagatorTraining Of(TrainingOptions options, PropagatorData latents, int latentSize, ulong seed)
    {
        var type = Type(options);
        return options.Propagator switch
        {
            LstmArchitecture shape => new NetworkPropagator(new LatentLstm(latentSize, shape.Hidden, type, shape.Increment), options, latents, seed),
            GruArchitecture shape => new NetworkPropagator(new LatentGru(latentSize, shape.Hidden, type, shape.Increment), options, latents, seed),
            PerceptronArchitecture shape => new NetworkPropagator(new LatentPerceptron(shape.Widths(latentSize), type, shape.Increment), options, latents, seed),
            ReservoirArchitecture shape => new FittedPropagator(
                shape, latents, scaling => ReservoirFit.Arrays(shape, latents.Training, scaling, options.Fit, options.Data.Skip)),
            SindyArchitecture shape => new FittedPropagator(
                shape, latents, _ => SindyFit.Arrays(shape, latents.Training, options.Fit, options.Data.Skip)),
            _ => throw new InvalidDataException($"A recipe cannot train the propagator '{options.Propagator.Summary}'."),
        };
    }
}
