using LedCluster.Domain.Cycle;

namespace LedCluster.Report.Figures;

/// <summary>A path in the plane of the first two latents.</summary>
/// <param name="Name">What it is, for example <c>member 3</c>.</param>
/// <param name="First">z₁ at each frame, [F].</param>
/// <param name="Second">z₂ at each frame, [F].</param>
public sealed record LatentPath(string Name, IReadOnlyList<double> First, IReadOnlyList<double> Second)
{
    /// <summary>Phase of each frame [F], for its colour; empty for a path without phases.</summary>
    public IReadOnlyList<Phase> Phases { get; init; } = [];
}
