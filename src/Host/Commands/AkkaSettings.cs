using System.CommandLine;
using System.Globalization;
using LedCluster.Host.Cluster;

namespace LedCluster.Host.Commands;

/// <summary>Options that say where a process of an Akka.NET cluster listens, and whom it joins.</summary>
internal sealed class AkkaSettings
{
    private readonly Option<string?> seeds = new("--seed-nodes")
    {
        Description = "With --engine akka: akka.tcp://led@host:port,... of processes that are there all the time, at least two of them. The first one founds the cluster.",
    };

    private readonly Option<string?> listen = new("--cluster-listen")
    {
        Description = "With --engine akka: host:port, as the others reach this process; port 0 takes any free one.",
        DefaultValueFactory = _ => "127.0.0.1:0",
    };

    private AkkaSettings()
    {
    }

    /// <summary>Adds the options to a command.</summary>
    public static AkkaSettings AddTo(Command command)
    {
        var settings = new AkkaSettings();
        command.Add(settings.seeds);
        command.Add(settings.listen);
        return settings;
    }

    /// <summary>Whether a cluster is named.</summary>
    public bool IsGiven(ParseResult arguments) => arguments.GetValue(seeds) is not null;

    /// <summary>What was given.</summary>
    /// <exception cref="UserError">It is missing or cannot be read.</exception>
    public AkkaPlace Read(ParseResult arguments)
    {
        var (addresses, own) = (arguments.GetValue(seeds), arguments.GetValue(listen));
        if (addresses is null)
            throw new UserError("--engine akka needs processes to join the cluster through: give --seed-nodes akka.tcp://led@host:port,... of at least one that is there all the time, better two.");
        var (host, port) = own?.LastIndexOf(':') is int colon and > 0 ? (own[..colon], own[(colon + 1)..]) : (own, null);
        if (host is null || !ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            throw new UserError($"--cluster-listen is '{own}'; give host:port, as the others reach this process; port 0 takes any free one.");
        var place = new AkkaPlace(addresses.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries), host, number);
        AkkaPart.Check(place);
        return place;
    }
}
