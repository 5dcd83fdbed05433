using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Checkpoints;

/// <summary>
/// A reduction on a periodic domain whose decoded fields keep their first Fourier modes alone. It is trained as if it were
/// not: the projection is linear and has no weights. Arrays of <see cref="Network"/>.
/// </summary>
public sealed record BandLimitedArchitecture : ReductionArchitecture
{
    /// <summary>The reduction, with the same d_z.</summary>
    public required ReductionArchitecture Network { get; init; }

    /// <summary>Largest Fourier mode that is kept, from 1 to below half the points. What the field has beyond it is lost.</summary>
    public required int Modes { get; init; }

    /// <summary>What of a reduction is trained: itself, or what a band limit is put on.</summary>
    [return: NotNullIfNotNull(nameof(shape))]
    internal static ReductionArchitecture? WithoutLimit(ReductionArchitecture? shape) => shape is BandLimitedArchitecture band ? band.Network : shape;

    /// <inheritdoc />
    [JsonIgnore]
    public override string Summary => $"{Network.Summary}, {Modes} modes";

    /// <inheritdoc />
    public override string? Misfit(int points, bool periodic) =>
        Network is null ? "its band-limited reduction has no network"
        : Network.LatentSize != LatentSize ? $"its band-limited reduction has {LatentSize} latents, but its network has {Network.LatentSize}"
        : !periodic ? "it keeps Fourier modes, but the domain is not periodic. Use its network alone"
        : Modes < 1 || 2 * Modes >= points ? $"it keeps {Modes} Fourier modes; on {points} points, from 1 to {(points - 1) / 2} are possible"
        : Network.Misfit(points, periodic);

    /// <inheritdoc />
    public override IReduction Build(FieldScaling scaling, int points, WeightArrays weights)
    {
        if (Misfit(points, periodic: true) is { } misfit)
            throw weights.Unusable(misfit);
        return new BandLimitedReduction(Network.Build(scaling, points, weights), points, Modes);
    }
}
