using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using LedCluster.Actors.Akka;
using LedCluster.Actors.RabbitMq;

namespace LedCluster.Actors.Tests;

/// <summary>
/// An Akka.NET cluster within this process, over loopback: three nodes, one of which hosts cohorts, and a coordinator, which
/// hosts cohorts too. The nodes take their workers from the job.
/// </summary>
public sealed class AkkaCluster : IEngine, IAsyncLifetime
{
    /// <summary>Nodes at the beginning.</summary>
    internal int Nodes { get; init; } = 3;

    private readonly ConcurrentDictionary<string, RunWorkers> setups = [];
    private readonly CancellationTokenSource drain = new();
    private readonly List<Task> nodes = [];
    private readonly string seed = $"akka.tcp://{AkkaOptions.SystemName}@127.0.0.1:{FreePort()}";

    /// <summary>Whether the nodes run legs; otherwise the test starts some that do.</summary>
    internal bool Works { get; init; } = true;

    internal ClusterMember Coordinator { get; private set; } = null!;

    internal ConcurrentQueue<string> Log { get; } = [];

    internal RabbitMqOptions Options { get; } = new() { AnnounceEvery = TimeSpan.FromSeconds(0.05), CancelGrace = TimeSpan.FromSeconds(1) };

    public async ValueTask InitializeAsync()
    {
        for (var n = 0; n < Nodes; n++)
            _ = Node($"node-{n}", hostsCohorts: n == 0, drain.Token, n == 0 ? new Uri(seed).Port : 0);
        Coordinator = ClusterMember.Start(Member(0), [ClusterMember.CoordinatorRole], Log.Enqueue);
        Assert.True(await Coordinator.JoinedAsync(TimeSpan.FromSeconds(30), CancellationToken.None), string.Join("\n", Log));
    }

    public async ValueTask DisposeAsync()
    {
        await Coordinator.LeaveAsync();
        await drain.CancelAsync();
        await Task.WhenAll(nodes);
        drain.Dispose();
    }

    public RunOutcome Run(EngineJob job, CancellationToken cancel) => Run(Announce(job), job, Options with { Window = 4 * job.Options.Workers }, cancel);

    internal RunOutcome Run(ClusterRun run, EngineJob job, RabbitMqOptions options, CancellationToken cancel) =>
        AkkaEngine.Carry(Coordinator, job, run, options, Log.Enqueue, cancel);

    /// <summary>A run whose nodes will use the job's workers.</summary>
    internal ClusterRun Announce(EngineJob job)
    {
        var id = Guid.NewGuid().ToString("N");
        setups[id] = new RunWorkers(job.Micro, job.Latent);
        return new ClusterRun(new RunId(id), 1, Encoding.ASCII.GetBytes(id));
    }

    internal Task Node(string name, bool hostsCohorts, CancellationToken stop, int port = 0)
    {
        var either = CancellationTokenSource.CreateLinkedTokenSource(stop, drain.Token); // ends with the cluster, also when a test has failed
        var node = new AkkaNode(
            Member(port), new NodeOptions { Name = name, MicroWorkers = Works ? 1 : 0, LatentWorkers = Works ? 1 : 0 }, hostsCohorts, Workers, Log.Enqueue).RunAsync(either.Token);
        nodes.Add(node);
        return node;
    }

    /// <summary>The workers of a run that was announced here.</summary>
    internal RunWorkers Workers(byte[] setup) => setups[Encoding.ASCII.GetString(setup)];

    internal AkkaOptions Member(int port) => new() { SeedNodes = [seed], Host = "127.0.0.1", Port = port, ExitWhenExcluded = false };

    internal static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
