using LedCluster.Storage.Forecasts;
using LedCluster.Storage.Runs;

/// <summary>Whether a run lost, doubled or changed anything.</summary>
internal static class RunCheck
{
    /// <summary>Bytes of the journal; 0 while there is none.</summary>
    public static long JournalLength(string run) => new FileInfo(Path.Combine(run, "journal.ndjson")) is { Exists: true } file ? file.Length : 0;

    /// <summary>Whether the run came to its end.</summary>
    public static bool IsFinished(string run) => JournalLength(run) > 0
        && Journal.Read(Path.Combine(run, "journal.ndjson")).Events.LastOrDefault() is RunFinished;

    /// <summary>Every file of the output has the bytes of the reference.</summary>
    public static void Same(string reference, string run)
    {
        var (expected, actual) = (Files(reference), Files(run));
        if (!expected.SequenceEqual(actual))
            throw new SoakFailure($"the output has {actual.Length} files, that of a single process {expected.Length}");
        foreach (var file in expected)
            if (!Content(reference, file).AsSpan().SequenceEqual(Content(run, file)))
                throw new SoakFailure($"{file} has other bytes than that of a single process");
    }

    private static byte[] Content(string run, string file) =>
        Provenance.Without(Path.GetRelativePath("output.zarr", file), File.ReadAllBytes(Path.Combine(run, file)));

    /// <summary>The journal has each leg of each member that the reference has, exactly once, and the same failures for the same reasons.</summary>
    public static void SameLegsOnce(string reference, string run)
    {
        var ((expectedLegs, expectedFailures), (legs, failures)) = (Legs(reference), Legs(run));
        foreach (var (leg, times) in legs)
            if (times != 1 || !expectedLegs.ContainsKey(leg))
                throw new SoakFailure(
                    $"leg {leg.Leg} of member {leg.Member} was recorded {times} times, "
                    + $"in a single process {expectedLegs.GetValueOrDefault(leg)} times");
        if (legs.Count != expectedLegs.Count)
            throw new SoakFailure($"{legs.Count} legs were recorded, in a single process {expectedLegs.Count}");
        if (!failures.SequenceEqual(expectedFailures))
            throw new SoakFailure($"set aside were {string.Join(" and ", failures)}; in a single process {string.Join(" and ", expectedFailures)}");
    }

    /// <summary>Members that a run set aside, with the reason.</summary>
    public static MemberFailed[] Failures(string run) => Legs(run).Failures;

    private static (Dictionary<(int Member, int Leg), int> Legs, MemberFailed[] Failures) Legs(string run)
    {
        var events = Journal.Read(Path.Combine(run, "journal.ndjson")).Events;
        return (
            events.OfType<LegRecorded>().SelectMany(e => e.Members.Indices, (e, member) => (member, e.Leg)).CountBy(leg => leg).ToDictionary(),
            [.. events.OfType<MemberFailed>().Select(f => f with { Time = default }).OrderBy(f => f.Member)]);
    }

    private static string[] Files(string run)
    {
        var output = Path.Combine(run, "output.zarr");
        return [.. Directory.EnumerateFiles(output, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(run, f)).Order(StringComparer.Ordinal)];
    }
}
