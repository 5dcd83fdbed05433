using LedCluster.Domain.Workers;

namespace LedCluster.Models.Inference;

/// <summary>No reduction: the latents are the fields themselves, scaled onto [0, 1].</summary>
/// <param name="scaling">Scaling of the fields.</param>
/// <param name="size">Numbers C·X per field.</param>
public sealed class FullState(FieldScaling scaling, int size) : IReduction
{
    /// <inheritdoc />
    public int LatentSize => size;

    /// <inheritdoc />
    public void Encode(ReadOnlySpan<double> fields, Span<float> latents)
    {
        for (var at = 0; at < fields.Length; at += size)
            scaling.Scale(fields.Slice(at, size), latents.Slice(at, size));
    }

    /// <inheritdoc />
    public void Decode(ReadOnlySpan<float> latents, Span<float> fields, in StepContext context)
    {
        for (var at = 0; at < latents.Length; at += size)
            scaling.Unscale(latents.Slice(at, size), fields.Slice(at, size));
    }

    /// <inheritdoc />
    public double MeanSquaredError(ReadOnlySpan<double> truth, ReadOnlySpan<float> reconstruction) =>
        scaling.MeanSquaredError(truth, reconstruction);
}
