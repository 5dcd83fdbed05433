using System.Reflection;
using System.Runtime.InteropServices;

namespace LedCluster.Torch;

/// <summary>
/// Finds libledtorch: the file named by LEDCLUSTER_TORCH_LIBRARY, else next to the assembly, else
/// src/Torch/native/build in a folder above it.
/// </summary>
internal static unsafe class NativeLibraryLocator
{
    internal const string EnvironmentVariable = "LEDCLUSTER_TORCH_LIBRARY";
    internal const string FileName = "libledtorch.so";

    internal const string Remedy =
        "To get it:\n" +
        "  apt-get install libtorch-dev libopenblas0-openmp cmake g++\n" +
        "  src/Torch/native/build.sh";

    private static readonly Lazy<(nint Handle, string Path)> loaded = new(LoadOnce, LazyThreadSafetyMode.PublicationOnly);

    internal static void Register() =>
        NativeLibrary.SetDllImportResolver(typeof(NativeLibraryLocator).Assembly,
            static (name, _, _) => name == Native.Library ? loaded.Value.Handle : 0);

    /// <summary>Loads the shim if needed and returns where it was found; throws <see cref="DllNotFoundException"/>.</summary>
    internal static string Load() => loaded.Value.Path;

    private static (nint, string) LoadOnce()
    {
        var path = Find();
        nint handle;
        try
        {
            handle = NativeLibrary.Load(path);
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            throw new DllNotFoundException($"{path} was found but cannot be loaded: {error.Message.Trim()}\nIs the libtorch it was built with still installed? {Remedy}", error);
        }

        // One thread per worker: parallelism comes from cohorts, and bits do not depend on the machine.
        ((delegate* unmanaged<int, int>)NativeLibrary.GetExport(handle, nameof(Native.led_set_num_threads)))(1);
        return (handle, path);
    }

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable(EnvironmentVariable) is { Length: > 0 } named)
            return File.Exists(named) ? named : throw new DllNotFoundException($"{EnvironmentVariable} names '{named}', which does not exist. {Remedy}");

        var start = Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location) is { Length: > 0 } folder ? folder : AppContext.BaseDirectory;
        if (File.Exists(Path.Combine(start, FileName)))
            return Path.Combine(start, FileName);

        for (var above = new DirectoryInfo(start); above is not null; above = above.Parent)
        {
            var built = Path.Combine(above.FullName, "src", "Torch", "native", "build", FileName);
            if (File.Exists(built))
                return built;
        }

        throw new DllNotFoundException(
            $"{FileName}, the bridge to libtorch, is missing: not named by {EnvironmentVariable}, not in '{start}', and not in src/Torch/native/build above it. {Remedy}");
    }
}
