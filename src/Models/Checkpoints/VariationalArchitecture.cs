using System.Text.Json.Serialization;
using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Checkpoints;

/// <summary>
/// Variational autoencoder (Kingma and Welling 2014, arXiv:1312.6114; Higgins et al. 2017 for β): an autoencoder whose
/// latent is drawn from a normal distribution in training and is its mean afterwards. Arrays of <see cref="Network"/>, and
/// <c>mean.weight</c> [d_z, d_z], <c>mean.bias</c>, in PyTorch's layout.
/// </summary>
public sealed record VariationalArchitecture : ReductionArchitecture
{
    /// <summary>The autoencoder, with the same d_z.</summary>
    public required ReductionArchitecture Network { get; init; }

    /// <summary>
    /// Largest weight of the Kullback-Leibler divergence beside the sum of squared errors; positive, dimensionless. It is reached
    /// by and by: half of it after a quarter of the training. Used in training alone.
    /// </summary>
    public required double DivergenceWeight { get; init; }

    /// <inheritdoc />
    [JsonIgnore]
    public override string Summary => $"variational {Network.Summary}";

    /// <inheritdoc />
    public override string? Misfit(int points, bool periodic) =>
        Network is null or VariationalArchitecture ? "its variational autoencoder needs a network of another kind"
        : Network.LatentSize != LatentSize ? $"its variational autoencoder has {LatentSize} latents, but its network has {Network.LatentSize}"
        : !(DivergenceWeight > 0) ? $"its divergenceWeight is {DivergenceWeight}, and must be positive"
        : Network.Misfit(points, periodic);

    /// <inheritdoc />
    public override IReduction Build(FieldScaling scaling, int points, WeightArrays weights)
    {
        if (Misfit(points, periodic: true) is { } misfit)
            throw weights.Unusable(misfit);
        return new VariationalAutoencoder(
            Network.Build(scaling, points, weights),
            new DenseLayer(weights.Get("mean.weight", LatentSize, LatentSize), weights.Get("mean.bias", LatentSize), Activation.None));
    }
}
