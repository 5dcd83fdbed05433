using System.Collections.Immutable;
using LedCluster.Domain.Systems;

namespace LedCluster.Domain.Workers;

/// <summary>
/// Restricts fields to a few latents and lifts them back. Immutable, safe to call from several threads, and
/// batch-invariant: a row's result does not depend, bit for bit, on the rows beside it.
/// </summary>
public interface IReduction
{
    /// <summary>Latent dimension d_z.</summary>
    int LatentSize { get; }

    /// <summary>Restriction z = Enc(x).</summary>
    /// <param name="fields">Fields in physical units, [B, C·X].</param>
    /// <param name="latents">Receives the latents, [B, d_z], dimensionless.</param>
    void Encode(ReadOnlySpan<double> fields, Span<float> latents);

    /// <summary>Lifting x = Dec(z). It may be drawn from a distribution, with <see cref="DrawPurpose.Decoder"/>.</summary>
    /// <param name="latents">Latents of consecutive frames, [n, M, d_z].</param>
    /// <param name="fields">Receives fields in physical units, [n, M, C·X].</param>
    /// <param name="context">Members, first frame, parameters.</param>
    void Decode(ReadOnlySpan<float> latents, Span<float> fields, in StepContext context);

    /// <summary>
    /// Numbers that the model tells of each frame from its latents, for example how far they are from what it was trained on; kept as series beside
    /// the system's diagnostics.
    /// </summary>
    ImmutableArray<Diagnostic> Series => [];

    /// <summary>Those numbers.</summary>
    /// <param name="latents">Latents of one frame, [M, d_z].</param>
    /// <param name="values">Receives them, [M, S], in the order of <see cref="Series"/>.</param>
    /// <param name="context">Members, frame, parameters.</param>
    void Assess(ReadOnlySpan<float> latents, Span<double> values, in StepContext context) =>
        throw new NotSupportedException("The reduction declares series, but does not compute them.");

    /// <summary>
    /// Mean squared difference of two fields in scaled units, where each channel's training range is 1.
    /// </summary>
    /// <param name="truth">Fields [C·X] in physical units.</param>
    /// <param name="reconstruction">Fields [C·X] in physical units.</param>
    /// <returns>The sum of squared scaled differences, divided by C·X.</returns>
    double MeanSquaredError(ReadOnlySpan<double> truth, ReadOnlySpan<float> reconstruction);

    /// <summary>Whether it decodes by drawing from a density that it knows; then a likelihood, and no squared error, tells how well it knows a state.</summary>
    bool HasLikelihood => false;

    /// <summary>Negative log-likelihood of fields under the density that latents decode to, per point.</summary>
    /// <param name="fields">Fields [C·X] in physical units.</param>
    /// <param name="latent">Their latents [d_z].</param>
    /// <returns>In nats, the density being per unit of the channels.</returns>
    double NegativeLogLikelihood(ReadOnlySpan<double> fields, ReadOnlySpan<float> latent) =>
        throw new NotSupportedException("The reduction knows no density.");
}
