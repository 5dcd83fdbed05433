using System.Collections.Concurrent;
using System.Text;
using LedCluster.Actors.RabbitMq;
using LedCluster.Tests;
using RabbitMQ.Client;

namespace LedCluster.Actors.Tests;

/// <summary>The RabbitMQ engine with nodes in this process, which take their workers from the job.</summary>
internal sealed class BrokerWithNodes(TestBroker broker) : IEngine
{
    private readonly ConcurrentDictionary<string, RunWorkers> setups = [];

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(240);

    /// <summary>The broker; a process that has no processor for a while is not taken for dead.</summary>
    public BrokerOptions Broker => new() { Uri = broker.Uri, HeartbeatSeconds = HeartbeatSeconds };

    /// <summary>Seconds between signs of life.</summary>
    public int HeartbeatSeconds { get; init; } = 60;

    /// <summary>The broker at the end of a wire that can be cut.</summary>
    public BrokerOptions Via(TcpProxy? wire) => wire is null ? Broker : Broker with { Uri = wire.Uri };

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

    public RabbitMqEngine Engine(ClusterRun run, RabbitMqOptions options, TcpProxy? wire = null, TimeProvider? time = null) => new(Via(wire), run, options, Log.Enqueue, time);

    public Task Node(string name, CancellationToken drain, TcpProxy? wire = null, TimeProvider? time = null, int workers = 1) => new RabbitMqNode(
        Via(wire), new NodeOptions { Name = name, MicroWorkers = workers, LatentWorkers = 1 }, setup => setups[Encoding.ASCII.GetString(setup)], Log.Enqueue, time).RunAsync(drain);

    /// <summary>Waits until something is logged.</summary>
    public Task Seen(string text) => Until(() => Log.Any(line => line.Contains(text)), $"'{text}' is said");

    /// <summary>Waits until something is so.</summary>
    public Task Until(Func<bool> condition, string what) => Wait.Until(condition, Longest, () => $"{what}. What was said:\n{string.Join('\n', Log)}");

    /// <summary>Waits until a number of a run's micro orders wait for a node.</summary>
    public async Task Waiting(ClusterRun run, int orders)
    {
        await using var connection = await new ConnectionFactory { Uri = broker.Uri }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        using var longest = new CancellationTokenSource(Longest);
        while (await channel.MessageCountAsync($"led.{run.Id}.micro", longest.Token) != orders)
            await Task.Delay(1, longest.Token);
    }
}
