using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace LedCluster.Actors.Deployment;

/// <summary>Where a process of a cluster listens, and through whom it joins.</summary>
public sealed record ClusterOptions
{
    /// <summary>Port of a process that starts a cluster, unless another is given.</summary>
    public const int UsualPort = 7110;

    /// <summary>
    /// Contacts, <c>HOST</c> or <c>HOST:PORT</c>: one that runs is enough. A name that stands for many addresses stands for many
    /// contacts. Without any this process starts a cluster.
    /// </summary>
    public IReadOnlyList<string> Join { get; init; } = [];

    /// <summary>Address or name of this machine, as others reach it; default: the address that leads to the first contact, 127.0.0.1 without one.</summary>
    public string? Host { get; init; }

    /// <summary>TCP port, 0 to 65,535; 0 for any free one. Default: <see cref="UsualPort"/> without contacts, otherwise any.</summary>
    public int? Port { get; init; }

    /// <summary>Certificates; null for no encryption, then only loopback is allowed, unless <see cref="Insecure"/>.</summary>
    public ClusterTls? Tls { get; init; }

    /// <summary>Whether others may reach this process without certificates: whoever reaches the port can then command it.</summary>
    public bool Insecure { get; init; }

    /// <summary>Whether Akka.NET's own messages are logged as well.</summary>
    public bool Verbose { get; init; }

    /// <summary>Every reason why these options cannot be used; empty when they can.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        foreach (var contact in Join)
            if (Contact(contact) is null)
                faults.Add($"--join is '{contact}'; give HOST or HOST:PORT of a process of the cluster.");
        if (Host is not null && Uri.CheckHostName(Host) == UriHostNameType.Unknown)
            faults.Add($"--host is '{Host}', which is not the name or address of a machine.");
        if (Port is < 0 or > IPEndPoint.MaxPort)
            faults.Add($"--port is {Port}; give 0 to {IPEndPoint.MaxPort}, 0 for any free one.");
        if (Tls is not null)
            faults.AddRange(Tls.Faults());
        return faults;
    }

    /// <summary>Address on which this process listens.</summary>
    /// <exception cref="IOException">A name is unknown, or others would reach this process without certificates.</exception>
    public IPAddress Address()
    {
        var address = Host is not null ? Resolve(Host).First() : Join.Count == 0 ? IPAddress.Loopback : Towards(Contacts().First());
        return IPAddress.IsLoopback(address) || Tls is not null || Insecure ? address : throw new IOException(
            $"On {address} other machines can reach this process, and without certificates they can control it. "
            + "Give --tls-cert, --tls-key and --tls-ca, or --insecure on an isolated network.");
    }

    /// <summary>Addresses of the contacts, as they are now.</summary>
    /// <exception cref="IOException">No contact's name is known.</exception>
    public IReadOnlyList<IPEndPoint> Contacts()
    {
        List<IPEndPoint> found = [];
        IOException? unknown = null;
        foreach (var (host, port) in Join.Select(contact => Contact(contact)!.Value))
        {
            try
            {
                found.AddRange(Resolve(host).Select(address => new IPEndPoint(address, port)));
            }
            catch (IOException error)
            {
                unknown = error;
            }
        }
        return found.Count == 0 && unknown is not null ? throw unknown : [.. found.Distinct().OrderBy(c => $"{c}", StringComparer.Ordinal)];
    }

    private static (string Host, int Port)? Contact(string text)
    {
        var colon = text.LastIndexOf(':');
        var (host, port) = colon < 0 ? (text, UsualPort)
            : (text[..colon], ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0);
        return port > 0 && Uri.CheckHostName(host) is not (UriHostNameType.Unknown or UriHostNameType.IPv6) ? (host, port) : null;
    }

    private static IPAddress[] Resolve(string host)
    {
        try
        {
            IPAddress[] found = [.. Dns.GetHostAddresses(host, AddressFamily.InterNetwork)];
            return found.Length > 0 ? found : throw new IOException($"The name '{host}' has no IPv4 address.");
        }
        catch (SocketException error)
        {
            throw new IOException($"The name '{host}' is unknown: {error.Message}.", error);
        }
    }

    /// <summary>The own address from which another one is reached; nothing is sent.</summary>
    private static IPAddress Towards(IPEndPoint contact)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(contact);
        return ((IPEndPoint)socket.LocalEndPoint!).Address;
    }
}
