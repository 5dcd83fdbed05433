using LedCluster.Actors;
using LedCluster.Actors.Nodes;
using LedCluster.Actors.RabbitMq;
using LedCluster.Actors.Akka;

namespace LedCluster.Host.Cluster;

/// <summary>The Akka.NET engine as the commands use it.</summary>
internal static class AkkaPart
{
    /// <summary>The name of the engine for a cluster without a broker.</summary>
    public const string Name = "akka";

    /// <summary>The role of nodes that host cohorts.</summary>
    public const string Coordinator = "coordinator";

    /// <summary>The engine; it uses the membership of the process, if there is one.</summary>
    public static IEngine Engine(AkkaPlace place, ClusterRun run, RabbitMqOptions options, Action<string> log, INodeRegistry? membership) =>
        new AkkaEngine(Checked(place), run, options, log, membership as AkkaNodeRegistry);

    /// <summary>Makes this process a member, for as long as the registry lives.</summary>
    public static INodeRegistry Nodes(AkkaPlace place, Action<string> log) => new AkkaNodeRegistry(Checked(place), TimeProvider.System, log);

    /// <summary>Works as a node until drained.</summary>
    public static Task RunNodeAsync(AkkaPlace place, NodeOptions options, bool hostsCohorts, Action<string> log, CancellationToken drain) =>
        new AkkaNode(Checked(place), options, hostsCohorts, SetupArchive.Workers, log).RunAsync(drain);

    /// <summary>Refuses a place that cannot be used.</summary>
    public static void Check(AkkaPlace place) => Checked(place);

    private static AkkaOptions Checked(AkkaPlace place)
    {
        var options = new AkkaOptions { SeedNodes = place.Seeds, Host = place.Host, Port = place.Port };
        return options.Faults() is { Count: > 0 } faults ? throw new UserError(string.Join("\n", faults)) : options;
    }
}
