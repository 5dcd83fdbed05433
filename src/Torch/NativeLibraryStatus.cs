namespace LedCluster.Torch;

/// <summary>What <c>led doctor</c> says about libtorch on this machine.</summary>
/// <param name="Found">Whether tensors can be used at all.</param>
/// <param name="Path">The library behind the API; null when not found.</param>
/// <param name="LibtorchVersion">The libtorch version it was built for; null when not found or not known.</param>
/// <param name="CudaAvailable">Whether libtorch sees a CUDA device.</param>
/// <param name="Note">Which BLAS is at work, with a warning when it is a slow one; or why nothing was found.</param>
public sealed partial record NativeLibraryStatus(bool Found, string? Path, string? LibtorchVersion, bool CudaAvailable, string Note);
