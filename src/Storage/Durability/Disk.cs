using System.Runtime.InteropServices;
using LedCluster.Storage.Files;
using Microsoft.Win32.SafeHandles;

namespace LedCluster.Storage.Durability;

/// <summary>
/// Files written by position, with failures that name the file and the bytes at stake, and with fsync where a run must
/// survive the loss of power.
/// </summary>
internal static partial class Disk
{
    /// <summary>Errno of a full disk, as .NET reports it in <see cref="Exception.HResult"/> on Unix.</summary>
    private const int NoSpace = 28;

    /// <summary>HRESULT of ERROR_DISK_FULL on Windows.</summary>
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    /// <summary>Number of bytes from which on Linux is told to start writing to the disk at once: SYNC_FILE_RANGE_WRITE.</summary>
    private const int LargeWrite = 1 << 20;
    private const uint WriteRange = 2;

    /// <summary>Suffix of a file that is not yet complete.</summary>
    public const string Unfinished = ".tmp";

    /// <summary>Opens a file for positional reads and writes, creating it when the mode allows.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mode">What to do when it exists or not.</param>
    /// <param name="access">Read, write or both.</param>
    /// <param name="bytes">Bytes to reserve for a new file, so that a full disk shows at once.</param>
    public static SafeFileHandle Open(string path, FileMode mode, FileAccess access, long bytes = 0)
    {
        if (access == FileAccess.Read && File.Exists(path) && InputFile.RegularFault(path) is { } fault)
            throw new IOException($"'{path}' {fault}."); // opening a named pipe would wait for its writer
        try
        {
            return File.OpenHandle(path, mode, access, FileShare.ReadWrite | FileShare.Delete, FileOptions.None, bytes);
        }
        catch (IOException e) when (bytes > 0 && e is not (FileNotFoundException or DirectoryNotFoundException))
        {
            throw Failure("reserve", bytes, 0, path, e);
        }
    }

    /// <summary>Writes all bytes at a position.</summary>
    /// <exception cref="IOException">The disk is full or failed; the message names the file and the bytes.</exception>
    public static void Write(SafeFileHandle handle, string path, ReadOnlySpan<byte> bytes, long position)
    {
        try
        {
            RandomAccess.Write(handle, bytes, position);
            if (bytes.Length >= LargeWrite && OperatingSystem.IsLinux())
                _ = StartWriteback(handle, position, bytes.Length, WriteRange); // a hint, so that a later Sync finds little to wait for
        }
        catch (IOException e)
        {
            throw Failure("write", bytes.Length, position, path, e);
        }
    }

    /// <summary>Fills a span from a position.</summary>
    /// <exception cref="IOException">The file ends too early.</exception>
    public static void Read(SafeFileHandle handle, string path, Span<byte> bytes, long position)
    {
        for (var done = 0; done < bytes.Length;)
        {
            var read = RandomAccess.Read(handle, bytes[done..], position + done);
            if (read == 0)
            {
                throw new IOException(
                    $"'{path}' ends at byte {position + done}, yet {bytes.Length} bytes were expected from byte {position}. " +
                    "The file was cut short: copy it again, or run again what wrote it.");
            }
            done += read;
        }
    }

    /// <summary>Sets a file's length.</summary>
    public static void SetLength(SafeFileHandle handle, string path, long bytes)
    {
        try
        {
            RandomAccess.SetLength(handle, bytes);
        }
        catch (ArgumentOutOfRangeException) // how .NET reports a file-size limit (ulimit -f)
        {
            throw Failure("reserve", bytes, 0, path, new IOException("File too large: a file-size limit is in force"));
        }
        catch (IOException e)
        {
            throw Failure("reserve", bytes, 0, path, e);
        }
    }

    /// <summary>Returns when the file's content is on stable storage.</summary>
    public static void Sync(SafeFileHandle handle, string path)
    {
        try
        {
            RandomAccess.FlushToDisk(handle);
        }
        catch (IOException e)
        {
            throw Failure("make durable", RandomAccess.GetLength(handle), 0, path, e);
        }
    }

    /// <summary>Returns when the directory's entries are on stable storage; without effect where the system has no such call.</summary>
    public static void SyncDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        var descriptor = OpenDescriptor(path, 0);
        if (descriptor < 0)
            return;
        _ = SyncDescriptor(descriptor); // some network file systems refuse it for directories; nothing more can be done there
        _ = CloseDescriptor(descriptor);
    }

    /// <summary>Gives a finished file its name, replacing an older one, durably.</summary>
    public static void Publish(string unfinished, string path)
    {
        File.Move(unfinished, path, overwrite: true);
        SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Writes a whole file so that readers see either the old content or the new, also after a crash.</summary>
    public static void WriteAtomically(string path, ReadOnlySpan<byte> bytes)
    {
        using (var handle = Open(path + Unfinished, FileMode.Create, FileAccess.Write))
        {
            Write(handle, path + Unfinished, bytes, 0);
            Sync(handle, path + Unfinished);
        }
        Publish(path + Unfinished, path);
    }

    private static IOException Failure(string verb, long bytes, long position, string path, IOException cause)
    {
        var full = cause.HResult is NoSpace or WindowsDiskFull || cause.Message.Contains("disk was full", StringComparison.Ordinal);
        return new IOException(full
            ? $"Cannot {verb} {bytes:N0} bytes at byte {position:N0} of '{path}': the disk is full. Free space there, then resume the run."
            : $"Cannot {verb} {bytes:N0} bytes at byte {position:N0} of '{path}': {cause.Message}", cause.HResult);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenDescriptor(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int SyncDescriptor(int descriptor);

    [LibraryImport("libc", EntryPoint = "sync_file_range")]
    private static partial int StartWriteback(SafeFileHandle handle, long position, long count, uint flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseDescriptor(int descriptor);
}
