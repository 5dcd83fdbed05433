using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Telemetry;

/// <summary>A recorder whose legs, frames, failures and costs can be watched, whichever engine brings them.</summary>
/// <param name="recorder">The recorder that keeps them.</param>
public sealed class WatchedRecorder(IRecorder recorder) : IRecorder
{
    /// <inheritdoc />
    public void Record(LegResult result)
    {
        recorder.Record(result);
        var (segment, phase) = (result.Segment, new KeyValuePair<string, object?>("phase", result.Segment.Leg.Phase.ToString().ToLowerInvariant()));
        EngineTelemetry.MemberLegs.Add(segment.Members.Length, phase);
        EngineTelemetry.MemberFrames.Add((long)segment.Members.Length * segment.Leg.Frames, phase);
        EngineTelemetry.Failures.Add(segment.Failures.Length, phase);
        foreach (var work in Enum.GetValues<Work>())
            EngineTelemetry.WorkSeconds.Add(result.Times.Cpu[(int)work], new KeyValuePair<string, object?>("work", work.ToString().ToLowerInvariant()));
    }

    /// <inheritdoc />
    public void Flush() => recorder.Flush();
}
