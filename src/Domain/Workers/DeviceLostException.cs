namespace LedCluster.Domain.Workers;

/// <summary>
/// A device that computes latents has failed: no cohort is to blame, and nothing more can be computed on it by this process.
/// </summary>
/// <param name="message">Which device, and what its driver said.</param>
/// <param name="inner">Where that came from.</param>
public sealed class DeviceLostException(string message, Exception? inner = null) : IOException(message, inner);
