using System.Collections.Immutable;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;

namespace LedCluster.Models.Inference;

/// <summary>
/// Diffusion maps (Coifman and Lafon 2006, doi:10.1016/j.acha.2006.04.006): latents are the eigenvectors ψ_1 … ψ_d of a
/// Markov chain on samples of the fields. A field x is restricted by Nyström's extension ψ_k(x) = Σ_i p_i(x) ψ_k(s_i)/λ_k and
/// lifted to a combination of the nearest samples (<see cref="DiffusionLift"/>).
/// </summary>
public sealed class DiffusionMaps : IReduction
{
    private readonly FieldScaling scaling;
    private readonly DiffusionKernel kernel;
    private readonly double[] extension; // ψ_k(s_i)/λ_k, [d_z, padded n]
    private readonly DiffusionLift lift;
    private readonly float[] coordinates; // ψ_k(s_i), [n, d_z]
    private readonly double[] width; // range of each coordinate over the samples, [d_z]

    /// <summary>Takes over a fitted map.</summary>
    /// <param name="scaling">Scaling of the fields.</param>
    /// <param name="kernel">Samples and kernel.</param>
    /// <param name="coordinates">ψ_k(s_i), [n, d_z].</param>
    /// <param name="eigenvalues">λ, [d_z].</param>
    /// <param name="neighbours">Samples of which a lifted field is a combination.</param>
    /// <param name="overshoot">How far beyond 0 and 1 its coefficients may lie.</param>
    internal DiffusionMaps(FieldScaling scaling, DiffusionKernel kernel, float[] coordinates, ReadOnlySpan<float> eigenvalues, int neighbours, double overshoot)
    {
        (this.scaling, this.kernel, this.coordinates, LatentSize) = (scaling, kernel, coordinates, eigenvalues.Length);
        width = [.. Enumerable.Range(0, LatentSize).Select(k =>
        {
            var own = Enumerable.Range(0, kernel.Count).Select(i => (double)coordinates[i * LatentSize + k]).ToArray();
            return own.Max() - own.Min();
        })];
        extension = new double[LatentSize * kernel.Stride];
        for (var k = 0; k < LatentSize; k++)
            for (var i = 0; i < kernel.Count; i++)
                extension[k * kernel.Stride + i] = (double)coordinates[i * LatentSize + k] / eigenvalues[k];
        lift = new DiffusionLift(kernel, coordinates, extension, LatentSize, neighbours, overshoot);
    }

    /// <inheritdoc />
    public int LatentSize { get; }

    /// <inheritdoc />
    public void Encode(ReadOnlySpan<double> fields, Span<float> latents)
    {
        var (scaled, x, row) = (new float[kernel.Size], new double[kernel.Size], new double[kernel.Stride]);
        for (var at = 0; at * kernel.Size < fields.Length; at++)
        {
            scaling.Scale(fields.Slice(at * kernel.Size, kernel.Size), scaled);
            for (var p = 0; p < x.Length; p++)
                x[p] = scaled[p];
            kernel.Products(x, row);
            kernel.Transitions(row);
            for (var k = 0; k < LatentSize; k++)
                latents[at * LatentSize + k] = (float)DiffusionKernel.Dot(row, extension.AsSpan(k * kernel.Stride, kernel.Stride));
        }
    }

    /// <inheritdoc />
    public void Decode(ReadOnlySpan<float> latents, Span<float> fields, in StepContext context)
    {
        var (scaled, work) = (new float[kernel.Size], lift.NewWork());
        for (var at = 0; at * LatentSize < latents.Length; at++)
        {
            lift.Solve(latents.Slice(at * LatentSize, LatentSize), work);
            for (var p = 0; p < scaled.Length; p++)
            {
                var sum = 0.0;
                for (var j = 0; j < work.Nearest.Length; j++)
                    sum += work.Coefficients[j] * kernel.Sample(work.Nearest[j], p);
                scaled[p] = (float)sum;
            }
            scaling.Unscale(scaled, fields.Slice(at * kernel.Size, kernel.Size));
        }
    }

    /// <inheritdoc />
    public ImmutableArray<Diagnostic> Series { get; } =
    [
        new("nearest_sample", "distance of the latents from those of the nearest training sample, as a fraction of their range over the samples"),
    ];

    /// <inheritdoc />
    public void Assess(ReadOnlySpan<float> latents, Span<double> values, in StepContext context)
    {
        for (var m = 0; m < context.Count; m++)
        {
            var nearest = double.PositiveInfinity;
            for (var i = 0; i < kernel.Count; i++)
            {
                var square = 0.0;
                for (var k = 0; k < LatentSize; k++)
                {
                    var apart = (latents[m * LatentSize + k] - coordinates[i * LatentSize + k]) / width[k];
                    square += apart * apart;
                }
                nearest = Math.Min(nearest, square);
            }
            values[m] = Math.Sqrt(nearest);
        }
    }

    /// <inheritdoc />
    public double MeanSquaredError(ReadOnlySpan<double> truth, ReadOnlySpan<float> reconstruction) =>
        scaling.MeanSquaredError(truth, reconstruction);
}
