using System.Collections.Immutable;
using System.Text.Json.Nodes;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Workers;
using LedCluster.Host.Console;
using LedCluster.Host.Studies;
using LedCluster.Storage.Runs;

namespace LedCluster.Host.Service;

/// <summary>Where a run stands, from its journal alone, so that it can be told of any run at any time.</summary>
internal static class RunStatus
{
    private const int MostFailures = 100;

    /// <summary>Members, legs and frames per phase, the rate, what the work cost, and what failed.</summary>
    public static JsonObject Of(RunDirectory directory)
    {
        var layout = StudyCatalog.Find(directory.Spec.Study).PhysicalSystem.Solver.Layout;
        var plan = LedCycle.Plan(directory.Spec.Schedule(layout));
        var events = File.Exists(directory.JournalPath) ? Journal.Read(directory.JournalPath).Events : [];
        var legs = new int[directory.Spec.Members];
        var failures = new SortedDictionary<int, MemberFailed>();
        var (times, legsOf, framesOf) = (new WorkTimes(), new long[Enum.GetValues<Phase>().Length], new long[Enum.GetValues<Phase>().Length]);
        foreach (var what in events)
        {
            switch (what)
            {
                case LegRecorded leg:
                    foreach (var member in leg.Members.Indices)
                        legs[member] = leg.Leg + 1;
                    legsOf[(int)leg.Phase] += leg.Members.Indices.Length;
                    framesOf[(int)leg.Phase] += (long)leg.Frames * leg.Members.Indices.Length;
                    times += leg.Times;
                    break;
                case MemberFailed failed:
                    failures[failed.Member] = failed;
                    break;
                case MembersRetried retried:
                    foreach (var member in retried.Members.Indices)
                        failures.Remove(member);
                    break;
            }
        }
        var seconds = Seconds(events);
        return new JsonObject
        {
            ["members"] = new JsonObject { ["total"] = legs.Length, ["done"] = legs.Count(l => l == plan.Length), ["failed"] = failures.Count },
            ["phases"] = new JsonObject(Enum.GetValues<Phase>().Select(phase => KeyValuePair.Create(phase.ToString().ToLowerInvariant(), (JsonNode?)new JsonObject
            {
                ["members"] = Enumerable.Range(0, legs.Length).Count(m => legs[m] < plan.Length && plan[legs[m]].Phase == phase && !failures.ContainsKey(m)),
                ["memberLegs"] = legsOf[(int)phase],
                ["memberFrames"] = framesOf[(int)phase],
            }))),
            ["memberFrames"] = new JsonObject { ["done"] = framesOf.Sum(), ["total"] = (plan[^1].Last + 1L) * legs.Length },
            ["memberFramesPerSecond"] = seconds > 0 ? framesOf.Sum() / seconds : 0,
            ["wallSeconds"] = seconds,
            ["seconds"] = Terminal.Seconds(times),
            ["failures"] = new JsonArray([.. failures.Values.Take(MostFailures).Select(f => (JsonNode)new JsonObject { ["member"] = f.Member, ["leg"] = f.Leg, ["reason"] = f.Reason })]),
        };
    }

    /// <summary>Seconds in which the run was being carried out: from each start to the last event before the next.</summary>
    private static double Seconds(ImmutableArray<JournalEvent> events)
    {
        var (seconds, start) = (0.0, default(DateTimeOffset));
        for (var i = 0; i < events.Length; i++)
        {
            if (i == 0 || events[i] is RunStarted or RunResumed)
                start = events[i].Time;
            if (i + 1 == events.Length || events[i + 1] is RunStarted or RunResumed)
                seconds += (events[i].Time - start).TotalSeconds;
        }
        return seconds;
    }
}
