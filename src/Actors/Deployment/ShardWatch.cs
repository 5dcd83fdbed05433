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
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    /// <summary>Questions in a row that nobody answers before the actor system is started again.</summary>
    private const int MostQuestions = 5;

    private sealed record Tick;

    private readonly Cluster cluster = Cluster.Get(Context.System);
    private readonly IActorRef region;
    private readonly Action<Address> move;
    private readonly Action<string> log;
    private int unanswered;

    /// <summary>Starts to watch.</summary>
    /// <param name="region">The region of this process.</param>
    /// <param name="move">Has the actor system started again, to join through this address.</param>
    /// <param name="log">Told what an operator should know.</param>
    public ShardWatch(IActorRef region, Action<Address> move, Action<string> log) => (this.region, this.move, this.log) = (region, move, log);

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
                unanswered = 0;
                break;

            case Tick when !IsOldest():
                unanswered = 0;
                break;

            case Tick when unanswered == MostQuestions:
                log(
                    $"shards have not been assigned for {(MostQuestions * Every).TotalSeconds:F0} s, which is the role of this process; "
                    + "it restarts its actor system");
                var others = cluster.State.Members.Where(m => m.Status == MemberStatus.Up && m.UniqueAddress != cluster.SelfUniqueAddress);
                var unreachable = cluster.State.Unreachable;
                move((others.FirstOrDefault(m => !unreachable.Contains(m)) ?? cluster.SelfMember).Address);
                break;

            case Tick:
                unanswered++;
                region.Tell(GetCurrentRegions.Instance);
                break;
        }
    }

    private bool IsOldest() =>
        cluster.State.Members.Where(m => m.Status == MemberStatus.Up && m.HasRole(ClusterMember.CoordinatorRole)).ToArray() is [_, ..] coordinators
        && ClusterSize.Oldest(coordinators).UniqueAddress == cluster.SelfUniqueAddress;
}
