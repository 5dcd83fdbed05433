using System.Collections.Immutable;
using System.Text.Json.Nodes;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Workers;
using LedCluster.Host.Console;
using LedCluster.Host.Evaluation;
using LedCluster.Host.Explanations;
using LedCluster.Host.Forecasts;
using LedCluster.Storage.Runs;

namespace LedCluster.Host.Service;

/// <summary>
/// Where a run stands, from its journal alone, so that it can be told of any run at any time. Each look reads only what was
/// written since the last.
/// </summary>
internal sealed class RunStatus
{
    private const int MostFailures = 100;

    private readonly Lock gate = new();
    private readonly string journal, metrics;
    private readonly ImmutableArray<Leg> plan;
    private readonly int[] legs; // that a member has done
    private readonly int[] members; // that have done so many legs
    private readonly SortedDictionary<int, MemberFailed> failures = [];
    private readonly long[] legsOf = new long[Enum.GetValues<Phase>().Length], framesOf = new long[Enum.GetValues<Phase>().Length];
    private readonly FrameCosts costs = new();
    private WorkTimes times = new();
    private TimeSpan earlier; // sessions before the current one
    private DateTimeOffset start, last;
    private long position;

    /// <summary>Starts with nothing read.</summary>
    public RunStatus(RunDirectory directory)
    {
        var layout = ForecastSetup.StudyOf(directory).PhysicalSystem.Solver.Layout;
        plan = LedCycle.Plan(directory.Spec.Schedule(layout));
        (journal, metrics) = (directory.JournalPath, directory.MetricsPath);
        legs = new int[directory.Spec.Members];
        members = new int[plan.Length + 1];
        members[0] = legs.Length;
    }

    /// <summary>What a run that is in no queue is doing.</summary>
    public static RunState StateOf(RunDirectory directory) =>
        File.Exists(directory.MetricsPath) ? Directory.Exists(directory.OutputPath) ? RunState.Finished : RunState.Unreadable
        : MemberStory.IsHeld(directory) ? RunState.Running : RunState.Stopped;

    /// <summary>Members, legs and frames per phase, the rate, what the work cost, and what failed.</summary>
    public JsonObject Read()
    {
        lock (gate)
        {
            if (File.Exists(journal))
                foreach (var what in Journal.Read(journal, ref position).Of(journal, legs.Length, plan.Length).Events)
                    Add(what);
            var status = Describe();
            if (!File.Exists(journal) && File.Exists(metrics)) // finished, and the journal was lost since
            {
                var forecast = MetricsFile.Parsed(metrics)["forecast"]!;
                (status["members"]!["done"], status["members"]!["failed"]) = ((int)forecast["done"]!, legs.Length - (int)forecast["done"]!);
                status["percent"] = 100.0;
            }
            return status;
        }
    }

    private void Add(JournalEvent what)
    {
        if (start == default || what is RunStarted or RunResumed)
        {
            earlier += last - start;
            start = what.Time;
        }
        last = what.Time;
        switch (what)
        {
            case LegRecorded leg:
                foreach (var member in leg.Members.Indices)
                {
                    members[legs[member]]--;
                    members[legs[member] = leg.Leg + 1]++;
                }
                legsOf[(int)leg.Phase] += leg.Members.Indices.Length;
                framesOf[(int)leg.Phase] += (long)leg.Frames * leg.Members.Indices.Length;
                times += leg.Times;
                if (!leg.Recovered)
                    costs.Add(leg.Phase, (long)leg.Frames * leg.Members.Indices.Length, leg.Times);
                break;
            case MemberFailed failed:
                failures[failed.Member] = failed;
                break;
            case MembersRetried retried:
                foreach (var member in retried.Members.Indices)
                    failures.Remove(member);
                break;
            case MembersRepaired repaired:
                foreach (var member in repaired.Members.Indices)
                    StartAnew(member);
                break;
        }
    }

    private void StartAnew(int member)
    {
        failures.Remove(member);
        foreach (var leg in plan[..legs[member]])
        {
            legsOf[(int)leg.Phase]--;
            framesOf[(int)leg.Phase] -= leg.Frames;
        }
        members[legs[member]]--;
        members[legs[member] = 0]++;
    }

    /// <summary>Member-frames that are left, by phase; those of members that were set aside are not computed any more.</summary>
    private long[] Left()
    {
        var (left, reached) = (new long[FrameCosts.Phases], 0L);
        foreach (var leg in plan)
            left[(int)leg.Phase] += leg.Frames * (reached += members[leg.Index]);
        foreach (var member in failures.Keys)
            foreach (var leg in plan.AsSpan(legs[member], plan.Length - legs[member]))
                left[(int)leg.Phase] -= leg.Frames;
        return left;
    }

    private JsonObject Describe()
    {
        var seconds = (earlier + (last - start)).TotalSeconds;
        // Frames of members that were set aside are not computed any more.
        var (done, total) = (framesOf.Sum(), (plan[^1].Last + 1L) * legs.Length - failures.Keys.Sum(m => plan[legs[m]..].Sum(leg => (long)leg.Frames)));
        JsonNode? Of(Phase phase) => new JsonObject
        {
            ["members"] = plan.Where(leg => leg.Phase == phase).Sum(leg => members[leg.Index])
                - failures.Keys.Count(m => legs[m] < plan.Length && plan[legs[m]].Phase == phase),
            ["memberLegs"] = legsOf[(int)phase],
            ["memberFrames"] = framesOf[(int)phase],
        };
        JsonNode Failure(MemberFailed f) => new JsonObject { ["member"] = f.Member, ["leg"] = f.Leg, ["reason"] = f.Reason };
        return new JsonObject
        {
            ["members"] = new JsonObject { ["total"] = legs.Length, ["done"] = members[plan.Length], ["failed"] = failures.Count },
            ["phases"] = new JsonObject(Enum.GetValues<Phase>().Select(phase => KeyValuePair.Create(phase.ToString().ToLowerInvariant(), Of(phase)))),
            ["memberFrames"] = new JsonObject { ["done"] = done, ["total"] = (plan[^1].Last + 1L) * legs.Length },
            ["percent"] = total > 0 ? 100.0 * done / total : 100,
            ["memberFramesPerSecond"] = seconds > 0 ? done / seconds : 0,
            ["secondsLeft"] = costs.SecondsLeft(Left(), seconds),
            ["wallSeconds"] = seconds,
            ["seconds"] = Terminal.Seconds(times),
            ["failures"] = new JsonArray([.. failures.Values.Take(MostFailures).Select(Failure)]),
        };
    }
}

/// <summary>What a run is doing.</summary>
internal enum RunState : byte
{
    /// <summary>Waiting for the runs before it.</summary>
    Queued,

    /// <summary>On its way.</summary>
    Running,

    /// <summary>Asked to stop; the legs in flight are being finished.</summary>
    Stopping,

    /// <summary>At a checkpoint; it can be resumed.</summary>
    Stopped,

    /// <summary>Every member is at the final time or set aside.</summary>
    Finished,

    /// <summary>Not to be told, as its files are damaged or its study is not here.</summary>
    Unreadable,
}
