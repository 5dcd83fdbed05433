using System.Collections.Immutable;
using LedCluster.Domain.Systems;

namespace LedCluster.Domain.Workers;

/// <summary>Decodes latents of a run's members as its workers do: with the run's seed and the members' parameters.</summary>
/// <param name="Reduction">The decoder.</param>
/// <param name="Parameters">Seed of the run and parameters of its members.</param>
public sealed record MemberDecoder(IReduction Reduction, ParameterTable Parameters)
{
    /// <summary>The system's diagnostics, which the run keeps besides.</summary>
    public ImmutableArray<Diagnostic> Diagnostics { get; init; } = [];

    /// <summary>Latent dimension d_z.</summary>
    public int LatentSize => Reduction.LatentSize;

    /// <summary>Decodes consecutive frames of some members.</summary>
    /// <param name="members">Indices of the members, [M].</param>
    /// <param name="frame">The first frame.</param>
    /// <param name="latents">Latents [frames, M, d_z].</param>
    /// <param name="fields">Receives the fields [frames, M, C·X].</param>
    public void Decode(ReadOnlyMemory<int> members, int frame, ReadOnlySpan<float> latents, Span<float> fields) =>
        DecodedRows.Decode(Reduction, latents, fields, Parameters.Context(members).At(frame));
}
