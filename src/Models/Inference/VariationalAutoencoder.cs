using LedCluster.Domain.Workers;

namespace LedCluster.Models.Inference;

/// <summary>
/// Variational autoencoder after its training: the latent is the mean μ = W Enc(x) + b of its distribution, and nothing is
/// random any more.
/// </summary>
/// <param name="network">Encoder and decoder.</param>
/// <param name="mean">From the encoder's output to μ.</param>
internal sealed class VariationalAutoencoder(IReduction network, DenseLayer mean) : IReduction
{
    /// <inheritdoc />
    public int LatentSize => network.LatentSize;

    /// <inheritdoc />
    public void Encode(ReadOnlySpan<double> fields, Span<float> latents)
    {
        network.Encode(fields, latents);
        var batch = latents.Length / LatentSize;
        var padded = new float[batch * mean.Stride];
        mean.Forward(latents, LatentSize, padded, batch);
        for (var row = 0; row < batch; row++)
            padded.AsSpan(row * mean.Stride, LatentSize).CopyTo(latents[(row * LatentSize)..]);
    }

    /// <inheritdoc />
    public void Decode(ReadOnlySpan<float> latents, Span<float> fields, in StepContext context) => network.Decode(latents, fields, context);

    /// <inheritdoc />
    public double MeanSquaredError(ReadOnlySpan<double> truth, ReadOnlySpan<float> reconstruction) => network.MeanSquaredError(truth, reconstruction);
}
