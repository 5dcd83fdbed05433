using System.Collections.Immutable;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Workers;
using LedCluster.Storage.Durability;
using LedCluster.Storage.Forecasts;

namespace LedCluster.Storage.Runs;

/// <summary>What a verification found.</summary>
/// <param name="Members">Number of members of the run.</param>
/// <param name="Legs">Legs that the journal tells of.</param>
/// <param name="Unchecked">Those of them that were recorded without checksums, and could not be checked.</param>
/// <param name="IsComplete">Whether the store says that it is complete.</param>
/// <param name="Damage">Legs whose bytes are not those that were recorded.</param>
/// <param name="WasRead">Whether the legs could be read at all: not where the store's metadata is damaged.</param>
/// <param name="Parts">
/// Other parts of the store that are damaged: files that are the same in every run of this spec, and the statistics; paths
/// within the store.
/// </param>
public sealed record RunVerification(
    int Members, long Legs, long Unchecked, bool IsComplete, bool WasRead, OutputDamage Damage, ImmutableArray<string> Parts)
{
    /// <summary>Whether nothing is damaged.</summary>
    public bool IsSound => Damage.Legs.IsEmpty && Parts.IsEmpty;

    /// <summary>Whether there is a journal, without which all that was computed counts as damaged.</summary>
    public bool HasJournal { get; init; } = true;

    /// <summary>A line for each kind of damage.</summary>
    public IEnumerable<string> Lines() => HasJournal || IsSound ? [.. Damage.Lines(), .. Parts.Select(part => $"{part}: not what was written")]
        : ["journal.ndjson is missing, which lists the recorded legs; xarray.open_zarr can still read the output"];

    /// <summary>Reads the whole output of a run and compares it with what its journal tells; nothing is changed.</summary>
    /// <param name="run">The run; it may be going on.</param>
    /// <param name="layout">Layout of the study's fields.</param>
    /// <param name="decoder">Its latent dimension, and the parameters of the members.</param>
    /// <param name="degree">Number of threads, at least 1.</param>
    /// <param name="progress">Told each time that a member is done; from several threads.</param>
    /// <exception cref="InvalidDataException">The run has no output, or its journal cannot be read.</exception>
    public static RunVerification Of(RunDirectory run, FieldLayout layout, MemberDecoder decoder, int degree, Action? progress = null)
    {
        if (!Directory.Exists(run.OutputPath))
            throw new InvalidDataException(
                $"'{run.OutputPath}' is missing. Restore it from a copy, or delete '{run.CheckpointsPath}' and resume the run, "
                + "which then starts afresh.");
        var plan = LedCycle.Plan(run.Spec.Schedule(layout));
        var journal = JournalOf(run, plan);
        var expected = journal.Checksums(run.Spec.Members, plan.Length);
        var parts = new List<string>();
        Expected(run, layout, plan, decoder, journal, (name, bytes, isComplete) =>
        {
            if (name.StartsWith(ForecastSchema.Failed, StringComparison.Ordinal) && !isComplete)
                return; // marks may be ahead of the journal while the run goes on or after a crash
            var path = Path.Combine(run.OutputPath, name);
            if (!File.Exists(path) || !File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes))
                parts.Add(name);
        });
        if (parts.Any(name => name.Contains(".z", StringComparison.Ordinal)))
            return new RunVerification(run.Spec.Members, 0, 0, false, false, new OutputDamage([]), [.. parts]); // it cannot be read before it is repaired
        using var store = ForecastStore.Open(run.OutputPath);
        var damage = ForecastCheck.Legs(store, expected, [.. Enumerable.Range(0, store.Members)], degree, progress);
        if (store.IsComplete && journal.Events.OfType<RunFinished>().LastOrDefault()?.Statistics is { } statistics)
            parts.AddRange(store.StatisticsNames().Zip(statistics.Zip(store.StatisticsChecksums()), (name, sums) => (name, sums))
                .Where(s => s.sums.First != s.sums.Second).Select(s => s.name));
        var legs = Enumerable.Range(0, store.Members).Sum(m => (long)expected.LegsOf(m));
        var without = Enumerable.Range(0, store.Members).Where(m => expected.LegsOf(m) > 0 && expected.Of(m, 0) is null).Sum(m => (long)expected.LegsOf(m));
        return new RunVerification(store.Members, legs, without, store.IsComplete, true, damage, [.. parts]) { HasJournal = File.Exists(run.JournalPath) };
    }

    /// <summary>Writes anew the damaged files that are the same in every run of this spec; returns whether there were any.</summary>
    public bool RestoreParts(RunDirectory run, FieldLayout layout, MemberDecoder decoder)
    {
        var any = false;
        var plan = LedCycle.Plan(run.Spec.Schedule(layout));
        var journal = JournalOf(run, plan);
        Expected(run, layout, plan, decoder, journal, (name, bytes, _) =>
        {
            if (!Parts.Contains(name))
                return;
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(run.OutputPath, name))!);
            Disk.WriteAtomically(Path.Combine(run.OutputPath, name), bytes);
            any = true;
        });
        return any;
    }

    private static JournalContent JournalOf(RunDirectory run, ImmutableArray<Leg> plan) => File.Exists(run.JournalPath)
        ? Journal.Read(run.JournalPath).Of(run.JournalPath, run.Spec.Members, plan.Length) : new JournalContent([], 0);

    /// <summary>
    /// The files of the store that depend on the spec and the failures alone: metadata and coordinates; none for earlier
    /// stores, which have all channels in one variable. Whether it is complete is taken from the store as it stands, as the
    /// journal tells it a moment earlier.
    /// </summary>
    private static void Expected(
        RunDirectory run, FieldLayout layout, ImmutableArray<Leg> plan, MemberDecoder decoder, JournalContent journal, Action<string, byte[], bool> use)
    {
        var (isComplete, diagnostics) = (journal.Events.LastOrDefault() is RunFinished, decoder.Diagnostics);
        try
        {
            using var store = ForecastStore.Open(run.OutputPath);
            if (store.IsEarlier)
                return;
            isComplete = store.IsComplete;
            // an earlier version's run may have fewer
            diagnostics = [.. diagnostics.Where(d => store.Series?.Channels.Any(channel => channel.Name == d.Name) == true)];
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            // Its metadata is damaged, as the comparison will tell.
        }
        var folder = Directory.CreateTempSubdirectory("led-verify-");
        try
        {
            var path = Path.Combine(folder.FullName, "output.zarr");
            using (var store = ForecastStore.Create(
                path, run.Spec, layout, plan, decoder.LatentSize, decoder.Parameters, diagnostics, Provenance.Read(run.Path)))
            {
                store.MarkFailures(journal.Failures);
                if (isComplete)
                    store.IsComplete = true;
            }
            foreach (var file in Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
                use(Path.GetRelativePath(path, file), File.ReadAllBytes(file), isComplete);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
