using RabbitMQ.Client;

namespace LedCluster.Actors.RabbitMq;

/// <summary>Where the broker is and how to log in.</summary>
public sealed record BrokerOptions
{
    /// <summary>Largest message that is sent or accepted, in bytes: 128 MiB, the broker's own default.</summary>
    public const int LargestMessage = 128 << 20;

    /// <summary>
    /// <c>amqp://user@host:port/vhost</c>, or <c>amqps://</c> for TLS; the port
    /// defaults to 5672 or 5671, the user to <c>guest</c>, the virtual host to <c>/</c>. Holds no password.
    /// </summary>
    public required Uri Uri { get; init; }

    /// <summary>The password; default <c>guest</c>, which a broker accepts from its own machine only.</summary>
    public string Password { get; init; } = ConnectionFactory.DefaultPass;

    /// <summary>How to trust the broker and to be trusted; used when the address starts with <c>amqps://</c>.</summary>
    public BrokerTls Tls { get; init; } = new();

    /// <summary>Seconds between signs of life on a connection, 1 to 60; a peer silent for two of them counts as lost. Default 5.</summary>
    public int HeartbeatSeconds { get; init; } = 5;

    /// <summary>Every reason why these options cannot be used; empty when they can.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        if (Uri.Scheme is not ("amqp" or "amqps"))
            faults.Add($"The broker's address starts with '{Uri.Scheme}:'; give amqp://[user@]host[:port][/vhost], or amqps:// for TLS.");
        if (Uri.UserInfo.Contains(':', StringComparison.Ordinal))
            faults.Add("The broker's address holds a password, which others could see; put it into the environment instead.");
        if (HeartbeatSeconds is < 1 or > 60)
            faults.Add($"The heartbeat is {HeartbeatSeconds} s; give 1 to 60.");
        faults.AddRange(Tls.Faults(Uri.Scheme == "amqps"));
        return faults;
    }

    /// <summary>Host and port, without anything secret.</summary>
    public override string ToString() => $"{Uri.Scheme}://{Uri.Host}:{Port}{Uri.AbsolutePath.TrimEnd('/')}";

    private int Port => Uri.Port > 0 ? Uri.Port : Uri.Scheme == "amqps" ? 5671 : 5672;

    /// <summary>Opens a connection. Recovery is the caller's: it knows what was in flight.</summary>
    internal Task<IConnection> ConnectAsync(string name, CancellationToken cancel) => new ConnectionFactory
    {
        HostName = Uri.Host,
        Port = Port,
        VirtualHost = Uri.AbsolutePath.Length > 1 ? Uri.UnescapeDataString(Uri.AbsolutePath[1..]) : "/",
        UserName = Uri.UserInfo.Length > 0 ? Uri.UnescapeDataString(Uri.UserInfo) : ConnectionFactory.DefaultUser,
        Password = Password,
        Ssl = Uri.Scheme == "amqps" ? Tls.For(Uri.Host) : new SslOption { Enabled = false },
        RequestedHeartbeat = TimeSpan.FromSeconds(HeartbeatSeconds),
        RequestedConnectionTimeout = TimeSpan.FromSeconds(10),
        MaxInboundMessageBodySize = LargestMessage,
        AutomaticRecoveryEnabled = false,
        TopologyRecoveryEnabled = false,
        ClientProvidedName = name,
    }.CreateConnectionAsync(cancel);
}
