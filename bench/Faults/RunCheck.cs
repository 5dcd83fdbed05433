using System.Text.Json.Nodes;
using LedCluster.Storage.Runs;

/// <summary>Whether a run lost, doubled or changed anything.</summary>
internal static class RunCheck
{
    /// <summary>Bytes of the journal; 0 while there is none.</summary>
    public static long JournalLength(string run) => new FileInfo(Path.Combine(run, "journal.ndjson")) is { Exists: true } file ? file.Length : 0;

    /// <summary>Identity of the run on the broker; null while it has none.</summary>
    public static string? Identity(string run) => Path.Combine(run, "epoch.json") is var path && File.Exists(path)
        ? (string?)JsonNode.Parse(File.ReadAllBytes(path))!["id"] : null;

    /// <summary>Every file of the output has the bytes of the reference.</summary>
    public static void Same(string reference, string run)
    {
        var (expected, actual) = (Files(reference), Files(run));
        if (!expected.SequenceEqual(actual))
            throw new SoakFailure($"the output has {actual.Length} files, that of the embedded engine {expected.Length}");
        foreach (var file in expected)
            if (!File.ReadAllBytes(Path.Combine(reference, file)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(run, file))))
                throw new SoakFailure($"{file} has other bytes than that of the embedded engine");
    }

    /// <summary>The journal has every leg of every member exactly once, and no failure.</summary>
    public static void EachLegOnce(string run, int members)
    {
        var events = Journal.Read(Path.Combine(run, "journal.ndjson")).Events;
        var legs = events.OfType<RunStarted>().Single().Legs;
        var times = events.OfType<LegRecorded>().SelectMany(e => e.Members.Indices, (e, member) => (Member: member, e.Leg)).CountBy(leg => leg).ToArray();
        if (times.FirstOrDefault(t => t.Value > 1) is { Value: > 1 } twice)
            throw new SoakFailure($"leg {twice.Key.Leg} of member {twice.Key.Member} was recorded {twice.Value} times");
        if (times.Length != members * legs || events.OfType<MemberFailed>().Any())
            throw new SoakFailure($"{times.Length} legs were recorded and {events.OfType<MemberFailed>().Count()} members set aside, expected {members} members of {legs} legs and none");
    }

    private static string[] Files(string run)
    {
        var output = Path.Combine(run, "output.zarr");
        return [.. Directory.EnumerateFiles(output, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(run, f)).Order(StringComparer.Ordinal)];
    }
}
