using System.Runtime.InteropServices;

namespace LedCluster.Torch;

public sealed partial record NativeLibraryStatus
{
    /// <summary>Tries to load libtorch and reports what happened. Never throws.</summary>
    public static NativeLibraryStatus Probe()
    {
        try
        {
            var path = NativeLibraryLocator.Load();
            return new(true, path, Marshal.PtrToStringUTF8(Native.led_torch_version()), Native.led_cuda_is_available() != 0, DescribeBlas());
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            return new(false, null, null, false, error.Message);
        }
    }

    /// <summary>Reads which BLAS the process has mapped. libtorch does not know: on Debian it is an alternative chosen at load time.</summary>
    private static string DescribeBlas()
    {
        const string maps = "/proc/self/maps";
        if (!File.Exists(maps))
            return "BLAS: not known on this system";

        var files = File.ReadLines(maps)
            .Select(static line => line.IndexOf('/') is var slash and >= 0 ? line[slash..] : "")
            .Where(static path => path.Length > 0)
            .Distinct()
            .ToArray();
        string? Mapped(string part) => files.FirstOrDefault(path => path.Contains(part, StringComparison.OrdinalIgnoreCase));

        if ((Mapped("openblas") ?? Mapped("libmkl") ?? Mapped("libblis")) is { } fast)
            return $"BLAS: {fast}";
        if (Mapped("/libblas.so") is { } reference)
            return $"BLAS: {reference} is the reference implementation, about 15 times slower than OpenBLAS: apt-get install libopenblas0-openmp";
        return "BLAS: built into libtorch";
    }
}
