using LedCluster.Models.Checkpoints;
using LedCluster.Models.Networks;
using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>Principal components, and then the MLP from the first coefficients to the others, by L-BFGS in float64 on all frames.</summary>
internal sealed class AugmentedComponentsTraining : ReductionTraining
{
    private readonly TrainingOptions options;
    private readonly ComponentsNetwork network;
    private readonly FittedReduction whole;
    private readonly Lazy<double[]> coefficients; // [frames, modes], of the training
    private readonly Lazy<IReadOnlyDictionary<string, (long[] Shape, float[] Values)>> components;

    /// <summary>Prepares a training.</summary>
    /// <param name="shape">Its architecture.</param>
    /// <param name="options">The recipe.</param>
    /// <param name="training">Fields to train on.</param>
    /// <param name="validation">Fields to validate on.</param>
    /// <param name="device">Where the network is trained.</param>
    public AugmentedComponentsTraining(
        AugmentedComponentsArchitecture shape, TrainingOptions options, TrainingSet training, TrainingSet validation, Device device)
    {
        var all = new PrincipalComponentsArchitecture { LatentSize = shape.Modes };
        this.options = options;
        components = new(() => PrincipalComponentsFit.Arrays(all, training, options.Data.Skip, options.Fit));
        var reduction = new FittedReduction(all, options, training, validation, () => components.Value);
        coefficients = new(() =>
            [.. reduction.Encode(training).SelectMany(path => path.Skip(options.Data.Skip * shape.Modes)).Select(a => (double)a)]);
        network = new(shape, coefficients, device);
        whole = new(
            shape, options, training, validation, () => new Dictionary<string, (long[] Shape, float[] Values)>([.. components.Value, .. network.Arrays()]));
    }

    /// <inheritdoc />
    public override WeightTensors Weights => network.Weights;

    /// <inheritdoc />
    public override IEnumerable<ITrainingStage> Stages() => [new ComponentsStage(network, coefficients, options.Fit.Evaluations), .. whole.Stages()];

    /// <inheritdoc />
    public override float[][] Encode(TrainingSet set) => whole.Encode(set);

    /// <inheritdoc />
    public override IEnumerable<KeyValuePair<string, (long[] Shape, float[] Values)>> Arrays() => whole.Arrays();

    /// <inheritdoc />
    public override void Dispose() => network.Dispose();

    private sealed class ComponentsStage(ComponentsNetwork network, Lazy<double[]> coefficients, int evaluations) : MinimiserStage(evaluations, memory: 100)
    {
        public override string Name => "reduction's MLP";

        protected override IReadOnlyList<WeightTensors> Weights { get; } = [network.Weights];

        public override IReadOnlyDictionary<string, double> End() =>
            new Dictionary<string, double> { ["componentsFirstLoss"] = First, ["componentsLoss"] = Least, ["componentsEvaluations"] = Evaluations };

        protected override Tensor Windows() =>
            tensor(coefficients.Value, [coefficients.Value.Length / network.Modes, network.Modes]).to(network.Weights.Device);

        protected override Tensor Loss(Tensor windows) => network.Loss(windows);
    }
}
