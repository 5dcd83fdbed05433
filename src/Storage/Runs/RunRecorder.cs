using System.Collections.Immutable;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Wire;
using LedCluster.Domain.Workers;
using LedCluster.Storage.Forecasts;

namespace LedCluster.Storage.Runs;

/// <summary>
/// Keeps a run: output, checkpoints and journal. Each leg of each member is kept once, whichever cohort brings it: cohorts
/// may be split after a failure, and a late cohort and its split members may both deliver.
/// </summary>
/// <remarks>
/// Group commit, in this order: output, checkpoints, journal, each on stable storage before the next is written at all
/// (checkpoints and journal wait in memory until then). Hence a checkpoint on disk implies that the output of its legs is
/// durable, and resuming from it never leaves a gap. What a crash loses is the tail since the last commit; its legs run
/// again and write the same bytes to the same places. A crash between the last two steps loses lines of the journal: those
/// of legs are added when the run is opened again, as the checkpoints prove them; a failure happens again. The journal has
/// checksums of what each leg left in the output, so that later damage is found.
/// </remarks>
public sealed class RunRecorder : IRecorder, IDisposable
{
    /// <summary>Longest time between two commits while legs arrive.</summary>
    public static readonly TimeSpan CommitInterval = TimeSpan.FromSeconds(1);

    /// <summary>Checkpoints that wait in memory at most, in bytes: 64 MiB.</summary>
    public const long MostPendingBytes = 64L << 20;

    private readonly Lock gate = new();
    private readonly RunLock runLock;
    private readonly MemberDecoder decoder;
    private readonly TimeProvider time;
    private readonly Journal journal;
    private readonly CheckpointLog checkpoints;
    private readonly int[] finishedLegs;
    private readonly ChecksumTable checksums;
    private readonly SortedDictionary<int, MemberFailure> failures = [];
    private long lastCommit;
    private bool uncommitted;

    private RunRecorder(RunDirectory directory, FieldLayout layout, MemberDecoder decoder, TimeProvider time)
    {
        (this.decoder, this.time) = (decoder, time);
        runLock = directory.Lock();
        try
        {
            checkpoints = CheckpointLog.Open(directory.CheckpointsPath, directory.Spec.Members);
            finishedLegs = [.. Enumerable.Range(0, directory.Spec.Members).Select(checkpoints.LegsOf)];
            Output = OpenOutput(directory, layout);
            if (Array.Exists(finishedLegs, legs => legs > Output.Plan.Length))
                throw new InvalidDataException(
                    $"'{directory.CheckpointsPath}' has {finishedLegs.Max()} legs; the run has {Output.Plan.Length}. "
                    + "It belongs to another run: move it away.");
            journal = Journal.Open(directory.JournalPath, time, out var content);
            content = content.Of(directory.JournalPath, finishedLegs.Length, Output.Plan.Length);
            CutBytes = checkpoints.CutBytes + content.TornBytes;
            foreach (var failure in content.Failures)
                failures.Add(failure.Member, failure);
            Output.MarkFailures(failures.Values); // marks may be ahead of the journal after a crash; the journal decides
            checksums = content.Checksums(finishedLegs.Length, Output.Plan.Length);
            foreach (var line in LostLines.Of(checkpoints, Output, content, checksums))
            {
                journal.Append(line);
                uncommitted = true;
                if (line is LegRecorded leg)
                    Remember(leg);
            }
            lastCommit = time.GetTimestamp();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The forecast being written.</summary>
    public ForecastStore Output { get; }

    /// <summary>Bytes of torn tails that were cut off the checkpoints and the journal on opening.</summary>
    public long CutBytes { get; }

    /// <summary>Members set aside so far, ascending.</summary>
    public ImmutableArray<MemberFailure> Failures
    {
        get
        {
            lock (gate)
                return [.. failures.Values];
        }
    }

    /// <summary>Starts to record in a run directory, from scratch or where the last process stopped.</summary>
    /// <param name="directory">The run.</param>
    /// <param name="layout">Layout of the study's fields.</param>
    /// <param name="decoder">Decodes for the statistics where latents alone are kept.</param>
    /// <param name="time">Stamps the journal and paces the commits.</param>
    /// <exception cref="IOException">Another process is recording here, or the disk is full.</exception>
    /// <exception cref="InvalidDataException">The files do not belong together.</exception>
    public static RunRecorder Open(RunDirectory directory, FieldLayout layout, MemberDecoder decoder, TimeProvider time) =>
        new(directory, layout, decoder, time);

    /// <summary>
    /// Members whose output is damaged start anew: their output becomes NaN, and their checkpoints and failures are
    /// forgotten. To be called before <see cref="Restore"/>.
    /// </summary>
    /// <param name="members">The members, ascending.</param>
    public void Repair(ImmutableArray<int> members)
    {
        lock (gate)
        {
            Output.IsComplete = false;
            foreach (var member in members)
                Output.Blank(member, 0);
            Output.Sync();
            checkpoints.Forget(members);
            foreach (var member in members)
            {
                checksums.Forget(member);
                failures.Remove(member);
                finishedLegs[member] = 0;
            }
            Output.MarkFailures(failures.Values);
            journal.Append(new MembersRepaired(new MemberSet(members)));
            uncommitted = true;
            Commit();
        }
    }

    /// <summary>Where the run stands; to be called before the first leg is recorded.</summary>
    /// <param name="retryFailed">
    /// Whether failed members get another chance, from the checkpoint before their failure.
    /// </param>
    public RecoveredRun Restore(bool retryFailed = false)
    {
        lock (gate)
        {
            if (retryFailed && failures.Count > 0)
            {
                Output.IsComplete = false;
                journal.Append(new MembersRetried(new MemberSet([.. failures.Keys])));
                failures.Clear();
                Output.MarkFailures([]);
                uncommitted = true;
                Commit();
            }
            var cohorts = ImmutableArray.CreateBuilder<Cohort>();
            foreach (var checkpoint in checkpoints.Live().Where(c => c.Leg < Output.Plan.Length))
            {
                var cohort = checkpoint.Cohort;
                int[] positions = [.. checkpoint.Members.Where(m => !failures.ContainsKey(m)).Select(m => cohort.Members.BinarySearch(m))];
                if (positions.Length == 0)
                    continue;
                // Named by first living member: the lists are disjoint, hence so are the names.
                var kept = cohort.Keep(positions);
                cohorts.Add(kept with { Id = new CohortId(kept.Members[0]) });
            }
            var fresh = Members(legs => legs == 0);
            if (cohorts.Count + fresh.Length > 0 && Output.IsComplete)
                Output.IsComplete = false;
            return new RecoveredRun(
                cohorts.ToImmutable(), fresh, Members(legs => legs == Output.Plan.Length), [.. failures.Values]);
        }

        ImmutableArray<int> Members(Func<int, bool> legs) =>
            [.. Enumerable.Range(0, finishedLegs.Length).Where(m => legs(finishedLegs[m]) && !failures.ContainsKey(m))];
    }

    /// <inheritdoc />
    /// <exception cref="InvalidOperationException">A leg arrives before the one that precedes it.</exception>
    /// <exception cref="ArgumentException">The segment does not fit the run.</exception>
    /// <exception cref="IOException">The disk is full or failed; nothing of the leg counts as recorded.</exception>
    public void Record(LegResult result)
    {
        lock (gate)
        {
            var (segment, next) = Unrecorded(result);
            if (segment.Members.Length > 0)
                Keep(segment, next!, result.Times);
            foreach (var failure in segment.Failures)
            {
                Output.MarkFailed(failure);
                failures.Add(failure.Member, failure);
                journal.Append(new MemberFailed(failure.Member, failure.Leg, failure.Reason));
                uncommitted = true;
            }
            if (checkpoints.PendingBytes > MostPendingBytes || time.GetElapsedTime(lastCommit) >= CommitInterval)
                Commit();
        }
    }

    /// <summary>Adds an event of the engine to the journal, for example that the run was taken up again.</summary>
    public void Append(JournalEvent what)
    {
        lock (gate)
        {
            journal.Append(what);
            uncommitted = true;
        }
    }

    /// <inheritdoc />
    public void Flush()
    {
        lock (gate)
            Commit();
    }

    /// <summary>
    /// Ends a run whose members have all finished or failed: blanks what failed members left out, and writes the
    /// ensemble's statistics. May be repeated.
    /// </summary>
    /// <param name="degree">Number of threads, at least 1.</param>
    /// <param name="progress">Told the number of frames whose statistics are done.</param>
    /// <exception cref="InvalidOperationException">A member has neither finished nor failed.</exception>
    /// <exception cref="DamagedOutputException">The output is not what was recorded; the members are named.</exception>
    public RunFinished Complete(int degree = 1, IProgress<int>? progress = null)
    {
        lock (gate)
        {
            int[] open = [.. Enumerable.Range(0, finishedLegs.Length).Where(m => finishedLegs[m] < Output.Plan.Length && !failures.ContainsKey(m))];
            if (open.Length > 0)
            {
                throw new InvalidOperationException(
                    $"{open.Length} members have neither finished nor failed (the first is {open[0]}, at leg {finishedLegs[open[0]]} of "
                    + $"{Output.Plan.Length}); resume the run first.");
            }
            BlankRest(failures.Keys);
            Output.WriteStatistics(decoder, checksums, degree, progress);
            var finished = new RunFinished(finishedLegs.Length - failures.Count, failures.Count, [.. Output.StatisticsChecksums()]);
            journal.Append(finished);
            uncommitted = true;
            Commit();
            Output.IsComplete = true;
            return finished;
        }
    }

    /// <summary>Leaves a run that was stopped readable: what is missing reads as NaN. The run can be resumed.</summary>
    /// <param name="reason">Who asked, or why.</param>
    public void Cancel(string reason)
    {
        lock (gate)
        {
            BlankRest(Enumerable.Range(0, finishedLegs.Length).Where(m => finishedLegs[m] < Output.Plan.Length));
            journal.Append(new RunCancelled(reason));
            uncommitted = true;
            Commit();
        }
    }

    /// <summary>Closes all files; what was not flushed is lost and runs again.</summary>
    public void Dispose()
    {
        journal?.Dispose();
        checkpoints?.Dispose();
        Output?.Dispose();
        runLock.Dispose();
    }

    private ForecastStore OpenOutput(RunDirectory directory, FieldLayout layout)
    {
        var plan = LedCycle.Plan(directory.Spec.Schedule(layout));
        if (!Directory.Exists(directory.OutputPath))
        {
            return finishedLegs.All(legs => legs == 0)
                ? ForecastStore.Create(
                    directory.OutputPath, directory.Spec, layout, plan, decoder.LatentSize, decoder.Parameters, decoder.Diagnostics,
                    Provenance.Read(directory.Path))
                : throw new InvalidDataException(
                    $"'{directory.OutputPath}' is missing, although checkpoints say that legs were recorded there. "
                    + $"Restore it, or delete '{directory.CheckpointsPath}' to start afresh.");
        }
        var output = ForecastStore.Open(directory.OutputPath, writable: true);
        if (output.Plan.SequenceEqual(plan) && output.LatentSize == decoder.LatentSize && output.Layout.Size == layout.Size
            && Equals(output.Series, Diagnostics.Layout(decoder.Diagnostics, layout)))
            return output;
        output.Dispose();
        throw new InvalidDataException(
            $"'{directory.OutputPath}' was made for {output.Plan.Length} legs, {output.LatentSize} latents and "
            + $"{output.Layout.Size} field values, and the diagnostics {Names(output.Series)}; "
            + $"the run has {plan.Length}, {decoder.LatentSize} and {layout.Size}, and {Names(Diagnostics.Layout(decoder.Diagnostics, layout))}. "
            + "The study or its model changed: start a new run.");
    }

    private static string Names(FieldLayout? series) => series is null ? "none" : string.Join(", ", series.Channels.Select(c => c.Name));

    /// <summary>The part of a result that is new: members whose next leg this is and that have not failed.</summary>
    private (Segment Segment, Cohort? Next) Unrecorded(LegResult result)
    {
        var (segment, next) = (result.Segment, result.Next);
        int[] fresh = [.. Enumerable.Range(0, segment.Members.Length).Where(p => IsNew(segment.Members[p]))];
        var lost = segment.Failures.RemoveAll(f => !IsNew(f.Member));
        if (fresh.Length < segment.Members.Length)
        {
            segment = segment.Keep(fresh);
            next = fresh.Length == 0 ? null : next!.Keep(fresh);
        }
        return (segment with { Failures = lost }, next);

        bool IsNew(int member)
        {
            if (segment.Leg.Index > finishedLegs[member] && !failures.ContainsKey(member))
            {
                throw new InvalidOperationException(
                    $"{segment.Cohort} brought leg {segment.Leg.Index} of member {member}, whose next leg is {finishedLegs[member]}. "
                    + "Legs of a member must arrive in order.");
            }
            return segment.Leg.Index == finishedLegs[member] && !failures.ContainsKey(member);
        }
    }

    private void Keep(Segment segment, Cohort next, WorkTimes times)
    {
        if (Output.HasFields && segment.Fields.Length + segment.WideFields.Length == 0)
        {
            throw new ArgumentException(
                $"The run keeps fields, but {segment.Cohort} brought none for {segment.Leg.Phase} leg {segment.Leg.Index}. Let its worker keep fields.");
        }
        var sums = Output.Write(segment);
        FieldBuffers.Return(segment);
        using (var state = CohortCodec.Write(new ByteWriter("", CohortCodec.Size(next)), next))
            checkpoints.Append(next.Members, next.Leg, state.Written.Span);
        foreach (var member in segment.Members)
            finishedLegs[member] = segment.Leg.Index + 1;
        var leg = segment.Leg;
        var line = new LegRecorded(
            segment.Cohort.Value, leg.Index, leg.Phase, leg.First, leg.Frames, new MemberSet(segment.Members), times, new LegChecksums([.. sums]));
        journal.Append(line);
        Remember(line);
        uncommitted = true;
    }

    private void Remember(LegRecorded line)
    {
        for (var i = 0; i < line.Members.Indices.Length; i++)
            checksums.Add(line.Members.Indices[i], line.Leg, line.Checksums?.Members[i]);
    }

    private void Commit()
    {
        if (!uncommitted)
            return;
        Output.Sync();
        checkpoints.Commit();
        journal.Commit();
        uncommitted = false;
        lastCommit = time.GetTimestamp();
    }

    private void BlankRest(IEnumerable<int> members)
    {
        foreach (var member in members)
            if (finishedLegs[member] < Output.Plan.Length)
                Output.Blank(member, finishedLegs[member]);
    }
}

/// <summary>Where a run stands: every member is in exactly one of the four lists.</summary>
/// <param name="Cohorts">Cohorts to go on with, each from its furthest checkpoint; no member is in two of them.</param>
/// <param name="Fresh">Members without a checkpoint, ascending: they start from their initial condition.</param>
/// <param name="Finished">Members whose last leg is recorded, ascending.</param>
/// <param name="Failures">Members that were set aside, ascending.</param>
public sealed record RecoveredRun(
    ImmutableArray<Cohort> Cohorts,
    ImmutableArray<int> Fresh,
    ImmutableArray<int> Finished,
    ImmutableArray<MemberFailure> Failures)
{
    /// <summary>Whether anything had been recorded or set aside.</summary>
    public bool HasBegun => Cohorts.Length + Finished.Length + Failures.Length > 0;
}
