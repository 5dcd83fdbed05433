using LedCluster.Actors;
using LedCluster.Actors.Embedded;
using LedCluster.Actors.Nodes;
using LedCluster.Actors.RabbitMq;
using LedCluster.Domain.Runs;
using LedCluster.Storage.Runs;

namespace LedCluster.Host.Cluster;

/// <summary>What carries the cohorts of a run.</summary>
internal sealed record EngineChoice
{
    /// <summary>The name of the engine for one machine.</summary>
    public const string EmbeddedName = "embedded";

    /// <summary>The name of the engine for many machines.</summary>
    public const string RabbitMqName = "rabbitmq";

    private readonly BrokerOptions? broker;
    private readonly AkkaPlace? place;
    private readonly RabbitMqOptions cluster = new();
    private readonly Action<string> log = _ => { };
    private INodeRegistry? nodes;

    private EngineChoice()
    {
    }

    private EngineChoice(BrokerOptions? broker, AkkaPlace? place, RabbitMqOptions cluster, Action<string> log) =>
        (this.broker, this.place, this.cluster, this.log) = (broker, place, cluster, log);

    /// <summary>Actors in this process.</summary>
    public static EngineChoice Embedded { get; } = new();

    /// <summary>Nodes that listen to a broker.</summary>
    public static EngineChoice RabbitMq(BrokerOptions broker, RabbitMqOptions cluster, Action<string> log) => new(broker, null, cluster, log);

    /// <summary>Nodes that form a cluster of their own.</summary>
    public static EngineChoice Akka(AkkaPlace place, RabbitMqOptions cluster, Action<string> log) => new(null, place, cluster, log);

    /// <summary>The choice in a few words, for the journal.</summary>
    public string Describe(ExecutionOptions options) =>
        broker is not null ? $"RabbitMQ engine at {broker}, {cluster.Window} cohorts in flight"
        : place is not null ? $"Akka.NET engine at {place.Host}, {cluster.Window} cohorts in flight"
        : $"embedded engine, {options.Workers} workers";

    /// <summary>Whether legs run in this process.</summary>
    public bool IsEmbedded => broker is null && place is null;

    /// <summary>
    /// The nodes of the cluster, as they report from now on; null where none do. In an Akka.NET cluster that takes a membership,
    /// which engines made from now on share.
    /// </summary>
    public INodeRegistry? Nodes() => nodes = broker is not null ? new NodeRegistry(broker, TimeProvider.System, log) : place is not null ? AkkaPart.Nodes(place, log) : null;

    /// <summary>The engine. On a cluster the run's epoch is counted up, hence its lock must be held.</summary>
    public IEngine Create(RunDirectory directory)
    {
        if (IsEmbedded)
            return new EmbeddedEngine();
        var epoch = RunEpoch.Advance(directory);
        var run = new ClusterRun(new RunId(epoch.Id), epoch.Epoch, SetupArchive.Pack(directory.Path));
        return broker is not null ? new RabbitMqEngine(broker, run, cluster, log) : AkkaPart.Engine(place!, run, cluster, log, nodes);
    }
}
