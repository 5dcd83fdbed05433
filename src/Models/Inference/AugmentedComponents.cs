using LedCluster.Domain.Workers;

namespace LedCluster.Models.Inference;

/// <summary>
/// Principal components of which the first are the latents, and the others follow from these by an MLP; as
/// <see cref="Checkpoints.AugmentedComponentsArchitecture"/> says.
/// </summary>
/// <param name="encoder">Onto the first d_z components.</param>
/// <param name="decoder">From all components.</param>
/// <param name="network">From d_z latents to the coefficients of the others.</param>
internal sealed class AugmentedComponents(FeedForwardAutoencoder encoder, FeedForwardAutoencoder decoder, DenseLayer[] network) : IReduction
{
    /// <inheritdoc />
    public int LatentSize => encoder.LatentSize;

    /// <inheritdoc />
    public void Encode(ReadOnlySpan<double> fields, Span<float> latents) => encoder.Encode(fields, latents);

    /// <inheritdoc />
    public void Decode(ReadOnlySpan<float> latents, Span<float> fields, in StepContext context)
    {
        var (rows, own, all) = (latents.Length / LatentSize, LatentSize, decoder.LatentSize);
        var (inner, stride) = (latents.ToArray(), own);
        foreach (var layer in network)
        {
            var next = new float[rows * layer.Stride];
            layer.Forward(inner, stride, next, rows);
            (inner, stride) = (next, layer.Stride);
        }
        var coefficients = new float[rows * all];
        for (var r = 0; r < rows; r++)
        {
            latents.Slice(r * own, own).CopyTo(coefficients.AsSpan(r * all));
            inner.AsSpan(r * stride, all - own).CopyTo(coefficients.AsSpan(r * all + own));
        }
        decoder.Decode(coefficients, fields, context);
    }

    /// <inheritdoc />
    public double MeanSquaredError(ReadOnlySpan<double> truth, ReadOnlySpan<float> reconstruction) => decoder.MeanSquaredError(truth, reconstruction);
}
