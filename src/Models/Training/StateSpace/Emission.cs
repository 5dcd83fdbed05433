using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace LedCluster.Models.Training.StateSpace;

/// <summary>
/// How data arise from the coarse state: E_q ln p(m | X) in closed form. A new emission is a record with this formula, and a line here.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(MultinomialEmission), "multinomial")]
[JsonDerivedType(typeof(PoissonEmission), "poisson")]
public abstract record Emission
{
    /// <summary>Σ E_q ln p(m | X) over all sequences, frames and bins, without what depends on m alone; a lower bound of it where it is not closed.</summary>
    /// <param name="counts">m [S, T + 1, B].</param>
    /// <param name="posterior">q(X), of the same shape.</param>
    internal abstract Tensor LogLikelihood(Tensor counts, LogNormalPosterior posterior);

    /// <summary>Whether it has a maximum in X without a constraint.</summary>
    internal abstract bool BoundsTheMass { get; }
}

/// <summary>
/// m ~ Multinomial(N, X): Σ m E ln X (Kaltenbach and Koutsourelakis 2021, equation 17), which is a log-likelihood only while ΣX = 1, and
/// pulls the mass up by Nσ_c² against a constraint of variance σ_c². Normalised, −N E ln ΣX comes beside, bounded from below by −N ln ΣE X.
/// </summary>
public sealed record MultinomialEmission : Emission
{
    /// <summary>Whether X is divided by its sum, so that the emission says nothing about the mass.</summary>
    public bool Normalised { get; init; }

    /// <inheritdoc />
    internal override bool BoundsTheMass => Normalised;

    /// <inheritdoc />
    internal override Tensor LogLikelihood(Tensor counts, LogNormalPosterior posterior)
    {
        var log = (counts * posterior.LogMean).sum();
        return Normalised ? log - (counts.sum(2L) * posterior.Mean.sum(2L).log()).sum() : log;
    }
}

/// <summary>m_j ~ Poisson(N X_j), independently: Σ m E ln X − N E X, with N = Σm. Its mass is known to 1/√N.</summary>
public sealed record PoissonEmission : Emission
{
    /// <inheritdoc />
    internal override bool BoundsTheMass => true;

    /// <inheritdoc />
    internal override Tensor LogLikelihood(Tensor counts, LogNormalPosterior posterior) =>
        (counts * posterior.LogMean).sum() - (counts.sum(2L) * posterior.Mean.sum(2L)).sum();
}
