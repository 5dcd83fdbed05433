using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Storage.Durability;
using LedCluster.Storage.Files;
using LedCluster.Storage.Forecasts;
using Microsoft.Win32.SafeHandles;

namespace LedCluster.Storage.Runs;

/// <summary>
/// The journal of a run: what happened when, one JSON object per line, only ever appended to. Events are buffered until
/// <see cref="Commit"/>.
/// </summary>
public sealed class Journal : IDisposable
{
    private readonly string path;
    private readonly TimeProvider time;
    private readonly SafeFileHandle handle;
    private readonly MemoryStream pending = new();
    private long length;

    internal Journal(string path, TimeProvider time, SafeFileHandle handle, long length) =>
        (this.path, this.time, this.handle, this.length) = (path, time, handle, length);

    /// <summary>Opens a journal for appending, making it when it does not exist; a torn last line is cut off.</summary>
    /// <param name="path">The file.</param>
    /// <param name="time">Stamps the events.</param>
    /// <param name="content">What it held.</param>
    /// <exception cref="InvalidDataException">A line other than the last cannot be read.</exception>
    public static Journal Open(string path, TimeProvider time, out JournalContent content)
    {
        var isNew = !File.Exists(path);
        content = isNew ? new JournalContent([], 0) : Read(path);
        var handle = Disk.Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite);
        var length = RandomAccess.GetLength(handle) - content.TornBytes;
        if (content.TornBytes > 0)
            Disk.SetLength(handle, path, length);
        if (isNew)
            Disk.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return new Journal(path, time, handle, length);
    }

    /// <summary>Reads a journal, also while a run writes it.</summary>
    /// <exception cref="InvalidDataException">A line other than the last cannot be read.</exception>
    public static JournalContent Read(string path)
    {
        long position = 0;
        return Read(path, ref position);
    }

    /// <summary>Reads what was appended to a journal since the last look, also while a run writes it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="position">Where to start, in bytes; then where the last whole line ends.</param>
    /// <exception cref="InvalidDataException">A line other than the last cannot be read.</exception>
    public static JournalContent Read(string path, ref long position)
    {
        if (InputFile.RegularFault(path) is { } fault)
            throw new InvalidDataException($"'{path}' {fault}.");
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        file.Position = position;
        var bytes = new byte[Math.Max(0, file.Length - position)];
        var rest = bytes.AsSpan(0, file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
        var events = ImmutableArray.CreateBuilder<JournalEvent>();
        while (rest.IndexOf((byte)'\n') is >= 0 and var end)
        {
            try
            {
                events.Add(JsonSerializer.Deserialize(rest[..end], JournalJson.Default.JournalEvent)
                    ?? throw new JsonException("The line is null."));
            }
            // the last two for text that is not Unicode and for times that are too few
            catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException or ArgumentException)
            {
                if (end == rest.Length - 1)
                    break; // pages of a last write may reach the disk out of order
                throw new InvalidDataException(
                    $"'{path}', line {events.Count + 1}{(position > 0 ? $" after byte {position}" : "")}, is not a journal event: "
                    + $"{e.Message} Restore the file from a copy, " +
                    "or delete the line to continue without it.", e);
            }
            rest = rest[(end + 1)..];
        }
        position += bytes.Length - rest.Length;
        return new JournalContent(events.ToImmutable(), rest.Length);
    }

    /// <summary>Buffers an event, stamped with the current time.</summary>
    public void Append(JournalEvent what)
    {
        JsonSerializer.Serialize(pending, what with { Time = time.GetUtcNow() }, JournalJson.Default.JournalEvent);
        pending.WriteByte((byte)'\n');
    }

    /// <summary>Returns when all events appended so far are on stable storage.</summary>
    /// <exception cref="IOException">The disk is full or failed; the events stay buffered, and committing again is safe.</exception>
    public void Commit()
    {
        if (pending.Length == 0)
            return;
        Disk.Write(handle, path, pending.GetBuffer().AsSpan(0, (int)pending.Length), length);
        Disk.Sync(handle, path);
        length += pending.Length;
        pending.SetLength(0);
    }

    /// <summary>Closes the file; what was not committed is lost.</summary>
    public void Dispose() => handle.Dispose();
}

/// <summary>What a journal holds.</summary>
/// <param name="Events">The events, in order.</param>
/// <param name="TornBytes">Bytes of a last line that was never completed; 0 when there is none.</param>
public sealed record JournalContent(ImmutableArray<JournalEvent> Events, long TornBytes)
{
    /// <summary>Members that are set aside at the end of the journal, ascending: those that failed and got no other chance since.</summary>
    public ImmutableArray<MemberFailure> Failures
    {
        get
        {
            var failures = new SortedDictionary<int, MemberFailure>();
            foreach (var what in Events)
            {
                if (what is MemberFailed failed)
                    failures[failed.Member] = failed.ToFailure();
                else if (what is MembersRetried or MembersRepaired)
                    foreach (var member in what is MembersRetried retried ? retried.Members.Indices : ((MembersRepaired)what).Members.Indices)
                        failures.Remove(member);
            }
            return [.. failures.Values];
        }
    }

    /// <summary>The same, if it is that of a run.</summary>
    /// <param name="path">The file, for the message.</param>
    /// <param name="members">Number of members of the run.</param>
    /// <param name="legs">Number of legs of each member.</param>
    /// <exception cref="InvalidDataException">It tells of members or legs that the run does not have.</exception>
    public JournalContent Of(string path, int members, int legs) =>
        Events.FirstOrDefault(e => !e.IsOf(members, legs)) is not { } foreign ? this : throw new InvalidDataException(
            $"'{path}' names a member or a leg that the run does not have ({foreign.GetType().Name} of {foreign.Time:u}); "
            + $"it has {members} members with {legs} legs each. Restore the file from a copy.");

    /// <summary>What is recorded of each member, with its checksums.</summary>
    /// <param name="members">Number of members of the run.</param>
    /// <param name="legs">Number of legs of each member.</param>
    public ChecksumTable Checksums(int members, int legs)
    {
        var table = new ChecksumTable(members, legs);
        foreach (var what in Events)
        {
            if (what is LegRecorded line)
                for (var i = 0; i < line.Members.Indices.Length; i++)
                    table.Add(line.Members.Indices[i], line.Leg, line.Checksums?.Members[i]);
            else if (what is MembersRepaired repaired)
                foreach (var member in repaired.Members.Indices)
                    table.Forget(member);
        }
        return table;
    }
}

/// <summary>How journal events become lines of JSON, and are read again: a key that is not known or stands twice is an error.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(PhaseName)],
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(JournalEvent))]
internal sealed partial class JournalJson : JsonSerializerContext
{
    /// <summary>A phase is one of the names, and no number.</summary>
    internal sealed class PhaseName() : JsonStringEnumConverter<Phase>(namingPolicy: null, allowIntegerValues: false);
}
