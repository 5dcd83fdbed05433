using System.CommandLine;
using LedCluster.Actors.RabbitMq;

namespace LedCluster.Host.Commands;

/// <summary>Options that say where the broker is and how it and this program trust each other; passwords come from the environment.</summary>
internal sealed class BrokerSettings
{
    private const string PasswordVariable = "LEDCLUSTER_RABBITMQ_PASSWORD", KeyPasswordVariable = "LEDCLUSTER_RABBITMQ_KEY_PASSWORD";

    private readonly Option<string?> address = new("--broker")
    {
        Description = $"amqp://[user@]host[:port][/vhost], or amqps:// for TLS; the password is read from {PasswordVariable}.",
    };

    private readonly Option<string?> authority = new("--broker-ca") { Description = "PEM file of the authorities that may vouch for the broker (amqps://); default: those of the system." };

    private readonly Option<string?> certificate = new("--broker-cert") { Description = "PEM file of the certificate to show to the broker (amqps://)." };

    private readonly Option<string?> key = new("--broker-key")
    {
        Description = $"PEM file of that certificate's private key; default: the certificate's file. Its password is read from {KeyPasswordVariable}.",
    };

    private BrokerSettings()
    {
    }

    /// <summary>Adds the options to a command.</summary>
    public static BrokerSettings AddTo(Command command)
    {
        var settings = new BrokerSettings();
        foreach (var option in (Option[])[settings.address, settings.authority, settings.certificate, settings.key])
            command.Add(option);
        return settings;
    }

    /// <summary>Whether a broker was named.</summary>
    public bool IsGiven(ParseResult arguments) => arguments.GetValue(address) is not null;

    /// <summary>What was given.</summary>
    /// <exception cref="UserError">It is missing or cannot be used.</exception>
    public BrokerOptions Read(ParseResult arguments)
    {
        if (arguments.GetValue(address) is not { } given)
            throw new UserError("--engine rabbitmq needs a broker: give --broker amqp://[user@]host[:port][/vhost].");
        if (!Uri.TryCreate(given, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
            throw new UserError("--broker is not an address; give amqp://[user@]host[:port][/vhost].");
        var options = new BrokerOptions
        {
            Uri = uri,
            Tls = new BrokerTls
            {
                AuthorityFile = arguments.GetValue(authority),
                CertificateFile = arguments.GetValue(certificate),
                KeyFile = arguments.GetValue(key),
                KeyPassword = Secret(KeyPasswordVariable),
            },
        };
        if (Secret(PasswordVariable) is { } password)
            options = options with { Password = password };
        return options.Faults() is { Count: > 0 } faults
            ? throw new UserError(string.Join("\n", faults.Select(f => f.Replace("into the environment", $"into {PasswordVariable}", StringComparison.Ordinal))))
            : options;
    }

    private static string? Secret(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;
}
