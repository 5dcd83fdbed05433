using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using LedCluster.Actors.Deployment;
using LedCluster.Actors.Nodes;
using LedCluster.Actors.Workers;

namespace LedCluster.Actors.Tests;

/// <summary>
/// A cluster within this process, over loopback: three nodes, one of which hosts trajectories, and a coordinator, which hosts
/// some too. The nodes take their workers from the job.
/// </summary>
public sealed class TestCluster : IEngine, IAsyncLifetime
{
    private readonly ConcurrentDictionary<string, RunWorkers> setups = [];
    private readonly CancellationTokenSource drain = new();
    private readonly List<Task> nodes = [];

    /// <summary>Nodes at the beginning.</summary>
    internal int Nodes { get; init; } = 3;

    internal ClusterTls? Tls { get; init; }

    /// <summary>The contact that everybody else joins through: the first node.</summary>
    internal int Contact { get; } = FreePort();

    internal NodeRegistry Coordinator { get; private set; } = null!;

    internal ConcurrentQueue<string> Log { get; } = [];

    internal WorkRules Rules { get; } = new() { AnnounceEvery = TimeSpan.FromSeconds(0.05), CancelGrace = TimeSpan.FromSeconds(1) };

    public async ValueTask InitializeAsync()
    {
        for (var n = 0; n < Nodes; n++)
            _ = Node($"node-{n}", n == 0, drain.Token, n == 0 ? Options with { Join = [], Port = Contact } : Options);
        Coordinator = new NodeRegistry(Options, TimeProvider.System, Log.Enqueue);
        Assert.True(await Coordinator.Membership.JoinedAsync(TimeSpan.FromMinutes(2), CancellationToken.None) is not null, string.Join("\n", Log.Take(30)));
    }

    public async ValueTask DisposeAsync()
    {
        await Coordinator.DisposeAsync();
        await drain.CancelAsync();
        await Task.WhenAll(nodes);
        drain.Dispose();
    }

    public RunOutcome Run(EngineJob job, CancellationToken cancel) => Run(Announce(job), job, Rules with { Window = 4 * job.Options.Workers }, cancel);

    internal RunOutcome Run(RunIdentity run, EngineJob job, WorkRules rules, CancellationToken cancel) =>
        new ClusterEngine(Options, run, rules, Log.Enqueue, Coordinator.Membership).Run(job, cancel);

    /// <summary>A run whose nodes will use the job's workers.</summary>
    internal RunIdentity Announce(EngineJob job)
    {
        var id = Guid.NewGuid().ToString("N");
        setups[id] = new RunWorkers(job.Micro, job.Latent);
        return new RunIdentity(new RunId(id), 1, Encoding.ASCII.GetBytes(id));
    }

    internal Task Node(string name, bool hosts, CancellationToken stop, ClusterOptions? options = null, Func<byte[], RunWorkers>? build = null)
    {
        var either = CancellationTokenSource.CreateLinkedTokenSource(stop, drain.Token); // ends with the cluster, also when a test has failed
        var node = new ClusterNode(
            options ?? Options, new NodeOptions { Name = name, MicroWorkers = 1, LatentWorkers = 1 }, hosts, build ?? Workers, Log.Enqueue)
            .RunAsync(either.Token);
        nodes.Add(node);
        return node;
    }

    /// <summary>A node that has left by itself.</summary>
    internal Task Left(Task node)
    {
        nodes.Remove(node);
        return node.WaitAsync(TimeSpan.FromMinutes(1));
    }

    /// <summary>The workers of a run that was announced here.</summary>
    internal RunWorkers Workers(byte[] setup) => setups[Encoding.ASCII.GetString(setup)];

    internal ClusterOptions Options => new() { Join = [$"127.0.0.1:{Contact}"], Tls = Tls };

    internal static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
