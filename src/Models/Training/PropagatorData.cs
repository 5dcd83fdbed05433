using LedCluster.Models.Inference;
using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>
/// Latents that the propagator's stages share. They are encoded when they are first asked for, which must be after the
/// reduction's training.
/// </summary>
internal sealed class PropagatorData
{
    /// <summary>The latent range is widened by this part of itself on either side, to keep clear of where tanh saturates.</summary>
    private const float Margin = 1f / 8;

    private readonly Func<(float[] Low, float[] High)?, (LatentSet Training, LatentSet Validation, float[][] Bounds)> encode;
    private Lazy<(LatentSet Training, LatentSet Validation, float[][] Bounds)> content;

    /// <summary>Remembers where latents will come from.</summary>
    /// <param name="reduction">The reduction.</param>
    /// <param name="training">Fields to train on.</param>
    /// <param name="validation">Fields to validate on.</param>
    /// <param name="latentSize">Latent dimension d_z.</param>
    /// <param name="skip">Frames at the beginning of each trajectory that do not count for the range.</param>
    /// <param name="scaled">Whether latents are scaled; a model trained end to end takes them as they are.</param>
    /// <param name="standardised">Whether they are scaled to mean 0 and deviation 1, rather than to their range.</param>
    /// <param name="common">Whether all latents are divided by the same number, the largest of theirs.</param>
    /// <param name="type">Type of the propagator's weights.</param>
    /// <param name="smoothing">Smooths the latents over whole trajectories; null for none.</param>
    /// <param name="inputs">Scaled parameters of each trajectory that the propagator gets in addition; null for none.</param>
    public PropagatorData(
        ReductionTraining reduction, TrainingSet training, TrainingSet validation, int latentSize, int skip, bool scaled, bool standardised, bool common,
        ScalarType type, SavitzkyGolay? smoothing, TrainingInputs? inputs)
    {
        encode = given =>
        {
            float[][] Encoded(TrainingSet set) => smoothing is null ? reduction.Encode(set) : [.. reduction.Encode(set).Select(path =>
            {
                var smoothed = new float[path.Length];
                smoothing.Smooth(path, latentSize, smoothed);
                return smoothed;
            })];
            var encoded = Encoded(training);
            var (minimum, maximum) = LatentSet.Range(encoded, latentSize, skip);
            var (low, high) = given is { } scaling ? scaling : !scaled ? (new float[latentSize], Enumerable.Repeat(1f, latentSize).ToArray())
                : standardised ? LatentSet.StandardScaling(encoded, latentSize, skip)
                : ([.. minimum.Zip(maximum, (a, b) => a - Margin * (b - a))], [.. minimum.Zip(maximum, (a, b) => b + Margin * (b - a))]);
            if (common && scaled && given is null)
                (low, high) = LatentSet.CommonScaling(low, high, aboutLow: standardised);
            var (first, second) = (LatentSet.Scale(encoded, low, high, type), LatentSet.Scale(Encoded(validation), low, high, type));
            return (
                inputs is null ? first : first.With(inputs.Training), inputs is null ? second : second.With(inputs.Validation),
                [minimum, maximum, low, high]);
        };
        content = new(() => encode(null));
    }

    /// <summary>Takes the latents of the reduction as it is now, in a scaling that is given.</summary>
    public void EncodeAgain((float[] Low, float[] High) scaling) => content = new(() => encode(scaling));

    /// <summary>Latents to train on, in the propagator's scaling.</summary>
    public LatentSet Training => content.Value.Training;

    /// <summary>Latents to validate on, in the propagator's scaling.</summary>
    public LatentSet Validation => content.Value.Validation;

    /// <summary>Smallest and largest latent of the training data, [d_z] each.</summary>
    public (float[] Minimum, float[] Maximum) Range => (content.Value.Bounds[0], content.Value.Bounds[1]);

    /// <summary>Latents that the propagator sees as 0 and as 1, [d_z] each.</summary>
    public (float[] Low, float[] High) Scaling => (content.Value.Bounds[2], content.Value.Bounds[3]);
}
