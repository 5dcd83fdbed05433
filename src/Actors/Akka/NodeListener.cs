using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Cluster;
using LedCluster.Actors.Nodes;

namespace LedCluster.Actors.Akka;

/// <summary>Asks every process of the cluster once in a while how it is, and keeps what nodes answer.</summary>
internal sealed class NodeListener : UntypedActor, IWithTimers
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private sealed record Tick;

    private readonly NodeList nodes;
    private readonly ConcurrentDictionary<string, IActorRef> reporters;

    /// <summary>Starts to ask.</summary>
    /// <param name="nodes">Where reports are kept.</param>
    /// <param name="reporters">Filled with the reporter of each node, by the node's name.</param>
    public NodeListener(NodeList nodes, ConcurrentDictionary<string, IActorRef> reporters) => (this.nodes, this.reporters) = (nodes, reporters);

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc />
    protected override void PreStart() => Timers.StartPeriodicTimer("tick", new Tick(), TimeSpan.Zero, Every);

    /// <inheritdoc />
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            // Processes that are no nodes have nobody who hears it.
            case Tick:
                foreach (var member in Cluster.Get(Context.System).State.Members)
                    Context.ActorSelection(new RootActorPath(member.Address) / "user" / NodeReporter.Name).Tell(new ReportWanted());
                break;

            case NodeTold told:
                Hear(told);
                break;
        }
    }

    private void Hear(NodeTold told)
    {
        try
        {
            var report = NodeReport.Decode(told.Report) with { HostsCohorts = told.HostsCohorts };
            reporters[report.Node] = Sender;
            nodes.Hear(report);
        }
        catch (FormatException) // foreign bytes concern nobody here
        {
        }
    }
}
