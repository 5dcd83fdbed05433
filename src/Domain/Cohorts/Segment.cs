using System.Collections.Immutable;
using LedCluster.Domain.Cycle;

namespace LedCluster.Domain.Cohorts;

/// <summary>What one finished leg of a cohort leaves behind for the recorder.</summary>
/// <param name="Cohort">The cohort that ran the leg.</param>
/// <param name="Leg">The leg that was run.</param>
/// <param name="Members">Members that completed the leg, M of them.</param>
/// <param name="Latents">Latent path, [frames, M, d_z].</param>
/// <param name="Fields">Physical fields when the run keeps them, [frames, M, C·X]; empty otherwise.</param>
/// <param name="Trust">How well the model knew each member's state, [M].</param>
/// <param name="Failures">Members that the leg lost, with the reason.</param>
public sealed record Segment(
    CohortId Cohort,
    Leg Leg,
    ImmutableArray<int> Members,
    float[] Latents,
    float[] Fields,
    Trust[] Trust,
    ImmutableArray<MemberFailure> Failures)
{
    /// <summary>Physical fields of a run that keeps them in float64, [frames, M, C·X], instead of <see cref="Fields"/>; empty otherwise.</summary>
    public double[] WideFields { get; init; } = [];

    /// <summary>Names of the series that are kept as well, S of them: the system's diagnostics.</summary>
    public ImmutableArray<string> SeriesNames { get; init; } = [];

    /// <summary>Their values at each frame, [frames, M, S].</summary>
    public float[] Series { get; init; } = [];
}

/// <summary>What a member's forecast is worth during one leg.</summary>
/// <param name="Reconstruction">
/// Root mean square of Dec(Enc(x)) − x over the leg's micro frames, in scaled units (each channel's training range is 1);
/// of a model that decodes by drawing from a density, the mean negative log-likelihood per point, in nats. NaN on a macro leg, where no truth is known.
/// </param>
/// <param name="Excess">
/// Largest distance of a latent beyond the range seen in training, as a fraction of that range; 0 when inside.
/// </param>
public readonly record struct Trust(float Reconstruction, float Excess);

/// <summary>A member that was set aside.</summary>
/// <param name="Member">Index of the member.</param>
/// <param name="Leg">Index of the leg that it could not finish.</param>
/// <param name="Reason">What happened, as text for the user.</param>
public sealed record MemberFailure(int Member, int Leg, string Reason);
