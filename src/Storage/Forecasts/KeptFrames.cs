using LedCluster.Domain.Workers;

namespace LedCluster.Storage.Forecasts;

/// <summary>What a run keeps of its members, frame by frame, for the statistics pass.</summary>
/// <param name="Size">Numbers kept per member and frame: C·X, or d_z where latents alone are kept.</param>
/// <param name="Read">Reads them, [M, frames, Size]; may be called from several threads.</param>
/// <param name="Decoder">Turns them into fields; null where they are fields.</param>
public sealed record KeptFrames(int Size, FrameSource Read, MemberDecoder? Decoder);
