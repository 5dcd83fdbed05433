using System.CommandLine;
using LedCluster.Actors.Deployment;
using LedCluster.Storage.Files;

namespace LedCluster.Host.Commands;

/// <summary>
/// Options for the address of a process of a cluster, the contacts through which it joins, and the certificates that it accepts. The key's password comes
/// from the environment.
/// </summary>
internal sealed class ClusterSettings
{
    private const string KeyPasswordVariable = "LEDCLUSTER_KEY_PASSWORD";

    private readonly Option<string[]> join = new("--join")
    {
        Description = $"HOST or HOST:PORT of a running process of the cluster; several can be given, and one that runs is enough. "
            + $"The default port is {ClusterOptions.UsualPort}.",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string?> host = new("--host")
    {
        Description = "Address or name of this machine, as the others reach it; default: the address that leads to the first contact, or 127.0.0.1.",
    };

    private readonly Option<int?> port = new("--port")
    {
        Description = $"TCP port; default: {ClusterOptions.UsualPort} without --join, otherwise any free one.",
    };

    private readonly Option<string?> certificate = new("--tls-cert")
    {
        Description = "PEM file of this process's certificate; with it all connections are encrypted, and only peers with a certificate of the same "
            + "authority are accepted.",
    };

    private readonly Option<string?> key = new("--tls-key")
    {
        Description = $"PEM file of the certificate's private key; default: the certificate's file. Its password is read from {KeyPasswordVariable}.",
    };

    private readonly Option<string?> authority = new("--tls-ca") { Description = "PEM file of the authorities whose certificates are accepted." };

    private readonly Option<bool> insecure = new("--insecure")
    {
        Description = "Let other machines reach this process without certificates. Whoever reaches the port can then control it.",
    };

    private readonly Option<bool> verbose = new("--verbose") { Description = "Also print the log of Akka.NET." };

    private ClusterSettings()
    {
    }

    /// <summary>Adds the options to a command.</summary>
    public static ClusterSettings AddTo(Command command)
    {
        var settings = new ClusterSettings();
        Option[] all =
            [settings.join, settings.host, settings.port, settings.certificate, settings.key, settings.authority, settings.insecure, settings.verbose];
        foreach (var option in all)
            command.Add(option);
        return settings;
    }

    /// <summary>Whether a cluster is named.</summary>
    public bool IsGiven(ParseResult arguments) => arguments.GetValue(join) is { Length: > 0 };

    /// <summary>An option of a cluster that is given; null when there is none.</summary>
    public string? Given(ParseResult arguments) => SharedOptions.Given(arguments, host, port, certificate, key, authority, insecure)?.Name;

    /// <summary>Whether Akka.NET's own words are wanted.</summary>
    public bool IsVerbose(ParseResult arguments) => arguments.GetValue(verbose);

    /// <summary>What was given.</summary>
    /// <exception cref="UserError">It cannot be used.</exception>
    public ClusterOptions Read(ParseResult arguments)
    {
        var (own, ca) = (arguments.GetValue(certificate), arguments.GetValue(authority));
        if (own is null != ca is null || own is null && arguments.GetValue(key) is not null)
            throw new UserError("Certificates need --tls-cert, --tls-ca and, unless the key is in the certificate's file, --tls-key. "
                + "Give all of them or none.");
        foreach (var option in (Option<string?>[])[certificate, key, authority])
            if (arguments.GetValue(option) is { } path && InputFile.RegularFault(path) is { } fault)
                throw new UserError($"{option.Name} '{path}' {fault}.");
        var options = new ClusterOptions
        {
            Join = arguments.GetValue(join) ?? [],
            Host = arguments.GetValue(host),
            Port = arguments.GetValue(port),
            Tls = own is null ? null : new ClusterTls
            {
                CertificateFile = own, KeyFile = arguments.GetValue(key) ?? own, AuthorityFile = ca!,
                KeyPassword = Environment.GetEnvironmentVariable(KeyPasswordVariable) is { Length: > 0 } password ? password : null,
            },
            Insecure = arguments.GetValue(insecure),
            Verbose = arguments.GetValue(verbose),
        };
        if (options.Faults() is { Count: > 0 } faults)
            throw new UserError(string.Join("\n", faults));
        try
        {
            options.Address();
        }
        catch (IOException error) // known now, rather than after the model is loaded
        {
            throw new UserError(error.Message);
        }
        return options;
    }
}
