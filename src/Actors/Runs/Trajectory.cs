using Akka.Actor;
using Akka.Cluster.Sharding;
using LedCluster.Actors.Protocol;

namespace LedCluster.Actors.Runs;

/// <summary>
/// The entity of one trajectory: a cohort of members that travel together; a cohort of size 1 is one initial condition. It
/// holds where the cohort stands, and wants a micro solver or a latent propagator for the next leg. Whatever it forgets when
/// its process dies, the coordinator, which has recorded it, tells the next incarnation.
/// </summary>
internal sealed class Trajectory : UntypedActor
{
    /// <summary>Shards of all trajectories. The same on every process, for ever: it decides in which shard an entity lives.</summary>
    private const int Shards = 30;

    private LegTask? current;

    /// <summary>Finds a message's entity and shard, on a cluster and in a single process alike.</summary>
    public static IMessageExtractor Extractor { get; } = HashCodeMessageExtractor.Create(Shards, message => (message as IToTrajectory)?.Entity);

    /// <summary>Name of a trajectory's entity.</summary>
    public static string Name(RunId run, int epoch, int serial) => $"{run.Value}_{epoch}_{serial}";

    /// <inheritdoc />
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            // The same leg again: whoever sends it believes that the router knows nothing of it.
            case Advance advance when current is null || advance.Task.Leg.Index >= current.Leg.Index:
                current = advance.Task;
                Sender.Tell(current);
                break;

            case TrajectoryEnded:
                Context.Parent.Tell(new Passivate(PoisonPill.Instance));
                break;
        }
    }
}

/// <summary>The parent of all trajectories of a run in a single process; what a shard region is on a cluster.</summary>
internal sealed class LocalTrajectories : UntypedActor
{
    private static readonly Props Entity = Props.Create<Trajectory>().WithDispatcher(Dispatchers.Control);

    /// <inheritdoc />
    protected override void OnReceive(object message)
    {
        if (message is Passivate)
            Context.Stop(Sender);
        else if (Trajectory.Extractor.EntityId(message) is { Length: > 0 } id)
            (Context.Child(id) is var known && !known.IsNobody() ? known : Context.ActorOf(Entity, id)).Forward(message);
    }
}
