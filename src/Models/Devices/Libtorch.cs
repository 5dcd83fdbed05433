using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using TorchSharp;

namespace LedCluster.Models.Devices;

/// <summary>
/// Finds libtorch and loads it, with TorchSharp's native part, before TorchSharp looks for it. Nothing is loaded until a network
/// is trained or a device is used: forecasts in managed code do without.
/// </summary>
public static class Libtorch
{
    /// <summary>Environment variable with the folder of libtorch's libraries; the option <c>--libtorch</c> sets it.</summary>
    public const string Variable = "LED_LIBTORCH";

    /// <summary>The package that <c>led setup torch</c> restores.</summary>
    public const string Package = "libtorch-cpu-linux-x64";

    /// <summary>Version of the package: that for which TorchSharp was built.</summary>
    public const string PackageVersion = "2.10.0";

    /// <summary>
    /// Threads that one operation uses on the processor. Small networks gain nothing from more, and results have the same bits only with the
    /// same number.
    /// </summary>
    public const int Threads = 1;

    private const string Core = "libtorch_cpu.so", Binding = "libLibTorchSharp.so";

    private static readonly string[] Order = ["libc10.so", Core, "libc10_cuda.so", "libtorch_cuda.so", "libtorch.so"];
    private static readonly Lock Gate = new();
    private static LibtorchStatus? loaded;

    /// <summary>Folder of NuGet packages of this user.</summary>
    public static string PackageFolder => Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } chosen ? chosen
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    /// <summary>Where the package's libraries lie once it is restored.</summary>
    public static string PackageLibraries => Path.Combine(PackageFolder, Package, PackageVersion, "runtimes", "linux-x64", "native");

    /// <summary>
    /// The folder that would be used: that of <see cref="Variable"/>, else beside the program, else that of the package; null when there is none.
    /// </summary>
    public static string? Folder => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } chosen ? Path.GetFullPath(chosen)
        : new[] { AppContext.BaseDirectory, Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native"), PackageLibraries }
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, Core)));

    /// <summary>
    /// Loads libtorch, once per process, and tells which it is. The number of threads belongs to each thread that calls libtorch: whoever
    /// computes calls this on the thread that does.
    /// </summary>
    /// <exception cref="DllNotFoundException">There is none, or it does not load on this system; the message says how to get one that does.</exception>
    public static LibtorchStatus Load()
    {
        lock (Gate)
            loaded ??= LoadFrom(Folder ?? throw new DllNotFoundException(
                "libtorch is not on this machine. Get it with: led setup torch. Or use an installed one, for example the lib folder of a Python "
                + $"installation of PyTorch, with --libtorch DIR or {Variable}."));
        torch.set_num_threads(Threads);
        return loaded;
    }

    private static LibtorchStatus LoadFrom(string folder)
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            throw new DllNotFoundException(
                "libtorch is supported on 64-bit Linux with x86-64 processors, not on "
                + $"{RuntimeInformation.OSDescription} ({RuntimeInformation.ProcessArchitecture}).");
        }
        if (!File.Exists(Path.Combine(folder, Core)))
        {
            throw new DllNotFoundException(
                $"There is no {Core} in '{folder}'. Give --libtorch or {Variable} the folder that has it, of PyTorch "
                + $"{string.Join('.', PackageVersion.Split('.')[..2])} or a later 2.x; "
                + "python3 -c 'import torch,os; print(os.path.dirname(torch.__file__)+\"/lib\")' prints that of Python.");
        }
        try
        {
            foreach (var library in Order.Select(name => Path.Combine(folder, name)).Where(File.Exists))
                NativeLibrary.Load(library);
            LoadBinding(folder);
            torch.InitializeDeviceType(DeviceType.CPU);
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException or TypeInitializationException or NotSupportedException)
        {
            throw new DllNotFoundException($"libtorch in '{folder}' does not load: {(error.InnerException ?? error).Message}", error);
        }
        return new(folder, VersionOf(folder), BuildOf(Path.Combine(folder, Core)), Threads, Devices());
    }

    /// <summary>TorchSharp's native part as it is, or where libstdc++ lacks the version of one symbol, a copy that does not ask for it.</summary>
    private static void LoadBinding(string folder)
    {
        string[] places = [Path.Combine(AppContext.BaseDirectory, "torchsharp"), AppContext.BaseDirectory, folder];
        var binding = places.Select(place => Path.Combine(place, Binding)).FirstOrDefault(File.Exists)
            ?? throw new DllNotFoundException($"{Binding} is missing; it belongs in '{places[0]}'. Build or install led again.");
        try
        {
            NativeLibrary.Load(binding);
        }
        catch (DllNotFoundException error) when (error.Message.Contains(SymbolVersionPatch.Version, StringComparison.Ordinal))
        {
            try
            {
                NativeLibrary.Load(Patched(binding));
            }
            catch (InvalidDataException fault)
            {
                throw new DllNotFoundException(
                    $"{binding} needs {SymbolVersionPatch.Version} of {SymbolVersionPatch.Library}, which this system does not have, and it cannot be "
                    + $"patched to work without it: {fault.Message}. "
                    + "Use a system with GCC 13's libstdc++ or later, for example Debian 13 or Ubuntu 24.04.",
                    error);
            }
        }
    }

    /// <summary>The edited copy, in the user's cache. It is made anew each time and compared, so that a damaged one does not stay.</summary>
    private static string Patched(string binding)
    {
        var original = File.ReadAllBytes(binding);
        var edited = SymbolVersionPatch.Apply(original);
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } chosen ? chosen
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        var folder = Path.Combine(cache, "ledcluster", $"torchsharp-{Convert.ToHexStringLower(SHA256.HashData(original))[..16]}");
        try
        {
            return Write(folder, edited);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Write(Directory.CreateTempSubdirectory("ledcluster-").FullName, edited); // no home, or one that cannot be written to
        }
    }

    private static string Write(string folder, byte[] edited)
    {
        var path = Path.Combine(folder, Binding);
        if (File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(edited))
            return path;
        Directory.CreateDirectory(folder);
        var temporary = Path.Combine(folder, $"{Binding}.{Environment.ProcessId}");
        File.WriteAllBytes(temporary, edited);
        File.Move(temporary, path, overwrite: true);
        return path;
    }

    /// <summary>What the folder says of its version: Python's, that of libtorch's archive, or the package's.</summary>
    private static string VersionOf(string folder)
    {
        var above = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(folder)) ?? folder;
        if (Path.Combine(above, "version.py") is var python && File.Exists(python)
            && File.ReadLines(python).FirstOrDefault(line => line.StartsWith("__version__", StringComparison.Ordinal)) is { } line)
            return line.Split('=')[1].Trim().Trim('\'', '"');
        if (Path.Combine(above, "build-version") is var archive && File.Exists(archive))
            return File.ReadAllText(archive).Trim();
        return Path.GetFullPath(folder) == Path.GetFullPath(PackageLibraries) ? PackageVersion : "version not known";
    }

    private static string? BuildOf(string library)
    {
        using var stream = File.OpenRead(library);
        return new ElfFile(stream).BuildId;
    }

    private static ImmutableArray<string> Devices() => torch.TryInitializeDeviceType(DeviceType.CUDA)
        ? ["cpu", .. Enumerable.Range(0, torch.cuda.device_count()).Select(i => $"cuda:{i}")] : ["cpu"];
}

/// <summary>The libtorch that this process has loaded.</summary>
/// <param name="Folder">Where it lies.</param>
/// <param name="Version">Its version, as its folder tells it.</param>
/// <param name="Build">The linker's hash of its code, which tells builds of one version apart; null when it has none.</param>
/// <param name="Threads">Threads that one operation uses on the processor.</param>
/// <param name="Devices">Devices that it can compute on: <c>cpu</c>, then <c>cuda:0</c> and so on.</param>
public sealed record LibtorchStatus(string Folder, string Version, string? Build, int Threads, ImmutableArray<string> Devices);
