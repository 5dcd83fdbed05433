using System.Collections.Immutable;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Fields;
using LedCluster.Host.Forecasts;
using LedCluster.Storage.Files;
using LedCluster.Storage.Forecasts;
using LedCluster.Storage.Runs;

namespace LedCluster.Host.Explanations;

/// <summary>Where a member of a run is and how it came there, from the run's journal and its store.</summary>
/// <param name="Member">Index of the member.</param>
/// <param name="State">Where it is now.</param>
/// <param name="Frame">Last frame recorded; −1 when none is.</param>
/// <param name="Time">Time of that frame, in the study's unit.</param>
/// <param name="Why">Why it is there, and what can be done, in words.</param>
/// <param name="Legs">All its legs, those to come included.</param>
/// <param name="Remarks">Other events that concern it, in order.</param>
internal sealed record MemberStory(
    int Member, MemberState State, int Frame, double Time, string Why, ImmutableArray<LegStory> Legs, ImmutableArray<string> Remarks)
{
    /// <summary>Tells the story of a member; the run may be going on meanwhile.</summary>
    /// <exception cref="UserError">There is no such run or member.</exception>
    public static MemberStory Of(string path, int member)
    {
        var directory = UserError.OnBadData(() => RunDirectory.Open(path));
        var spec = directory.Spec;
        if (member < 0 || member >= spec.Members)
            throw new UserError($"There is no member {member}: '{path}' has {spec.Members}, numbered 0 to {spec.Members - 1}.");
        var layout = ForecastSetup.StudyOf(directory).PhysicalSystem.Solver.Layout;
        var planned = LedCycle.Plan(spec.Schedule(layout)).Length;
        var events = !File.Exists(directory.JournalPath) ? []
            : UserError.OnBadData(() => Journal.Read(directory.JournalPath).Of(directory.JournalPath, spec.Members, planned)).Events;
        var legs = LegsOf(directory, layout, member, events);
        var failure = Failure(member, events);
        var (finished, frame) = (legs[^1].Recorded is not null, legs.LastOrDefault(l => l.Recorded is not null)?.Leg.Last ?? -1);
        var (state, why) = failure is not null
            ? (MemberState.Failed, $"It was set aside: {failure.Reason}. Try it again with: led resume {path} --retry-failed")
            : finished ? (MemberState.Finished, "It reached the final time.")
            : IsHeld(directory) ? (MemberState.Running, $"The run is active; {Next(legs)}")
            : (MemberState.Stopped, $"{WhyStopped(events)} {Next(legs)} Continue with: led resume {path}");
        var time = Math.Max(0, frame) * layout.TimeStep;
        return new MemberStory(member, state, frame, time, why, legs, [.. events.Select(e => Remark(e, member)).OfType<string>()]);
    }

    private static ImmutableArray<LegStory> LegsOf(RunDirectory directory, FieldLayout layout, int member, ImmutableArray<JournalEvent> events)
    {
        var start = events.LastOrDefault(e => e is MembersRepaired repaired && repaired.Members.Contains(member)) is { } anew ? events.IndexOf(anew) + 1 : 0;
        var recorded = events.Skip(start).OfType<LegRecorded>().Where(e => e.Members.Contains(member))
            .GroupBy(e => e.Leg).ToDictionary(g => g.Key, g => g.Last());
        Trust[]? trust = null;
        var diagnostics = new Dictionary<int, IReadOnlyDictionary<string, float>>();
        if (Directory.Exists(directory.OutputPath))
        {
            using var store = ForecastStore.Open(directory.OutputPath);
            trust = store.ReadTrust(member);
            if (store.Series is { } series)
                foreach (var leg in store.Plan)
                {
                    var values = new float[series.Size];
                    store.ReadSeries(member, leg.Last, 1, values);
                    diagnostics[leg.Index] = series.Channels.Index().ToDictionary(c => c.Item.Name, c => values[c.Index]);
                }
        }
        return [.. LedCycle.Plan(directory.Spec.Schedule(layout)).Select(Story)];

        LegStory Story(Leg leg)
        {
            var unknown = new Trust(float.NaN, float.NaN);
            if (!recorded.TryGetValue(leg.Index, out var e))
                return new LegStory(leg, null, null, unknown);
            return new LegStory(leg, e.Time, e.Cohort, trust?[leg.Index] ?? unknown)
            {
                Diagnostics = diagnostics.GetValueOrDefault(leg.Index) ?? ImmutableDictionary<string, float>.Empty,
            };
        }
    }

    private static MemberFailed? Failure(int member, ImmutableArray<JournalEvent> events) => events.Aggregate((MemberFailed?)null, (last, e) => e switch
    {
        MemberFailed failed when failed.Member == member => failed,
        MembersRetried retried when retried.Members.Contains(member) => null,
        MembersRepaired repaired when repaired.Members.Contains(member) => null,
        _ => last,
    });

    private static string Next(ImmutableArray<LegStory> legs)
    {
        var next = legs.First(l => l.Recorded is null).Leg;
        return $"leg {next.Index} of {legs.Length} ({next.Phase.ToString().ToLowerInvariant()}, frames {next.First} to {next.Last}) is its next.";
    }

    private static string WhyStopped(ImmutableArray<JournalEvent> events) => events.LastOrDefault() switch
    {
        null => "The run has not started;",
        RunCancelled cancelled => $"The run was stopped at {cancelled.Time:u} ({cancelled.Reason});",
        var last => $"The run's process ended without recording a reason; its last record is of {last.Time:u};",
    };

    private static string? Remark(JournalEvent what, int member) => what switch
    {
        RunStarted e => $"{e.Time:u}  the run started: {e.Detail}",
        RunResumed e => $"{e.Time:u}  the run was resumed: {e.Detail}",
        RunCancelled e => $"{e.Time:u}  the run was stopped: {e.Reason}",
        RunFinished e => $"{e.Time:u}  the run finished: {e.Completed} members completed, {e.Failed} failed",
        MemberFailed e when e.Member == member => $"{e.Time:u}  failed in leg {e.Leg}: {e.Reason}",
        MembersRetried e when e.Members.Contains(member) => $"{e.Time:u}  was tried again",
        MembersRepaired e when e.Members.Contains(member) => $"{e.Time:u}  its output was damaged: it starts again",
        _ => null,
    };

    /// <summary>Whether a process is recording in the directory: it then holds the lock.</summary>
    internal static bool IsHeld(RunDirectory directory)
    {
        try
        {
            if (InputFile.IsRegular(directory.LockPath))
                using (new FileStream(directory.LockPath, FileMode.Open, FileAccess.Read, FileShare.Read))
                    return false;
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }
}

/// <summary>Where a member of a run is.</summary>
internal enum MemberState : byte
{
    /// <summary>At the final time.</summary>
    Finished,

    /// <summary>Set aside, with a reason.</summary>
    Failed,

    /// <summary>On its way; a process is carrying out the run.</summary>
    Running,

    /// <summary>At a checkpoint; no process is carrying out the run.</summary>
    Stopped,
}

/// <summary>One leg of a member.</summary>
/// <param name="Leg">The leg.</param>
/// <param name="Recorded">When it was recorded; null when it is not.</param>
/// <param name="Cohort">The cohort that ran it.</param>
/// <param name="Trust">How well the model knew the member; NaN where unknown.</param>
internal sealed record LegStory(Leg Leg, DateTimeOffset? Recorded, int? Cohort, Trust Trust)
{
    /// <summary>The system's diagnostics at the leg's last frame, by name; NaN where unknown.</summary>
    public IReadOnlyDictionary<string, float> Diagnostics { get; init; } = ImmutableDictionary<string, float>.Empty;
}
