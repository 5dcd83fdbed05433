namespace LedCluster.Host.Cluster;

/// <summary>Where a process of an Akka.NET cluster listens, and whom it joins.</summary>
/// <param name="Seeds">Addresses of the seed nodes.</param>
/// <param name="Host">Host name or address, as others reach this process.</param>
/// <param name="Port">TCP port; 0 for any free one.</param>
internal sealed record AkkaPlace(string[] Seeds, string Host, int Port);
