namespace LedCluster.Storage.Forecasts;

/// <summary>Hands out the frames of some members.</summary>
/// <param name="members">Indices of the members wanted, ascending; M of them.</param>
/// <param name="firstFrame">First frame wanted.</param>
/// <param name="frames">Number of frames wanted.</param>
/// <param name="block">Receives them, [M, frames, numbers per frame].</param>
public delegate void FrameSource(ReadOnlySpan<int> members, int firstFrame, int frames, Span<float> block);
