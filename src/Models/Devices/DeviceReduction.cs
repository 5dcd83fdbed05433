using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;
using LedCluster.Models.Networks;
using static TorchSharp.torch;

namespace LedCluster.Models.Devices;

/// <summary>An autoencoder whose encoder and decoder are computed by libtorch on a device; scaling stays on the processor.</summary>
/// <param name="network">The network, on the device.</param>
/// <param name="scaling">Scaling of the fields.</param>
/// <param name="fieldSize">Numbers C·X per field.</param>
/// <param name="latentSize">Latent dimension d_z.</param>
/// <param name="batches">How rows are cut.</param>
internal sealed class DeviceReduction(Autoencoder network, FieldScaling scaling, int fieldSize, int latentSize, DeviceBatches batches) : IReduction
{
    /// <inheritdoc />
    public int LatentSize => latentSize;

    /// <inheritdoc />
    public void Encode(ReadOnlySpan<double> fields, Span<float> latents)
    {
        var rows = fields.Length / fieldSize;
        var (scaled, result) = (new float[rows * fieldSize], new float[rows * latentSize]);
        for (var row = 0; row < rows; row++)
            scaling.Scale(fields.Slice(row * fieldSize, fieldSize), scaled.AsSpan(row * fieldSize, fieldSize));
        Run(scaled, fieldSize, result, latentSize, network.Encode);
        result.CopyTo(latents);
    }

    /// <inheritdoc />
    public void Decode(ReadOnlySpan<float> latents, Span<float> fields, in StepContext context)
    {
        var rows = latents.Length / latentSize;
        var result = new float[rows * fieldSize];
        Run(latents.ToArray(), latentSize, result, fieldSize, network.Decode);
        for (var row = 0; row < rows; row++)
            scaling.Unscale(result.AsSpan(row * fieldSize, fieldSize), fields.Slice(row * fieldSize, fieldSize));
    }

    /// <inheritdoc />
    public double MeanSquaredError(ReadOnlySpan<double> truth, ReadOnlySpan<float> reconstruction) => scaling.MeanSquaredError(truth, reconstruction);

    private void Run(float[] from, int inputs, float[] to, int outputs, Func<Tensor, Tensor> layers) =>
        batches.Run(from.Length / inputs, to, (to, first, count, size) =>
        {
            var rows = new float[size * inputs]; // zeros below the last
            from.AsSpan(first * inputs, count * inputs).CopyTo(rows);
            DeviceBatches.Receive(layers(batches.Send(rows).view(size, inputs).to(network.Weights.Type)), to.AsSpan(first * outputs, count * outputs));
        });
}
