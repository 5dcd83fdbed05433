using System.Collections.Concurrent;
using System.Text;
using LedCluster.Actors.RabbitMq;
using LedCluster.Tests;

namespace LedCluster.Actors.Tests;

/// <summary>The RabbitMQ engine with nodes in this process, which take their workers from the job.</summary>
internal sealed class BrokerWithNodes(TestBroker broker) : IEngine
{
    private readonly ConcurrentDictionary<string, RunWorkers> setups = [];

    public BrokerOptions Broker => new() { Uri = broker.Uri };

    public ConcurrentQueue<string> Log { get; } = [];

    public RabbitMqOptions Options { get; init; } = new() { AnnounceEvery = TimeSpan.FromSeconds(0.05), CancelGrace = TimeSpan.FromSeconds(0.5) };

    public RunOutcome Run(EngineJob job, CancellationToken cancel)
    {
        var run = Announce(job);
        using var drain = new CancellationTokenSource();
        var nodes = Enumerable.Range(0, job.Options.Workers).Select(n => Node($"node-{n}", drain.Token)).ToArray();
        try
        {
            return Engine(run, Options with { Window = 4 * job.Options.Workers }).Run(job, cancel);
        }
        finally
        {
            drain.Cancel();
            Task.WaitAll(nodes);
        }
    }

    /// <summary>A run whose nodes will use the job's workers.</summary>
    public ClusterRun Announce(EngineJob job)
    {
        var id = Guid.NewGuid().ToString("N");
        setups[id] = new RunWorkers(job.Micro, job.Latent);
        return new ClusterRun(new RunId(id), 1, Encoding.ASCII.GetBytes(id));
    }

    public RabbitMqEngine Engine(ClusterRun run, RabbitMqOptions options) => new(Broker, run, options, Log.Enqueue);

    public Task Node(string name, CancellationToken drain) => new RabbitMqNode(
        Broker, new NodeOptions { Name = name, MicroWorkers = 1, LatentWorkers = 1 }, setup => setups[Encoding.ASCII.GetString(setup)], Log.Enqueue).RunAsync(drain);
}
