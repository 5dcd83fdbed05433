using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;
using LedCluster.Storage.Durability;
using Microsoft.Win32.SafeHandles;

namespace LedCluster.Storage.Runs;

/// <summary>
/// The checkpoints of a run, only ever appended to. For each member the one with most legs finished counts, the later
/// one among equals; a checkpoint is live while it counts for some member. Cohorts may split, so that an identity may
/// come to stand for fewer members: counting by member is what loses nobody.
/// </summary>
/// <remarks>
/// Little-endian: the tag <c>LCKP0001</c>, then frames of body length (uint32), CRC-32C of the body (uint32), and the
/// body: leg, number of members, members (int32 each), payload.
/// </remarks>
public sealed class CheckpointLog : IDisposable
{
    /// <summary>The file is never rewritten while it is smaller than this: 64 MiB.</summary>
    public const long LeastBytesToRewrite = 64L << 20;

    /// <summary>The file is rewritten when it exceeds its live content by this factor.</summary>
    public const int MostWaste = 4;

    private const int FrameHead = 8;

    private readonly string path;
    private readonly Entry?[] furthest;
    private readonly MemoryStream pending = new();
    private SafeFileHandle handle;
    private long length;
    private long liveBytes;

    private CheckpointLog(string path, int members, SafeFileHandle handle) =>
        (this.path, furthest, this.handle) = (path, new Entry?[members], handle);

    /// <summary>Bytes of a torn or corrupt tail that were cut off when the file was opened.</summary>
    public long CutBytes { get; private set; }

    /// <summary>Bytes that wait for <see cref="Commit"/>.</summary>
    public long PendingBytes => pending.Length;

    /// <summary>Bytes of the file, were it committed now.</summary>
    public long Length => length + pending.Length;

    /// <summary>Bytes of the checkpoints that count.</summary>
    public long LiveBytes => liveBytes;

    private static ReadOnlySpan<byte> Tag => "LCKP0001"u8;

    /// <summary>Opens a log, making it when it does not exist.</summary>
    /// <param name="path">The file.</param>
    /// <param name="members">Number of members of the run.</param>
    /// <exception cref="InvalidDataException">The file is something else.</exception>
    public static CheckpointLog Open(string path, int members)
    {
        var log = new CheckpointLog(path, members, Disk.Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite));
        try
        {
            log.Scan();
            return log;
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>Number of legs finished in a member's furthest checkpoint; 0 when it has none.</summary>
    public int LegsOf(int member) => furthest[member]?.Leg ?? 0;

    /// <summary>Buffers a checkpoint.</summary>
    /// <param name="members">Members that it holds, ascending.</param>
    /// <param name="leg">Number of legs that they have finished.</param>
    /// <param name="payload">The encoded cohort.</param>
    public void Append(ImmutableArray<int> members, int leg, ReadOnlySpan<byte> payload)
    {
        var head = Head(members, leg, payload);
        Count(members, leg, Length, head.Length + payload.Length);
        pending.Write(head);
        pending.Write(payload);
    }

    /// <summary>Returns when all checkpoints appended so far are on stable storage; rewrites the file when it is mostly waste.</summary>
    /// <exception cref="IOException">The disk is full or failed; the checkpoints stay buffered, and committing again is safe.</exception>
    public void Commit()
    {
        if (pending.Length == 0)
            return;
        Disk.Write(handle, path, pending.GetBuffer().AsSpan(0, (int)pending.Length), length);
        Disk.Sync(handle, path);
        length += pending.Length;
        pending.SetLength(0);
        if (length > LeastBytesToRewrite && length > MostWaste * liveBytes)
            Rewrite();
    }

    /// <summary>The committed checkpoints that count, each with the members that it counts for, ordered by first member.</summary>
    public IEnumerable<Checkpoint> Live()
    {
        foreach (var (entry, members) in LiveEntries())
            yield return new Checkpoint(members, entry.Leg, Payload(entry));
    }

    /// <summary>Closes the file; what was not committed is lost.</summary>
    public void Dispose() => handle.Dispose();

    /// <summary>Forgets the checkpoints of some members, at once and durably; nothing may wait for <see cref="Commit"/>.</summary>
    public void Forget(ImmutableArray<int> members)
    {
        if (pending.Length > 0)
            throw new InvalidOperationException("Checkpoints wait to be committed; commit them before others are forgotten.");
        foreach (var member in members)
        {
            if (furthest[member] is { } entry && --entry.Users == 0)
                liveBytes -= entry.Bytes;
            furthest[member] = null;
        }
        Rewrite();
    }

    /// <summary>Rewrites the file with its live checkpoints only, each listing the members that it counts for.</summary>
    internal void Rewrite()
    {
        var unfinished = path + Disk.Unfinished;
        var fresh = Disk.Open(unfinished, FileMode.Create, FileAccess.ReadWrite);
        var moved = new List<(Entry Entry, long Start, int Bytes)>();
        long end = Tag.Length;
        try
        {
            Disk.Write(fresh, unfinished, Tag, 0);
            foreach (var (entry, members) in LiveEntries())
            {
                var payload = Payload(entry);
                var head = Head(members, entry.Leg, payload);
                Disk.Write(fresh, unfinished, head, end);
                Disk.Write(fresh, unfinished, payload, end + head.Length);
                moved.Add((entry, end, head.Length + payload.Length));
                end += head.Length + payload.Length;
            }
            Disk.Sync(fresh, unfinished);
            Disk.Publish(unfinished, path);
        }
        catch
        {
            fresh.Dispose();
            throw;
        }
        handle.Dispose();
        (handle, length, liveBytes) = (fresh, end, end - Tag.Length);
        foreach (var (entry, start, bytes) in moved)
            (entry.Start, entry.Bytes) = (start, bytes);
    }

    /// <summary>A frame up to its payload.</summary>
    private static byte[] Head(ImmutableArray<int> members, int leg, ReadOnlySpan<byte> payload)
    {
        var head = new byte[FrameHead + 4 * (2 + members.Length)];
        var body = head.AsSpan(FrameHead);
        BinaryPrimitives.WriteInt32LittleEndian(body, leg);
        BinaryPrimitives.WriteInt32LittleEndian(body[4..], members.Length);
        MemoryMarshal.AsBytes(members.AsSpan()).CopyTo(body[8..]);
        BinaryPrimitives.WriteUInt32LittleEndian(head, checked((uint)(body.Length + payload.Length)));
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(4), Checksum(body, payload));
        return head;
    }

    private byte[] Payload(Entry entry)
    {
        var body = new byte[entry.Bytes - FrameHead];
        Disk.Read(handle, path, body, entry.Start + FrameHead);
        return body[(8 + 4 * BinaryPrimitives.ReadInt32LittleEndian(body.AsSpan(4)))..];
    }

    private IEnumerable<(Entry Entry, ImmutableArray<int> Members)> LiveEntries() => furthest
        .Index().Where(m => m.Item is not null).GroupBy(m => m.Item!, m => m.Index)
        .Select(g => (g.Key, g.ToImmutableArray()));

    private void Scan()
    {
        var size = RandomAccess.GetLength(handle);
        var tag = new byte[Math.Min(size, Tag.Length)];
        Disk.Read(handle, path, tag, 0);
        if (!Tag.StartsWith(tag))
            throw new InvalidDataException($"'{path}' is not a checkpoint log of a known form (tag LCKP0001). Move it away; its run then starts afresh.");
        if (tag.Length < Tag.Length)
        {
            // New, or torn at birth: no checkpoint is lost either way.
            (CutBytes, size) = (size, Tag.Length);
            Disk.Write(handle, path, Tag, 0);
            Disk.Sync(handle, path);
            Disk.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        length = Tag.Length;
        while (ReadFrame(length, size) is { } body)
        {
            var count = BinaryPrimitives.ReadInt32LittleEndian(body.AsSpan(4));
            var members = MemoryMarshal.Cast<byte, int>(body.AsSpan(8, 4 * count));
            Count([.. members], BinaryPrimitives.ReadInt32LittleEndian(body), length, FrameHead + body.Length);
            length += FrameHead + body.Length;
        }
        if (length == size)
            return;
        CutBytes = size - length;
        Disk.SetLength(handle, path, length);
    }

    /// <summary>The body of a frame, or null when it is torn or corrupt.</summary>
    private byte[]? ReadFrame(long start, long size)
    {
        if (size - start < FrameHead + 8)
            return null;
        var head = new byte[FrameHead];
        Disk.Read(handle, path, head, start);
        var bytes = BinaryPrimitives.ReadUInt32LittleEndian(head);
        if (bytes < 8 || bytes > Array.MaxLength || bytes > size - start - FrameHead)
            return null;
        var body = new byte[bytes];
        Disk.Read(handle, path, body, start + FrameHead);
        if (Checksum(body, []) != BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(4)))
            return null;
        var count = BinaryPrimitives.ReadInt32LittleEndian(body.AsSpan(4));
        if (count < 0 || count > (body.Length - 8) / 4)
            return null;
        if (BinaryPrimitives.ReadInt32LittleEndian(body) < 0)
            throw new InvalidDataException(
                $"'{path}' holds a checkpoint of {BinaryPrimitives.ReadInt32LittleEndian(body)} legs, at byte {start}. It belongs to no run: "
                + "move it away.");
        foreach (var member in MemoryMarshal.Cast<byte, int>(body.AsSpan(8, 4 * count)))
            if ((uint)member >= furthest.Length)
                throw new InvalidDataException($"'{path}' holds member {member}; the run has {furthest.Length}. It belongs to another run: move it away.");
        return body;
    }

    private void Count(ImmutableArray<int> members, int leg, long start, int bytes)
    {
        var entry = new Entry(leg, start, bytes);
        foreach (var member in members)
        {
            ref var old = ref furthest[member];
            if (old?.Leg > leg)
                continue;
            if (old is not null && --old.Users == 0)
                liveBytes -= old.Bytes;
            if (entry.Users++ == 0)
                liveBytes += bytes;
            old = entry;
        }
    }

    /// <summary>CRC-32C (Castagnoli) of bytes and those that follow them, with the usual inversion before and after.</summary>
    private static uint Checksum(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> more)
    {
        return ~Continued(Continued(uint.MaxValue, bytes), more);

        static uint Continued(uint crc, ReadOnlySpan<byte> bytes)
        {
            for (; bytes.Length >= 8; bytes = bytes[8..])
                crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            foreach (var b in bytes)
                crc = BitOperations.Crc32C(crc, b);
            return crc;
        }
    }

    private sealed class Entry(int leg, long start, int bytes)
    {
        public int Leg { get; } = leg;
        public long Start { get; set; } = start;
        public int Bytes { get; set; } = bytes;
        public int Users { get; set; }
    }
}
