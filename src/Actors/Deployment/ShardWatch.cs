using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;

namespace LedCluster.Actors.Deployment;

/// <summary>
/// Watches whether this process still decides where shards live, if that is its part as the oldest member with the role
/// coordinator, and has its actor system started again if it does not.
/// </summary>
/// <remarks>
/// A process whose predecessor in this part has died asks the predecessor's address to hand it over. When a contact was
/// killed and started on the same port, the new process is asked in its place, by a process of the cluster that the old one
/// was in; Akka.NET's singleton manager hands over, ends for good, and no trajectory of the new cluster finds a host.
/// </remarks>
internal sealed class ShardWatch : UntypedActor, IWithTimers
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2), Longest = TimeSpan.FromSeconds(10);

    private sealed record Tick;

    private readonly Cluster cluster = Cluster.Get(Context.System);
    private readonly IActorRef region;
    private readonly Action<Address> move;
    private readonly TimeProvider time;
    private readonly Action<string> log;
    private long? heard;

    /// <summary>Starts to watch.</summary>
    /// <param name="region">The region of this process.</param>
    /// <param name="move">Has the actor system started again, to join through this address.</param>
    /// <param name="time">Where the time is read from.</param>
    /// <param name="log">Told what an operator should know.</param>
    public ShardWatch(IActorRef region, Action<Address> move, TimeProvider time, Action<string> log) => (this.region, this.move, this.time, this.log) = (region, move, time, log);

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc />
    protected override void PreStart() => Timers.StartPeriodicTimer("tick", new Tick(), Every, Every);

    /// <inheritdoc />
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            // The region alone answers for itself, with none, while nobody decides.
            case CurrentRegions { Regions.Count: > 0 }:
                heard = time.GetTimestamp();
                break;

            case Tick when !IsOldest():
                heard = null;
                break;

            case Tick when time.GetElapsedTime(heard ??= time.GetTimestamp()) > Longest:
                log("shards are not assigned any more, as a process of an earlier cluster took that part over");
                move((cluster.State.Members.FirstOrDefault(m => m.Status == MemberStatus.Up && m.UniqueAddress != cluster.SelfUniqueAddress) ?? cluster.SelfMember).Address);
                break;

            case Tick:
                region.Tell(GetCurrentRegions.Instance);
                break;
        }
    }

    private bool IsOldest() => cluster.State.Members.Where(m => m.Status == MemberStatus.Up && m.HasRole(ClusterMember.CoordinatorRole)).ToArray() is [_, ..] coordinators
        && coordinators.Aggregate((a, b) => a.IsOlderThan(b) ? a : b).UniqueAddress == cluster.SelfUniqueAddress;
}
