namespace LedCluster.Actors.Protocol;

/// <summary>A message with arrays; in our own binary form on the wire, see <see cref="WireSerializer"/>.</summary>
internal interface ICarriesArrays;

/// <summary>A small message; carried by Hyperion, which reads no other types.</summary>
internal interface IControl;

/// <summary>A message to a trajectory's entity.</summary>
internal interface IToTrajectory
{
    /// <summary>Whom it is for, see <see cref="Runs.Trajectory.Name"/>.</summary>
    string Entity { get; }
}

/// <summary>
/// Coordinator to trajectory: the cohort stands here. The sender is the router that finds workers; the trajectory answers
/// with the <see cref="LegTask"/> that it wants done, and workers answer that with a <see cref="LegOutcome"/> among <see cref="LegOutcomes"/>.
/// </summary>
internal sealed record Advance(string Entity, LegTask Task) : IToTrajectory, ICarriesArrays;

/// <summary>Coordinator or router to trajectory: nothing is left to do.</summary>
internal sealed record TrajectoryEnded(string Entity) : IToTrajectory, IControl;

/// <summary>A leg that a node is to run, and the number that the router knows it by.</summary>
internal sealed record Order(int Number, LegTask Task);

/// <summary>Router to workers: run these legs; the outcomes go to the sender. What is ordered at the same time travels together.</summary>
internal sealed record RunLegs(IReadOnlyList<Order> Orders) : ICarriesArrays;

/// <summary>Worker to router: what became of legs. Outcomes of short legs travel together.</summary>
internal sealed record LegOutcomes(IReadOnlyList<LegOutcome> Outcomes) : ICarriesArrays;

/// <summary>Router to the workers of all nodes and to other coordinators: the run is on. About once a second.</summary>
/// <param name="Run">The run.</param>
/// <param name="Epoch">Its epoch.</param>
/// <param name="SetupHash">Hash of its setup.</param>
/// <param name="Transfer">Where large states and outcomes are handed over, host:port; empty within a process.</param>
internal sealed record RunAnnounced(string Run, int Epoch, string SetupHash, string Transfer) : IControl;

/// <summary>Workers to router: this node cannot work for the run, and why.</summary>
internal sealed record RunRefused(string Node, string Reason) : IControl;

/// <summary>Router to workers: nothing more will come of this epoch.</summary>
internal sealed record RunEnded(string Run, int Epoch) : IControl;

/// <summary>Workers to router, in answer to each announcement and when it changes: what they hold and can hold.</summary>
/// <param name="Node">Name of the node, for messages.</param>
/// <param name="Latent">The role.</param>
/// <param name="Capacity">Orders that they can hold; 0 while the node drains.</param>
/// <param name="Held">Numbers of the orders that they hold.</param>
/// <param name="AtWork">Those of them that are being run.</param>
internal sealed record WorkersReady(string Node, bool Latent, int Capacity, int[] Held, int[] AtWork) : IControl
{
    /// <summary>Members that their device computes at a time; 0 without a device.</summary>
    public int Batch { get; init; }
}

/// <summary>Workers to router: these orders will not be run here.</summary>
internal sealed record OrdersReturned(int[] Numbers) : IControl;

/// <summary>Router to workers: return the run's orders that no worker has begun.</summary>
internal sealed record OrdersWithdrawn(string Run) : IControl;
