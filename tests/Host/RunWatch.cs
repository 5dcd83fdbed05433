using System.Diagnostics;
using LedCluster.Storage.Runs;

namespace LedCluster.Host.Tests;

/// <summary>Looks into a run directory from outside, while a process records in it and afterwards.</summary>
public static class RunWatch
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(180);

    /// <summary>Bytes of the journal.</summary>
    public static long Length(string run) => new FileInfo(Path.Combine(run, "journal.ndjson")) is { Exists: true } file ? file.Length : 0;

    /// <summary>Waits until the journal is longer than it was; false when the process ended first.</summary>
    public static bool Grown(string run, long was, Process process)
    {
        for (var waited = Stopwatch.StartNew(); Length(run) <= was; process.WaitForExit(1))
        {
            if (process.HasExited)
                return false;
            Assert.True(waited.Elapsed < Longest, $"the journal of '{run}' did not grow beyond {was} bytes within {Longest.TotalSeconds} s");
        }
        return !process.HasExited;
    }

    /// <summary>Asserts that the journal has every leg of every member exactly once.</summary>
    public static void AssertEachLegOnce(int members, string run)
    {
        var times = new Dictionary<(int Member, int Leg), int>();
        var legs = 0;
        foreach (var leg in Journal.Read(Path.Combine(run, "journal.ndjson")).Events.OfType<LegRecorded>())
        {
            legs = Math.Max(legs, leg.Leg + 1);
            foreach (var member in leg.Members.Indices)
                times[(member, leg.Leg)] = times.GetValueOrDefault((member, leg.Leg)) + 1;
        }
        Assert.Equal(members * legs, times.Count);
        Assert.All(times, t => Assert.Equal(1, t.Value));
    }
}
