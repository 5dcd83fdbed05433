using LedCluster.Storage.Durability;
using Microsoft.Win32.SafeHandles;

namespace LedCluster.Storage.Zarr;

/// <summary>
/// The chunk files of one store: a bounded number of open handles, and the knowledge of what is not yet durable.
/// Safe to call from several threads.
/// </summary>
/// <param name="writable">Whether files may be created and written.</param>
internal sealed class ChunkFiles(bool writable) : IDisposable
{
    /// <summary>Handles kept open at most, unless more are in use at once.</summary>
    public const int MostOpen = 256;

    private readonly Lock gate = new();
    private readonly Dictionary<string, Entry> open = [];
    private readonly HashSet<string> unsynced = [];
    private readonly HashSet<string> grownDirectories = [];
    private long clock;

    /// <summary>Writes into a chunk file, which is made at its full size on first touch.</summary>
    /// <param name="path">The chunk file.</param>
    /// <param name="chunkBytes">Its full size.</param>
    /// <param name="fill">Whole elements that a new file repeats all over; empty for zeros.</param>
    /// <param name="bytes">What to write.</param>
    /// <param name="position">Where to write it.</param>
    public void Write(string path, long chunkBytes, ReadOnlySpan<byte> fill, ReadOnlySpan<byte> bytes, long position)
    {
        var (made, whole) = (false, bytes.Length == chunkBytes);
        var entry = Acquire(path) ?? Make(path, chunkBytes, whole ? bytes : fill, out made);
        try
        {
            if (made && whole) // nothing was filled in that is to be overwritten
                return;
            if (!entry.Whole)
                EnsureWhole(entry, path, chunkBytes, fill);
            Disk.Write(entry.Handle, path, bytes, position);
            entry.Dirty = true;
        }
        finally
        {
            Release(entry);
        }
    }

    /// <summary>Writes a small file that is no chunk; durable after <see cref="Sync"/>.</summary>
    public void WriteWhole(string path, ReadOnlySpan<byte> bytes)
    {
        using (var handle = Disk.Open(path, FileMode.Create, FileAccess.Write))
            Disk.Write(handle, path, bytes, 0);
        lock (gate)
        {
            unsynced.Add(path);
            grownDirectories.Add(Path.GetDirectoryName(path)!);
        }
    }

    /// <summary>Reads from a chunk file.</summary>
    /// <returns>False when the file does not exist.</returns>
    public bool TryRead(string path, Span<byte> bytes, long position)
    {
        if (Acquire(path) is not { } entry)
            return false;
        try
        {
            Disk.Read(entry.Handle, path, bytes, position);
        }
        finally
        {
            Release(entry);
        }
        return true;
    }

    /// <summary>Returns when everything written so far is on stable storage.</summary>
    public void Sync()
    {
        lock (gate)
        {
            foreach (var (path, entry) in open.Where(e => e.Value.Dirty))
            {
                entry.Dirty = false;
                Disk.Sync(entry.Handle, path);
            }
            foreach (var path in unsynced)
            {
                // A file's pages are flushed whichever handle wrote them.
                using var handle = Disk.Open(path, FileMode.Open, FileAccess.ReadWrite);
                Disk.Sync(handle, path);
            }
            unsynced.Clear();
            foreach (var directory in grownDirectories)
                Disk.SyncDirectory(directory);
            grownDirectories.Clear();
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        lock (gate)
        {
            foreach (var entry in open.Values)
                entry.Handle.Dispose();
            open.Clear();
        }
    }

    private Entry? Acquire(string path)
    {
        lock (gate)
        {
            if (!open.TryGetValue(path, out var entry))
            {
                if (!File.Exists(path))
                    return null;
                entry = Keep(path, Disk.Open(path, FileMode.Open, writable ? FileAccess.ReadWrite : FileAccess.Read), whole: false);
            }
            entry.Users++;
            entry.LastUse = ++clock;
            return entry;
        }
    }

    private Entry Make(string path, long chunkBytes, ReadOnlySpan<byte> fill, out bool isNew)
    {
        lock (gate)
        {
            isNew = false;
            if (Acquire(path) is { } made)
                return made;
            isNew = true;
            grownDirectories.Add(Path.GetDirectoryName(path)!);
            var unfinished = path + Disk.Unfinished; // a reader never sees it in part
            using (var handle = Disk.Open(unfinished, FileMode.Create, FileAccess.ReadWrite, chunkBytes))
                Extend(handle, unfinished, 0, chunkBytes, fill);
            File.Move(unfinished, path);
            var entry = Acquire(path)!;
            entry.Dirty = true;
            return entry;
        }
    }

    /// <summary>The loss of power may leave a new file short, as it is not yet synced; it is filled up.</summary>
    private static void EnsureWhole(Entry entry, string path, long chunkBytes, ReadOnlySpan<byte> fill)
    {
        var length = RandomAccess.GetLength(entry.Handle);
        if (length < chunkBytes)
            Extend(entry.Handle, path, length, chunkBytes, fill);
        entry.Whole = true;
    }

    private static void Extend(SafeFileHandle handle, string path, long length, long chunkBytes, ReadOnlySpan<byte> fill)
    {
        if (fill.IsEmpty)
            Disk.SetLength(handle, path, chunkBytes);
        while (length < chunkBytes && !fill.IsEmpty)
        {
            var part = fill[(int)(length % fill.Length)..];
            part = part[..(int)Math.Min(part.Length, chunkBytes - length)];
            Disk.Write(handle, path, part, length);
            length += part.Length;
        }
    }

    private Entry Keep(string path, SafeFileHandle handle, bool whole)
    {
        if (open.Count >= MostOpen)
        {
            var (oldest, entry) = open.Where(e => e.Value.Users == 0).DefaultIfEmpty().MinBy(e => e.Value?.LastUse);
            if (entry is not null)
            {
                if (entry.Dirty)
                    unsynced.Add(oldest);
                open.Remove(oldest);
                entry.Handle.Dispose();
            }
        }
        return open[path] = new Entry(handle) { Whole = whole };
    }

    private void Release(Entry entry)
    {
        lock (gate)
            entry.Users--;
    }

    private sealed class Entry(SafeFileHandle handle)
    {
        public SafeFileHandle Handle { get; } = handle;
        public int Users { get; set; }
        public long LastUse { get; set; }
        public bool Dirty { get; set; }
        public bool Whole { get; set; }
    }
}
