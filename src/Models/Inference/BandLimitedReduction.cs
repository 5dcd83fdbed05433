using LedCluster.Domain.Workers;

namespace LedCluster.Models.Inference;

/// <summary>
/// A reduction whose decoded fields are projected onto their first Fourier modes: of a smooth periodic field this removes
/// nothing but errors, which derivatives would amplify with the wavenumber.
/// </summary>
internal sealed class BandLimitedReduction : IReduction
{
    private readonly IReduction network;
    private readonly DenseLayer projection;

    /// <summary>Puts the projection behind a reduction.</summary>
    /// <param name="network">The reduction.</param>
    /// <param name="points">Points n of the periodic grid.</param>
    /// <param name="modes">Largest mode K that is kept, below n/2.</param>
    public BandLimitedReduction(IReduction network, int points, int modes)
    {
        this.network = network;
        // The projection as a circulant matrix, P(x − x′) = (1 + 2 Σ_{k=1}^{K} cos(2πk(x − x′)/n))/n.
        var kernel = Enumerable.Range(0, points).Select(x =>
            (float)((1 + 2 * Enumerable.Range(1, modes).Sum(k => Math.Cos(2 * Math.PI * (k * x % points) / points))) / points)).ToArray();
        var matrix = new float[points * points];
        for (var x = 0; x < points; x++)
            for (var y = 0; y < points; y++)
                matrix[x * points + y] = kernel[Math.Abs(x - y)];
        projection = new DenseLayer(matrix, new float[points], Activation.None);
    }

    /// <inheritdoc />
    public int LatentSize => network.LatentSize;

    /// <inheritdoc />
    public void Encode(ReadOnlySpan<double> fields, Span<float> latents) => network.Encode(fields, latents);

    /// <inheritdoc />
    public void Decode(ReadOnlySpan<float> latents, Span<float> fields, in StepContext context)
    {
        network.Decode(latents, fields, context);
        var rows = fields.Length / projection.Inputs; // each channel of each field is one
        var projected = new float[rows * projection.Stride];
        projection.Forward(fields, projection.Inputs, projected, rows);
        for (var row = 0; row < rows; row++)
            projected.AsSpan(row * projection.Stride, projection.Inputs).CopyTo(fields[(row * projection.Inputs)..]);
    }

    /// <inheritdoc />
    public double MeanSquaredError(ReadOnlySpan<double> truth, ReadOnlySpan<float> reconstruction) => network.MeanSquaredError(truth, reconstruction);
}
