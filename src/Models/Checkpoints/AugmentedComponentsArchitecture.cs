using System.Collections.Immutable;
using System.Text.Json.Serialization;
using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Checkpoints;

/// <summary>
/// Principal components of scaled fields, of which the first d_z are the latents; an MLP N with tanh between its layers makes the others'
/// coefficients of these: z = V(s − s̄), s = s̄ + Vᵀz + Wᵀ N(z) (Barnett, Farhat and Maday 2023, doi:10.1016/j.jcp.2023.112420). Arrays
/// <c>components</c> [modes, C·X], V above W, orthonormal rows; <c>mean</c> [C·X]; <c>network.i.weight</c>, <c>network.i.bias</c> in
/// PyTorch's layout.
/// </summary>
public sealed record AugmentedComponentsArchitecture : ReductionArchitecture
{
    /// <summary>Principal components in all, more than there are latents.</summary>
    public required int Modes { get; init; }

    /// <summary>Widths of the hidden layers of the MLP.</summary>
    public required ImmutableArray<int> HiddenLayers { get; init; }

    /// <inheritdoc />
    [JsonIgnore]
    public override string Summary => $"PCA {LatentSize}, {Modes} by an MLP {string.Join("–", HiddenLayers.IsDefault ? [] : HiddenLayers)}";

    /// <summary>Widths of the MLP from the latents to the other coefficients.</summary>
    internal ImmutableArray<int> Widths => [LatentSize, .. HiddenLayers, Modes - LatentSize];

    /// <inheritdoc />
    public override string? Misfit(int points, bool periodic) =>
        LatentSize < 1 || Modes <= LatentSize
            ? $"it has {Modes} principal components for {LatentSize} latents. Set modes above latentSize, and latentSize to 1 or more"
        : HiddenLayers.IsDefault || HiddenLayers.Any(w => w < 1) ? "the hiddenLayers of its MLP must be positive numbers"
        : null;

    /// <inheritdoc />
    public override IReduction Build(FieldScaling scaling, int points, WeightArrays weights)
    {
        if (Misfit(points, periodic: false) is { } misfit)
            throw weights.Unusable(misfit);
        var size = scaling.Minimum.Length * points;
        var (components, mean, widths) = (weights.Get("components", Modes, size), weights.Get("mean", size), Widths);
        return new AugmentedComponents(
            PrincipalComponentsArchitecture.Build(scaling, components.AsSpan(0, LatentSize * size), mean),
            PrincipalComponentsArchitecture.Build(scaling, components, mean),
            [
                .. Enumerable.Range(0, widths.Length - 1).Select(i => new DenseLayer(
                    weights.Get($"network.{i}.weight", widths[i + 1], widths[i]), weights.Get($"network.{i}.bias", widths[i + 1]),
                    i < widths.Length - 2 ? Activation.Tanh : Activation.None)),
            ]);
    }
}
