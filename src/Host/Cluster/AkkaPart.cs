using LedCluster.Actors;
using LedCluster.Actors.Nodes;
using LedCluster.Actors.RabbitMq;
#if WITH_AKKA
using LedCluster.Actors.Akka;
#endif

namespace LedCluster.Host.Cluster;

/// <summary>The one place that knows whether this build contains the Akka.NET engine.</summary>
internal static class AkkaPart
{
    /// <summary>The name of the engine for a cluster without a broker.</summary>
    public const string Name = "akka";

    /// <summary>The role of nodes that host cohorts.</summary>
    public const string Coordinator = "coordinator";

#if WITH_AKKA
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

    /// <summary>This build has the engine.</summary>
    public static void CheckPresent()
    {
    }

    private static AkkaOptions Checked(AkkaPlace place)
    {
        var options = new AkkaOptions { SeedNodes = place.Seeds, Host = place.Host, Port = place.Port };
        return options.Faults() is { Count: > 0 } faults ? throw new UserError(string.Join("\n", faults)) : options;
    }
#else
    /// <summary>Refuses: this build has no such engine.</summary>
    public static IEngine Engine(AkkaPlace place, ClusterRun run, RabbitMqOptions options, Action<string> log, INodeRegistry? membership) => throw Missing();

    /// <summary>Refuses: this build has no such engine.</summary>
    public static INodeRegistry Nodes(AkkaPlace place, Action<string> log) => throw Missing();

    /// <summary>Refuses: this build has no such engine.</summary>
    public static Task RunNodeAsync(AkkaPlace place, NodeOptions options, bool hostsCohorts, Action<string> log, CancellationToken drain) => throw Missing();

    /// <summary>Refuses: this build has no such engine.</summary>
    public static void Check(AkkaPlace place) => throw Missing();

    /// <summary>Says which build has the engine.</summary>
    public static void CheckPresent() => throw Missing();

    private static UserError Missing() => new(
        $"This build does not contain the Akka.NET engine. Build it with 'dotnet build -c Release -p:WithAkka=true', which needs the Akka.NET packages, or choose another engine than {Name}.");
#endif
}
