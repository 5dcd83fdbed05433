using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace LedCluster.Storage.Files;

/// <summary>Files that others wrote: what stands at a path, and how it is opened without waiting for what may never come.</summary>
public static partial class InputFile
{
    /// <summary>The name that stands for standard input.</summary>
    public const string StandardInput = "-";

    private const int CurrentDirectory = -100, FollowLinks = 0, TypeWanted = 1, ModeAt = 28; // of statx(2), the same on every architecture
    private const int NoEntry = 2, LinksInCircle = 40, Nowhere = -1;

    /// <summary>Why nothing can be read from a path, as a clause; null when something can.</summary>
    public static string? Fault(string path) => path == StandardInput ? null : Missing(path);

    /// <summary>
    /// Why a path is no regular file, as a clause; null when it is one. It is not opened: opening a named pipe would wait for its
    /// writer, perhaps for ever.
    /// </summary>
    public static string? RegularFault(string path)
    {
        if (Missing(path) is { } missing)
            return missing;
        var kind = Mode(path) switch
        {
            0x1000 => "named pipe",
            0x2000 or 0x6000 => "device",
            0xC000 => "socket",
            _ => null,
        };
        return kind is null ? null : $"is a {kind}; a regular file is expected";
    }

    /// <summary>Whether a path leads to a regular file.</summary>
    public static bool IsRegular(string path) => RegularFault(path) is null;

    /// <summary>
    /// Opens whatever can be read front to back: a file, a named pipe, the pipe of a process substitution, a device, or standard
    /// input as <c>-</c>. Waits for the writer of a named pipe, as every program does; a service must not open a path that a
    /// request names by this method.
    /// </summary>
    /// <exception cref="InvalidDataException">There is nothing to read.</exception>
    public static Stream Open(string path) =>
        Fault(path) is { } fault ? throw new InvalidDataException($"'{path}' {fault}.")
        : path == StandardInput ? Console.OpenStandardInput()
        : File.OpenRead(path);

    /// <summary>Reads a file that must be a regular one.</summary>
    /// <exception cref="InvalidDataException">It is missing, or no regular file.</exception>
    public static byte[] ReadRegular(string path) =>
        RegularFault(path) is { } fault ? throw new InvalidDataException($"'{path}' {fault}.") : File.ReadAllBytes(path);

    private static string? Missing(string path) =>
        Directory.Exists(path) ? "is a directory; a file is expected"
        : !File.Exists(path) ? "does not exist"
        : Mode(path) == Nowhere ? "is a link that leads nowhere"
        : null;

    /// <summary>The type bits of the file that a path leads to, <see cref="Nowhere"/>, or 0 where the system does not tell.</summary>
    private static int Mode(string path)
    {
        if (!OperatingSystem.IsLinux())
            return 0;
        Span<byte> answer = stackalloc byte[256];
        return Status(CurrentDirectory, path, FollowLinks, TypeWanted, answer) == 0 ? BinaryPrimitives.ReadUInt16LittleEndian(answer[ModeAt..]) & 0xF000
            : Marshal.GetLastPInvokeError() is NoEntry or LinksInCircle ? Nowhere : 0;
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Status(int directory, string path, int flags, uint mask, Span<byte> answer);
}
