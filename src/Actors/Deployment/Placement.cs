using Akka.Actor;

namespace LedCluster.Actors.Deployment;

/// <summary>Where the actors of a run are: all that differs between a single process and a cluster.</summary>
internal sealed record Placement
{
    /// <summary>The way to all trajectories.</summary>
    public required IActorRef Trajectories { get; init; }

    /// <summary>Whom a run is announced to: the workers of all nodes, and other coordinators.</summary>
    public required Func<IEnumerable<ICanTell>> Audience { get; init; }

    /// <summary>Has an actor told of nodes that are lost.</summary>
    public Action<IActorRef> WatchNodes { get; init; } = _ => { };

    /// <summary>Told whom workers send outcomes to, before anything is sent to them.</summary>
    public Action<IActorRef> RouterKnown { get; init; } = _ => { };

    /// <summary>Largest state or outcome that is sent as a message, in bytes; larger ones are handed over beside the actors.</summary>
    public long LargestMessage { get; init; } = long.MaxValue;

    /// <summary>Where that is done, host:port; empty where it never is.</summary>
    public string Transfer { get; init; } = "";
}
