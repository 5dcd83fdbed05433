using TorchSharp;

namespace LedCluster.Torch;

public sealed partial record NativeLibraryStatus
{
    /// <summary>Asks TorchSharp to load its libtorch and reports what happened. Never throws.</summary>
    public static NativeLibraryStatus Probe()
    {
        try
        {
            torch.set_num_threads(1);
            return new(true, typeof(torch).Assembly.Location, torch.__version__, torch.cuda.is_available(), "BLAS: built into the TorchSharp package");
        }
        catch (Exception error)
        {
            return new(false, null, null, false, $"TorchSharp cannot load libtorch: {error.Message}");
        }
    }
}
