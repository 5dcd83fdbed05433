using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Checkpoints;

/// <summary>
/// Sparse identified dynamics with a polynomial library. Array <c>coefficients</c> [d_z, terms], in the order of
/// <see cref="PolynomialLibrary"/>; time in coarse frames, latents scaled to [−1, 1].
/// </summary>
public sealed record SindyArchitecture : PropagatorArchitecture
{
    /// <summary>Degree of the polynomials, 1 to 5.</summary>
    public int Degree { get; init; } = 3;

    /// <summary>A map from frame to frame instead of a differential equation.</summary>
    public bool Discrete { get; init; }

    /// <summary>Steps of the classical fourth-order Runge-Kutta method per frame.</summary>
    public int Substeps { get; init; } = 5;

    /// <inheritdoc />
    public override string Summary => $"SINDy of degree {Degree}{(Discrete ? ", discrete" : "")}";

    /// <summary>What is wrong with the options, as a clause; null when nothing is.</summary>
    public string? Fault =>
        Degree is < 1 or > 5 ? $"degree is {Degree}; give 1 to 5" : Substeps is < 1 or > 1000 ? $"substeps is {Substeps}; give 1 to 1000" : null;

    /// <inheritdoc />
    public override IPropagator Build(LatentScaling scaling, WeightArrays weights)
    {
        if (Fault is { } fault)
            throw weights.Unusable(fault);
        var library = new PolynomialLibrary(scaling.Size, Degree);
        return new SindyPropagator(library, weights.Get("coefficients", scaling.Size, library.Terms), Discrete ? 0 : Substeps, scaling);
    }
}
