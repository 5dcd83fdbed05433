using System.Net;

namespace LedCluster.Actors.Akka;

/// <summary>Where a process of an Akka.NET cluster listens, and whom it joins.</summary>
public sealed record AkkaOptions
{
    /// <summary>Name of the actor system, part of every address.</summary>
    public const string SystemName = "led";

    /// <summary>
    /// Addresses <c>akka.tcp://led@host:port</c> of processes that the cluster is joined through, 1 or more; give at least
    /// two that are there all the time. The first of them founds the cluster when none is there.
    /// </summary>
    public required IReadOnlyList<string> SeedNodes { get; init; }

    /// <summary>Host name or address, as others reach this process.</summary>
    public required string Host { get; init; }

    /// <summary>TCP port, 0 to 65,535; 0 for any free one.</summary>
    public int Port { get; init; }

    /// <summary>Whether this process is the first seed node.</summary>
    internal bool IsFirstSeed => SeedNodes[0] == $"akka.tcp://{SystemName}@{Host}:{Port}";

    /// <summary>
    /// Whether the process ends when the others have excluded it from the cluster; default yes. A coordinator, which has a
    /// run to close, and tests do not want that.
    /// </summary>
    public bool ExitWhenExcluded { get; init; } = true;

    /// <summary>Every reason why these options cannot be used; empty when they can.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        if (SeedNodes.Count == 0)
            faults.Add($"No seed node is given; give akka.tcp://{SystemName}@host:port of at least one process that is there all the time, better two.");
        foreach (var seed in SeedNodes)
            if (!Uri.TryCreate(seed, UriKind.Absolute, out var uri) || uri.Scheme != "akka.tcp" || uri.UserInfo != SystemName || uri.Port is < 1 or > IPEndPoint.MaxPort)
                faults.Add($"The seed node '{seed}' is not an address; give akka.tcp://{SystemName}@host:port.");
        if (Uri.CheckHostName(Host) == UriHostNameType.Unknown)
            faults.Add($"'{Host}' is not the name or address of a host.");
        if (Port is < 0 or > IPEndPoint.MaxPort)
            faults.Add($"The port is {Port}; give 0 to {IPEndPoint.MaxPort}, 0 for any free one.");
        return faults;
    }
}
