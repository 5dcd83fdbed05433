using System.Text.Json.Serialization;
using LedCluster.Models.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace LedCluster.Models.Training.StateSpace;

/// <summary>
/// A law c(X) = 0 as an observation that every frame makes, 0 = c(X) + σ_c ε. A new constraint is a record with E_q c², and a line here.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(MassConservation), "mass")]
public abstract record VirtualObservable
{
    /// <summary>σ_c² at the end of the training.</summary>
    public double Variance { get; init; } = 1e-9;

    /// <summary>E_q c(X)² of each sequence and frame, in closed form.</summary>
    /// <param name="posterior">q(X) [S, T + 1, B].</param>
    /// <returns>[S, T + 1].</returns>
    internal abstract Tensor ExpectedSquare(LogNormalPosterior posterior);

    /// <summary>Σ E_q ln p(0 | X) over all sequences and frames.</summary>
    /// <param name="posterior">q(X) [S, T + 1, B].</param>
    /// <param name="variance">σ_c² now.</param>
    internal Tensor LogLikelihood(LogNormalPosterior posterior, double variance)
    {
        using Scalar half = Numbers.Number(-0.5 / variance), offset = Numbers.Number(-0.5 * Math.Log(2 * Math.PI * variance));
        return ExpectedSquare(posterior).mul(half).add(offset, Numbers.Constant(1)).sum();
    }
}

/// <summary>Conservation of mass, c(X) = 1 − ΣX: E c² = (1 − ΣE X)² + ΣVar X.</summary>
public sealed record MassConservation : VirtualObservable
{
    /// <inheritdoc />
    internal override Tensor ExpectedSquare(LogNormalPosterior posterior) =>
        posterior.Mean.sum(2L).Times(-1).Plus(1).Squared().Plus(posterior.Variance.sum(2L));
}
