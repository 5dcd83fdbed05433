using Akka.Actor;

namespace LedCluster.Actors.Akka;

/// <summary>Small messages between the actors of a cluster; carried by Hyperion. What carries arrays is a <see cref="Parcel"/>.</summary>
internal interface IControl;

/// <summary>A message to a sharded entity.</summary>
internal interface IToCohort
{
    /// <summary>Whom it is for: <see cref="CohortRegion.EntityId"/>; empty when it does not go through the region.</summary>
    string Entity { get; }
}

/// <summary>Dispatcher to all nodes of a role and to other coordinators: the run is on. About once a second.</summary>
internal sealed record RunAnnounced(string Run, int Epoch, string SetupHash) : IControl;

/// <summary>Dispatcher to all nodes of a role: nothing more will come of this epoch.</summary>
internal sealed record RunEnded(string Run, int Epoch) : IControl;

/// <summary>Node to dispatcher: the setup with this hash is needed.</summary>
internal sealed record SetupWanted(string Hash) : IControl;

/// <summary>Lane to dispatcher, in answer to each announcement: how many orders it can hold, and those that it holds.</summary>
internal sealed record WorkerReady(string Name, bool Latent, int Capacity, int[] Held) : IControl;

/// <summary>Cohort to dispatcher: the replies to these orders are in. Lane to dispatcher: it will not run these orders.</summary>
internal sealed record OrdersClosed(int[] Numbers) : IControl;

/// <summary>Cohort to dispatcher: a worker is needed for a leg.</summary>
/// <param name="Leg">Index of the leg.</param>
/// <param name="Attempt">How often the leg was tried before and found late.</param>
/// <param name="Avoid">The worker of the last attempt, if there was one.</param>
internal sealed record WorkerWanted(int Leg, int Attempt, IActorRef? Avoid) : IControl;

/// <summary>Dispatcher to cohort: send the order with this number to this worker, and count it late after so many seconds.</summary>
internal sealed record WorkerGranted(int Number, IActorRef Worker, double Patience, bool LastAttempt) : IControl;

/// <summary>Dispatcher to cohort: the order will not be answered.</summary>
internal sealed record OrderLost(int Number) : IControl;

/// <summary>Dispatcher to cohort: too many workers were lost with the leg; it is not tried again.</summary>
internal sealed record LegCondemned(string Reason) : IControl;

/// <summary>Dispatcher to cohort: no leg starts any more.</summary>
internal sealed record NoMoreWork : IControl;

/// <summary>Cohort to coordinator: no leg is at work, as none may start any more.</summary>
internal sealed record LegWithdrawn(string Entity, int Serial) : IControl;

/// <summary>Coordinator to cohort: the leg is recorded; go on with this one.</summary>
internal sealed record LegRecorded(int Serial, int NextLeg) : IControl;

/// <summary>Coordinator to cohort: nothing is left to do under assignments up to this one.</summary>
internal sealed record CohortDone(int Epoch, int Serial) : IControl;

/// <summary>Coordinator to a cohort that has been silent: is it still there, with this assignment?</summary>
internal sealed record StillThere(string Entity, int Epoch, int Serial) : IControl, IToCohort;

/// <summary>Cohort to coordinators: it is there and knows nothing of an assignment.</summary>
internal sealed record AssignmentWanted(string Entity) : IControl;

/// <summary>Listener to all processes: how are you? About once a second; only nodes answer.</summary>
internal sealed record ReportWanted : IControl;

/// <summary>Node to listener: its report in its binary form, and whether it has the role coordinator.</summary>
internal sealed record NodeTold(byte[] Report, bool HostsCohorts) : IControl;

/// <summary>Listener to node: finish the legs in hand and end. Answered with <see cref="NodeTold"/>.</summary>
internal sealed record DrainWanted(string Node) : IControl;

/// <summary>Receiver to sender of a parcel: the next one may come.</summary>
internal sealed record ParcelReceived(long Shipment, int Index) : IControl;
