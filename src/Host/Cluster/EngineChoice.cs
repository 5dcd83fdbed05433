using LedCluster.Actors;
using LedCluster.Actors.Embedded;
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
    private readonly RabbitMqOptions cluster = new();
    private readonly Action<string> log = _ => { };

    private EngineChoice()
    {
    }

    private EngineChoice(BrokerOptions broker, RabbitMqOptions cluster, Action<string> log) => (this.broker, this.cluster, this.log) = (broker, cluster, log);

    /// <summary>Actors in this process.</summary>
    public static EngineChoice Embedded { get; } = new();

    /// <summary>Nodes that listen to a broker.</summary>
    public static EngineChoice RabbitMq(BrokerOptions broker, RabbitMqOptions cluster, Action<string> log) => new(broker, cluster, log);

    /// <summary>The choice in a few words, for the journal.</summary>
    public string Describe(ExecutionOptions options) => broker is null
        ? $"embedded engine, {options.Workers} workers"
        : $"RabbitMQ engine at {broker}, {cluster.Window} cohorts in flight";

    /// <summary>The engine. On a cluster the run's epoch is counted up, hence its lock must be held.</summary>
    public IEngine Create(RunDirectory directory)
    {
        if (broker is null)
            return new EmbeddedEngine();
        var epoch = RunEpoch.Advance(directory);
        return new RabbitMqEngine(broker, new ClusterRun(new RunId(epoch.Id), epoch.Epoch, SetupArchive.Pack(directory.Path)), cluster, log);
    }
}
