using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Telemetry;

/// <summary>What can be watched of engines: legs, batches, waiting times and work, and a span per batch.</summary>
public static class EngineTelemetry
{
    /// <summary>Name of the meter and of the activity source.</summary>
    public const string Name = "LedCluster.Engine";

    private static readonly Meter Meter = new(Name);
    private static readonly ConcurrentDictionary<string, int> InFlightOf = [];
    private static readonly ConcurrentDictionary<string, long> LegsDoneOf = [];

    static EngineTelemetry() => Meter.CreateObservableUpDownCounter(
        "led.cohorts.in_flight", () => InFlightOf.Select(role => new Measurement<int>(role.Value, Role(role.Key))), "{cohort}",
        "Cohorts that wait for a worker or are being computed.");

    internal static ActivitySource Source { get; } = new(Name);

    internal static Counter<long> MemberLegs { get; } = Meter.CreateCounter<long>("led.member_legs", "{leg}", "Legs recorded, summed over members.");

    internal static Counter<long> MemberFrames { get; } = Meter.CreateCounter<long>("led.member_frames", "{frame}", "Frames recorded, summed over members.");

    internal static Counter<long> Failures { get; } = Meter.CreateCounter<long>("led.failures", "{member}", "Members set aside.");

    internal static Counter<double> WorkSeconds { get; } = Meter.CreateCounter<double>("led.work.cpu", "s", "CPU time per kind of work.");

    internal static Histogram<int> BatchMembers { get; } = Meter.CreateHistogram<int>("led.batch.members", "{member}", "Members that a worker took together.");

    internal static Histogram<double> BatchSeconds { get; } = Meter.CreateHistogram<double>("led.batch.duration", "s", "Time that a worker spent on a batch.");

    internal static Histogram<double> QueueWait { get; } = Meter.CreateHistogram<double>("led.queue.wait", "s", "Time that a cohort waited for a worker.");

    /// <summary>Cohorts that wait for workers of a role or are at work there.</summary>
    /// <param name="role"><c>micro</c> or <c>latent</c>.</param>
    public static int InFlight(string role) => InFlightOf.GetValueOrDefault(role);

    /// <summary>Legs of cohorts that workers of a role in this process have run.</summary>
    /// <param name="role"><c>micro</c> or <c>latent</c>.</param>
    public static long LegsDone(string role) => LegsDoneOf.GetValueOrDefault(role);

    internal static void CountLegs(string role, int more) => LegsDoneOf.AddOrUpdate(role, more, (_, now) => now + more);

    internal static void ChangeInFlight(string role, int change) => InFlightOf.AddOrUpdate(role, change, (_, now) => now + change);

    internal static KeyValuePair<string, object?> Role(string role) => new("role", role);
}

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
