using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Checkpoints;

/// <summary>
/// Reservoir computer; its random weights are drawn again from the seed. Array <c>readout.weight</c> [d_z, N].
/// </summary>
public sealed record ReservoirArchitecture : PropagatorArchitecture
{
    /// <summary>Units N at least; rounded up to a multiple of d_z.</summary>
    public int Units { get; init; } = 1000;

    /// <summary>Mean number of units that a unit listens to.</summary>
    public double Degree { get; init; } = 10;

    /// <summary>Spectral radius of the recurrent weights, below 1.</summary>
    public double SpectralRadius { get; init; } = 0.99;

    /// <summary>Input weights are uniform in ± this.</summary>
    public double InputScale { get; init; } = 1;

    /// <summary>Seed of the random weights.</summary>
    public ulong Seed { get; init; } = 1;

    /// <inheritdoc />
    public override string Summary => $"reservoir {Units}";

    /// <summary>Units in use for a latent dimension: each latent drives as many as the others.</summary>
    public int UnitsFor(int latentSize) => (Units + latentSize - 1) / latentSize * latentSize;

    /// <summary>What is wrong with the options, as a clause; null when nothing is.</summary>
    public string? Fault(int latentSize) =>
        !(SpectralRadius is > 0 and < 1)
            ? $"spectralRadius is {SpectralRadius}, so the reservoir does not forget its initial state; give a number between 0 and 1, for example 0.99"
        : Units < 1 || !(Degree > 0) || Degree > UnitsFor(latentSize)
            ? $"it has {Units} units of degree {Degree}; give at least one unit, and a degree above 0 that is not above their number"
        : !(InputScale > 0) || !double.IsFinite(InputScale) ? $"inputScale is {InputScale}; give a positive number, for example 1"
        : null;

    /// <inheritdoc />
    public override IPropagator Build(LatentScaling scaling, WeightArrays weights) => Fault(scaling.Size) is { } fault
        ? throw weights.Unusable(fault)
        : new ReservoirPropagator(
            new ReservoirWeights(UnitsFor(scaling.Size), scaling.Size, Degree, SpectralRadius, InputScale, Seed),
            weights.Get("readout.weight", scaling.Size, UnitsFor(scaling.Size)), scaling);
}
