using LedCluster.Domain.Workers;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Training;

/// <summary>A reduction that is fitted in one step, needs no training at all, or is that of another model.</summary>
/// <param name="shape">Its architecture.</param>
/// <param name="options">The recipe.</param>
/// <param name="training">Fields to fit.</param>
/// <param name="validation">Fields to validate on.</param>
/// <param name="fit">Makes its arrays.</param>
internal sealed class FittedReduction(
    ReductionArchitecture shape, TrainingOptions options, TrainingSet training, TrainingSet validation,
    Func<IReadOnlyDictionary<string, (long[] Shape, float[] Values)>> fit) : ReductionTraining
{
    private const int MeasuredFrames = 2000;

    /// <summary>Numbers of the measured frames at most.</summary>
    private const int MeasuredNumbers = 20_000_000;

    private readonly Lazy<IReadOnlyDictionary<string, (long[] Shape, float[] Values)>> arrays = new(fit);
    private readonly FieldScaling scaling = new(options.ChannelMinimum, options.ChannelMaximum);

    private string ErrorName => Reduction.HasLikelihood ? "NegativeLogLikelihood" : "Mse";

    private IReduction Reduction => shape.Build(scaling, training.Size / options.ChannelMinimum.Length, new WeightArrays(arrays.Value, "the fit"));

    /// <inheritdoc />
    public override IEnumerable<ITrainingStage> Stages() => [new FitStage("reduction", () => new Dictionary<string, double>
    {
        [$"reductionTraining{ErrorName}"] = Error(training),
        [$"reductionValidation{ErrorName}"] = Error(validation),
    })];

    /// <inheritdoc />
    public override float[][] Encode(TrainingSet set)
    {
        var reduction = Reduction;
        return [.. set.Trajectories.Select(trajectory =>
        {
            var latents = new float[set.Frames * reduction.LatentSize];
            reduction.Encode(Fields(trajectory, set.Size), latents);
            return latents;
        })];
    }

    /// <inheritdoc />
    public override IEnumerable<KeyValuePair<string, (long[] Shape, float[] Values)>> Arrays() => arrays.Value;

    private double[] Fields(float[] trajectory, int size)
    {
        var fields = new float[trajectory.Length];
        for (var at = 0; at < fields.Length; at += size)
            scaling.Unscale(trajectory.AsSpan(at, size), fields.AsSpan(at, size));
        return Array.ConvertAll(fields, x => (double)x);
    }

    /// <summary>
    /// Mean squared reconstruction error in scaled units, or mean negative log-likelihood of a point, over frames spread evenly, those that
    /// the recipe skips left out: not over all, since some reductions lift a thousand times slower than they were fitted.
    /// </summary>
    private double Error(TrainingSet set)
    {
        var (reduction, skip) = (Reduction, options.Data.Skip);
        var kept = set.Frames - skip;
        var total = (long)kept * set.Trajectories.Length;
        var measured = Math.Min(total, Math.Clamp(MeasuredNumbers / set.Size, 1, MeasuredFrames));
        var fields = Fields([.. Enumerable.Range(0, (int)measured).SelectMany(i =>
        {
            var frame = (int)((2 * i + 1) * total / (2 * measured)); // between the samples of diffusion maps
            return set.Trajectories[frame / kept].Skip((skip + frame % kept) * set.Size).Take(set.Size);
        })], set.Size);
        var (latents, lifted) = (new float[fields.Length / set.Size * reduction.LatentSize], new float[fields.Length]);
        reduction.Encode(fields, latents);
        if (reduction.HasLikelihood)
            return Enumerable.Range(0, fields.Length / set.Size).Average(i => reduction.NegativeLogLikelihood(
                fields.AsSpan(i * set.Size, set.Size), latents.AsSpan(i * reduction.LatentSize, reduction.LatentSize)));
        reduction.Decode(latents, lifted, StepContext.Of(latents.Length / reduction.LatentSize));
        return Enumerable.Range(0, fields.Length / set.Size).Average(i =>
            reduction.MeanSquaredError(fields.AsSpan(i * set.Size, set.Size), lifted.AsSpan(i * set.Size, set.Size)));
    }
}
