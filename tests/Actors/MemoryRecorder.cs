using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Tests;

/// <summary>Keeps everything in memory and insists on every leg of a member coming exactly once and in order.</summary>
internal sealed class MemoryRecorder : IRecorder
{
    private readonly Dictionary<int, int> legs = [];

    public SortedDictionary<int, List<float>> Paths { get; } = [];
    public SortedDictionary<int, Cohort> Last { get; } = [];
    public List<MemberFailure> Failures { get; } = [];
    public Action<LegResult> OnRecord { get; init; } = _ => { };
    public int Records { get; private set; }

    public void Record(LegResult result)
    {
        OnRecord(result);
        Records++;
        var segment = result.Segment;
        for (var p = 0; p < segment.Members.Length; p++)
        {
            var member = segment.Members[p];
            Assert.Equal(segment.Leg.Index, legs.GetValueOrDefault(member));
            legs[member] = segment.Leg.Index + 1;
            var path = Paths.TryGetValue(member, out var known) ? known : Paths[member] = [];
            path.AddRange(Enumerable.Range(0, segment.Leg.Frames).Select(f => segment.Latents[f * segment.Members.Length + p]));
        }
        Failures.AddRange(segment.Failures);
        if (result.Next is { } next)
            foreach (var single in next.Split())
                Last[single.Members[0]] = single;
    }

    public void Flush()
    {
    }
}
