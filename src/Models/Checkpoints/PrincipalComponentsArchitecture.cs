using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Checkpoints;

/// <summary>
/// Principal components of scaled fields: z = V(s − s̄), s = s̄ + Vᵀz. Arrays <c>components</c> [d_z, C·X], orthonormal rows,
/// and <c>mean</c> [C·X].
/// </summary>
public sealed record PrincipalComponentsArchitecture : ReductionArchitecture
{
    /// <inheritdoc />
    public override string Summary => $"PCA {LatentSize}";

    /// <inheritdoc />
    public override IReduction Build(FieldScaling scaling, int points, WeightArrays weights)
    {
        var size = scaling.Minimum.Length * points;
        return Build(scaling, weights.Get("components", LatentSize, size), weights.Get("mean", size));
    }

    /// <summary>The reduction onto components [d_z, C·X] about a mean [C·X].</summary>
    internal static FeedForwardAutoencoder Build(FieldScaling scaling, ReadOnlySpan<float> components, ReadOnlySpan<float> mean)
    {
        var size = mean.Length;
        var count = components.Length / size;
        var (offset, transposed) = (new float[count], new float[components.Length]);
        for (var k = 0; k < count; k++)
        {
            var sum = 0.0;
            for (var j = 0; j < size; j++)
            {
                sum -= (double)components[k * size + j] * mean[j];
                transposed[j * count + k] = components[k * size + j];
            }
            offset[k] = (float)sum;
        }
        return new FeedForwardAutoencoder(
            scaling, [new DenseLayer(components, offset, Activation.None)], [new DenseLayer(transposed, mean, Activation.None)]);
    }
}
