using LedCluster.Models.Checkpoints;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Training;

/// <summary>A propagator that is fitted in one step.</summary>
/// <param name="shape">Its architecture.</param>
/// <param name="latents">Latents to fit and to validate on.</param>
/// <param name="fit">Makes its arrays, given the scaling of the latents.</param>
internal sealed class FittedPropagator(
    PropagatorArchitecture shape, PropagatorData latents,
    Func<LatentScaling, IReadOnlyDictionary<string, (long[] Shape, float[] Values)>> fit) : PropagatorTraining
{
    private readonly Lazy<IReadOnlyDictionary<string, (long[] Shape, float[] Values)>> arrays = new(() => fit(Scaling(latents)));

    /// <inheritdoc />
    public override IEnumerable<ITrainingStage> Stages() => [new FitStage("propagator", () =>
        PropagatorValidation.Figures(shape.Build(Scaling(latents), new WeightArrays(arrays.Value, "the fit")), Scaling(latents), latents.Validation))];

    /// <inheritdoc />
    public override IEnumerable<KeyValuePair<string, (long[] Shape, float[] Values)>> Arrays() => arrays.Value;

    private static LatentScaling Scaling(PropagatorData latents) => new([.. latents.Scaling.Low], [.. latents.Scaling.High]);
}

/// <summary>A part that is fitted in one step. Its fit is a function of the data, so that a resumed training just fits again.</summary>
/// <param name="name">What is fitted.</param>
/// <param name="fit">Fits, and returns figures for the record, the first of which is shown as the loss.</param>
internal sealed class FitStage(string name, Func<IReadOnlyDictionary<string, double>> fit) : ITrainingStage
{
    private IReadOnlyDictionary<string, double> figures = new Dictionary<string, double>();

    public string Name => name;

    public int Steps => 1;

    public void Begin()
    {
    }

    public (double Loss, bool GoesOn) Run(int index)
    {
        figures = fit();
        return (figures.Values.First(), false);
    }

    public IReadOnlyDictionary<string, double> End() => figures;

    public double[] Save() => [];

    public void Restore(double[] saved) => fit();
}
