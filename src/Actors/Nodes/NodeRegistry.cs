using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;
using LedCluster.Actors.Deployment;

namespace LedCluster.Actors.Nodes;

/// <summary>Hears the reports of all nodes of a cluster, and can ask one to drain; a membership that runs may share.</summary>
public sealed class NodeRegistry : IAsyncDisposable
{
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(10);

    private readonly NodeList nodes;
    private readonly ConcurrentDictionary<string, IActorRef> reporters = [];

    /// <summary>Joins a cluster and listens.</summary>
    /// <param name="options">Where this process listens, and through whom it joins.</param>
    /// <param name="time">Stamps what is heard.</param>
    /// <param name="log">Receives messages for the operator.</param>
    /// <exception cref="IOException">The address cannot be listened on, or a name is unknown.</exception>
    public NodeRegistry(ClusterOptions options, TimeProvider time, Action<string> log)
    {
        nodes = new NodeList(time);
        Membership = new ClusterMembership(
            options, [ClusterMember.CoordinatorRole], log, member => member.System.ActorOf(Props.Create(() => new Listener(nodes, reporters)), "nodes"));
    }

    /// <summary>The process's place in the cluster.</summary>
    public ClusterMembership Membership { get; }

    /// <summary>Nodes heard of lately, by name.</summary>
    public ImmutableArray<SeenNode> Nodes => nodes.Seen;

    /// <summary>Asks a node to drain; returns when the node has heard it.</summary>
    /// <exception cref="IOException">The node cannot be asked at this moment.</exception>
    public async Task DrainAsync(string node)
    {
        if (!reporters.TryGetValue(node, out var reporter))
            throw new IOException($"The node '{node}' has not been heard of.");
        try
        {
            await reporter.Ask<NodeTold>(new DrainWanted(node), LongestAnswer);
        }
        catch (Exception error) when (error is AskTimeoutException or TaskCanceledException)
        {
            throw new IOException($"The node '{node}' did not answer within {LongestAnswer.TotalSeconds} s; try again.", error);
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => Membership.DisposeAsync();

    /// <summary>Asks every process of the cluster once in a while how it is, and keeps what nodes answer.</summary>
    private sealed class Listener : UntypedActor, IWithTimers
    {
        private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

        private sealed record Tick;

        private readonly NodeList nodes;
        private readonly ConcurrentDictionary<string, IActorRef> reporters;

        public Listener(NodeList nodes, ConcurrentDictionary<string, IActorRef> reporters) => (this.nodes, this.reporters) = (nodes, reporters);

        public ITimerScheduler Timers { get; set; } = null!;

        protected override void PreStart() => Timers.StartPeriodicTimer("tick", new Tick(), TimeSpan.Zero, Every);

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                // In processes that are not nodes nobody hears it.
                case Tick:
                    foreach (var member in Cluster.Get(Context.System).State.Members)
                        Context.ActorSelection(new RootActorPath(member.Address) / "user" / NodeReporter.Name).Tell(new ReportWanted());
                    break;

                case NodeTold told when told.Report() is { } report:
                    reporters[report.Node] = Sender;
                    nodes.Hear(report);
                    break;
            }
        }
    }
}

/// <summary>The last reports of nodes. May be used by many threads.</summary>
/// <param name="time">Stamps what is heard.</param>
public sealed class NodeList(TimeProvider time)
{
    /// <summary>Silence after which a node counts as lost.</summary>
    public static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(5);

    /// <summary>Time after which a node that is drained or lost is no longer listed.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, (NodeReport Report, DateTimeOffset Heard)> nodes = [];

    /// <summary>Nodes heard of lately, by name.</summary>
    public ImmutableArray<SeenNode> Seen
    {
        get
        {
            var now = time.GetUtcNow();
            foreach (var (name, node) in nodes)
                if (now - node.Heard > Remembered)
                    nodes.TryRemove(KeyValuePair.Create(name, node));
            return [.. nodes.Values.OrderBy(n => n.Report.Node, StringComparer.Ordinal)
                .Select(n => new SeenNode(n.Report, n.Heard, n.Report.State != NodeState.Drained && now - n.Heard > LongestSilence))];
        }
    }

    /// <summary>A node has told how it is.</summary>
    public void Hear(NodeReport report) => nodes[report.Node] = (report, time.GetUtcNow());
}
