namespace LedCluster.Storage.Forecasts;

/// <summary>Hands out fields for the statistics pass.</summary>
/// <param name="members">Indices of the members wanted, ascending; M of them.</param>
/// <param name="firstFrame">First frame wanted.</param>
/// <param name="frames">Number of frames wanted.</param>
/// <param name="block">Receives the fields, [M, frames, C·X].</param>
public delegate void FrameSource(ReadOnlySpan<int> members, int firstFrame, int frames, Span<float> block);
