using Akka.Actor;
using LedCluster.Actors.Telemetry;

namespace LedCluster.Actors.Nodes;

/// <summary>A node's part in the administration: tells whoever wants to know how it is, and listens for a request to drain.</summary>
internal sealed class NodeReporter : UntypedActor
{
    /// <summary>Its name, the same on all nodes.</summary>
    public const string Name = "reporter";

    /// <summary>The node, within its process: this is how it is from now on.</summary>
    public sealed record Now(NodeState State);

    private readonly NodeOptions options;
    private readonly bool hosts;
    private readonly NodeWatch watch;
    private readonly Action drain;
    private readonly HashSet<IActorRef> listeners = [];
    private NodeState state = NodeState.Ready;

    /// <summary>Starts to listen.</summary>
    /// <param name="options">The node.</param>
    /// <param name="hosts">Whether it hosts trajectories.</param>
    /// <param name="watch">What it knows of itself.</param>
    /// <param name="drain">Called when somebody asks the node to drain.</param>
    public NodeReporter(NodeOptions options, bool hosts, NodeWatch watch, Action drain) =>
        (this.options, this.hosts, this.watch, this.drain) = (options, hosts, watch, drain);

    /// <inheritdoc />
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            // About once a second from everybody who listens.
            case ReportWanted:
                if (listeners.Add(Sender))
                    Context.Watch(Sender);
                Tell(Sender);
                break;

            case Terminated gone:
                listeners.Remove(gone.ActorRef);
                break;

            // The answer tells that it is heard.
            case DrainWanted wanted when wanted.Node == options.Name:
                if (state == NodeState.Ready)
                    state = NodeState.Draining;
                Tell(Sender);
                drain();
                break;

            // Whoever listens learns it before the node is gone.
            case Now now:
                if (now.State > state)
                    state = now.State;
                foreach (var listener in listeners)
                    Tell(listener);
                break;
        }
    }

    private void Tell(IActorRef listener) => listener.Tell(NodeTold.Of(watch.Report(state) with { HostsTrajectories = hosts }));
}

/// <summary>What a node knows of itself, across all its connections.</summary>
internal sealed class NodeWatch(NodeOptions options) : IDisposable
{
    /// <summary>Its warm-up and micro legs.</summary>
    public RoleWatch Micro { get; } = new("micro");

    /// <summary>Its macro legs.</summary>
    public RoleWatch Latent { get; } = new("latent");

    /// <summary>What it tells of itself.</summary>
    public NodeReport Report(NodeState state) => new(
        options.Name, state, options.Device, Load(Micro, options.MicroWorkers), Load(Latent, options.LatentWorkers));

    /// <inheritdoc />
    public void Dispose()
    {
        Micro.Dispose();
        Latent.Dispose();
    }

    private static RoleLoad Load(RoleWatch watch, int workers) => new(workers, Math.Max(0, watch.InFlight), watch.LegsDone);
}
