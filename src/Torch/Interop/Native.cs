using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace LedCluster.Torch;

/// <summary>The entry points of libledtorch. Handles out: 0 is failure. Status out: anything but 0 is failure.</summary>
internal static unsafe partial class Native
{
    internal const string Library = "ledtorch";

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The resolver must stand before the first call, whoever makes it; it loads nothing by itself.")]
    internal static void RegisterResolver() => NativeLibraryLocator.Register();

    /// <summary>Throws what libtorch had to say when <paramref name="status"/> is not 0.</summary>
    internal static void Check(int status)
    {
        if (status != 0)
            throw LastError();
    }

    internal static ExternalException LastError() => new(Marshal.PtrToStringUTF8(led_last_error()) ?? "libtorch failed without a message");

    [LibraryImport(Library)] internal static partial nint led_last_error();
    [LibraryImport(Library)] internal static partial nint led_torch_version();
    [LibraryImport(Library)] internal static partial int led_cuda_is_available();
    [LibraryImport(Library)] internal static partial int led_set_num_threads(int count);
    [LibraryImport(Library)] internal static partial int led_get_num_threads();
    [LibraryImport(Library)] internal static partial int led_manual_seed(long seed);
}
