using System.Text.Json.Serialization;
using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Checkpoints;

/// <summary>
/// Diffusion maps (<see cref="DiffusionMaps"/>) on n samples of the training fields. Arrays <c>samples</c> [n, C·X], scaled
/// fields; <c>weights</c> [n], by which the kernel is multiplied; <c>coordinates</c> [n, d_z], eigenvectors;
/// <c>eigenvalues</c> [d_z]; <c>width</c> [1], ε.
/// </summary>
public sealed record DiffusionMapsArchitecture : ReductionArchitecture
{
    /// <summary>Samples n, spread evenly over the training frames. Their eigenproblem takes n³ operations.</summary>
    public int Samples { get; init; } = 1000;

    /// <summary>Width ε of the kernel exp(−|x − y|²/ε²), in medians of the distances between samples.</summary>
    public double KernelScale { get; init; } = 1;

    /// <summary>
    /// Exponent α by which the samples' density is taken out of the kernel, from 0 (published; not at all) to 1 (Coifman and
    /// Lafon 2006: the limit of many samples depends on the manifold alone).
    /// </summary>
    public double DensityExponent { get; init; }

    /// <summary>Nearest samples of which a lifted field is a combination.</summary>
    public int Neighbours { get; init; } = 10;

    /// <summary>
    /// How far beyond 0 and 1 a neighbour's coefficient may lie: 0, as published, keeps a lifted field within its neighbours' hull,
    /// in which there is little room in many dimensions; more lets it be extrapolated.
    /// </summary>
    public double Overshoot { get; init; }

    /// <inheritdoc />
    [JsonIgnore]
    public override string Summary => $"diffusion maps {LatentSize} on {Samples} samples";

    /// <inheritdoc />
    public override string? Misfit(int points, bool periodic) =>
        LatentSize >= Samples ? $"its diffusion maps want {LatentSize} coordinates of {Samples} samples; give more samples than coordinates"
        : Neighbours < 1 || Neighbours > Samples
            ? $"its diffusion maps lift from {Neighbours} neighbours among {Samples} samples; give 1 to {Samples}, for example 10"
        : !(KernelScale > 0) || !double.IsFinite(KernelScale) ? $"its kernelScale is {KernelScale}; give a positive number, for example 1"
        : !(DensityExponent is >= 0 and <= 1) ? $"its densityExponent is {DensityExponent}; give a number from 0 to 1"
        : !(Overshoot >= 0) || !double.IsFinite(Overshoot) ? $"its overshoot is {Overshoot}; give 0 or a positive number"
        : null;

    /// <inheritdoc />
    public override IReduction Build(FieldScaling scaling, int points, WeightArrays weights)
    {
        if (Misfit(points, periodic: true) is { } misfit)
            throw weights.Unusable(misfit);
        var size = scaling.Minimum.Length * points;
        var kernel = new DiffusionKernel(weights.Get("samples", Samples, size), weights.Get("weights", Samples), weights.Get("width", 1)[0]);
        return new DiffusionMaps(
            scaling, kernel, weights.Get("coordinates", Samples, LatentSize), weights.Get("eigenvalues", LatentSize), Neighbours, Overshoot);
    }
}
