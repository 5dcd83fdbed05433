using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Cluster;
using Akka.Remote;
using LedCluster.Actors.Protocol;

namespace LedCluster.Actors.Deployment;

/// <summary>How large a cluster is, and which it is.</summary>
/// <param name="Coordinators">Members with the role coordinator.</param>
/// <param name="Members">All members.</param>
/// <param name="Name">Address of its oldest member.</param>
internal readonly record struct ClusterSize(int Coordinators, int Members, string Name)
{
    /// <summary>The size of a cluster of some members.</summary>
    public static ClusterSize Of(IReadOnlyCollection<Member> members) => members.Count == 0 ? default
        : new(members.Count(m => m.HasRole(ClusterMember.CoordinatorRole)), members.Count, $"{Oldest(members).Address}");

    /// <summary>The oldest of some members, of which there must be one.</summary>
    public static Member Oldest(IEnumerable<Member> members) => members.Aggregate((a, b) => a.IsOlderThan(b) ? a : b);

    /// <summary>Whether processes of this cluster should go over to another one: to the one with more coordinators, then with more members.</summary>
    public bool GivesWayTo(ClusterSize other) => other.Members > 0 && other.Name != Name
        && (other.Coordinators, other.Members, other.Name).CompareTo((Coordinators, Members, Name)) > 0;
}

/// <summary>Contact to contact, of another cluster: this is mine.</summary>
internal sealed record ClusterSeen(int Coordinators, int Members, string Name) : IControl;

/// <summary>
/// Makes one cluster of two: one that a cut network made two, or one beside which a contact has started another. Asks those
/// contacts, and those former members, that are not in this process's cluster which cluster they are in; the processes of the
/// smaller one start their actor systems again and join the larger one. Tells of members that come and go.
/// </summary>
/// <remarks>
/// Two sides that excluded each other while the network was cut may take no messages from each other ever after: Akka.NET's
/// quarantine. It holds for an actor system, not for its process: when ports of former members can be reached again, the leader
/// of each side asks from another actor system, which lives for this question only.
/// </remarks>
internal sealed class ContactWatch : UntypedActor, IWithTimers
{
    /// <summary>Its name, the same in all processes.</summary>
    public const string Name = "contact";

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2), Remembered = TimeSpan.FromMinutes(10), ConnectPatience = TimeSpan.FromSeconds(1);

    /// <summary>Time for those who are seen again to say so, and the longest pause between two questions from outside.</summary>
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(5), LongestPause = TimeSpan.FromMinutes(1);

    /// <summary>A process that is not in a cluster after so long says so.</summary>
    private static readonly TimeSpan JoiningIsNews = TimeSpan.FromSeconds(10), JoiningIsNewsAgain = TimeSpan.FromMinutes(1);

    private sealed record Tick;

    private sealed record Reached(Address[] Addresses);

    private readonly Cluster cluster = Cluster.Get(Context.System);
    private readonly ClusterOptions options;
    private readonly Action<Address> move;
    private readonly Action? found;
    private readonly Action<string> log;
    private readonly TimeProvider time;
    private readonly Dictionary<Address, long> lost = [];
    private long? reachedSince;
    private TimeSpan pause = AnswerPatience;
    private long outsideSince, askedSince;
    private bool toldOfOutside;

    /// <summary>Starts to watch.</summary>
    /// <param name="options">Who the contacts are.</param>
    /// <param name="move">Has the actor system started again, to join through this address.</param>
    /// <param name="found">For a contact that goes over to another cluster: has it start one again if it is not let in; null for others.</param>
    /// <param name="time">Where the time is read from.</param>
    /// <param name="log">Told what an operator should know.</param>
    public ContactWatch(ClusterOptions options, Action<Address> move, Action? found, TimeProvider time, Action<string> log)
    {
        (this.options, this.move, this.found, this.time, this.log) = (options, move, found, time, log);
        (outsideSince, askedSince) = (time.GetTimestamp(), time.GetTimestamp());
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    private ClusterSize Own => cluster.State is var state
        && state.Members.Any(m => m.UniqueAddress == cluster.SelfUniqueAddress && m.Status is MemberStatus.Up or MemberStatus.WeaklyUp)
        ? ClusterSize.Of(state.Members) : default;

    private bool IsLeaving => cluster.SelfMember.Status is MemberStatus.Leaving or MemberStatus.Exiting or MemberStatus.Down or MemberStatus.Removed;

    /// <inheritdoc />
    protected override void PreStart()
    {
        cluster.Subscribe(Self, ClusterEvent.InitialStateAsEvents, typeof(ClusterEvent.MemberUp), typeof(ClusterEvent.MemberRemoved));
        Context.System.EventStream.Subscribe(Self, typeof(ThisActorSystemQuarantinedEvent));
        Timers.StartPeriodicTimer("tick", new Tick(), Every, Every);
    }

    /// <inheritdoc />
    protected override void PostStop()
    {
        cluster.Unsubscribe(Self);
        Context.System.EventStream.Unsubscribe(Self);
    }

    /// <inheritdoc />
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ClusterEvent.MemberUp up:
                lost.Remove(up.Member.Address);
                if (up.Member.UniqueAddress != cluster.SelfUniqueAddress)
                    log($"{Text(up.Member)} is in the cluster");
                break;

            // One that left in good order is not looked for.
            case ClusterEvent.MemberRemoved gone:
                if (gone.Member.UniqueAddress == cluster.SelfUniqueAddress || IsLeaving)
                    break;
                log($"{Text(gone.Member)} is out of the cluster{(gone.PreviousStatus == MemberStatus.Down ? ": it was silent or has died" : "")}");
                if (gone.PreviousStatus == MemberStatus.Down)
                    lost[gone.Member.Address] = time.GetTimestamp();
                break;

            case Tick:
                Ask();
                FoundAgain();
                TellOfOutside();
                ReachedAsync([.. lost.Keys]).PipeTo(Self);
                break;

            // Whoever could answer has had the time.
            case Reached(var addresses):
                if (addresses.Length == 0 || Own is not { Members: > 0 } asking || cluster.State.Leader != cluster.SelfAddress)
                {
                    (reachedSince, pause) = (null, AnswerPatience);
                }
                else if (time.GetElapsedTime(reachedSince ??= time.GetTimestamp()) > pause)
                {
                    (reachedSince, pause) = (null, TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, LongestPause.Ticks)));
                    AskAnewAsync(addresses, Question(asking)).PipeTo(Self);
                }
                break;

            case ClusterSeen seen when Own is { Members: > 0 } own && ActorPath.TryParseAddress(seen.Name, out var oldest) && IsStranger(oldest):
                var other = new ClusterSize(seen.Coordinators, seen.Members, seen.Name);
                if (own.GivesWayTo(other))
                    move(oldest);
                else if (other.GivesWayTo(own))
                    Sender.Tell(Question(own));
                break;

            // The others went on without this process, and refuse it as it is now.
            case ThisActorSystemQuarantinedEvent refused:
                move(refused.RemoteAddress);
                break;
        }
    }

    private void Ask()
    {
        foreach (var (address, since) in lost.ToArray())
            if (time.GetElapsedTime(since) > Remembered)
                lost.Remove(address);
        if (Own is not { Members: > 0 } own)
            return;
        foreach (var address in Contacts().Concat(lost.Keys).Distinct().Where(IsStranger))
            Context.ActorSelection(new RootActorPath(address) / "user" / Name).Tell(Question(own));
    }

    private static ClusterSeen Question(ClusterSize own) => new(own.Coordinators, own.Members, own.Name);

    /// <summary>The answer of the largest cluster that is larger than this one; the own question where there is none.</summary>
    private async Task<ClusterSeen> AskAnewAsync(Address[] addresses, ClusterSeen own)
    {
        using var system = ClusterMember.Outside(options);
        var answers = await Task.WhenAll(addresses.Select(async address =>
        {
            try
            {
                return await system.ActorSelection(new RootActorPath(address) / "user" / Name).Ask<ClusterSeen>(own, AnswerPatience).ConfigureAwait(false);
            }
            catch (AskTimeoutException) // is the smaller one, is in no cluster, or is somebody else
            {
                return own;
            }
        })).ConfigureAwait(false);
        return answers.MaxBy(a => (a.Coordinators, a.Members, a.Name))!;
    }

    /// <summary>
    /// The process that a contact was to go over to may itself wait for the contact by now, when each took the other's cluster
    /// for the larger one.
    /// </summary>
    private void FoundAgain()
    {
        if (!cluster.State.Members.IsEmpty || found is null || time.GetElapsedTime(askedSince) <= AnswerPatience)
            return;
        askedSince = time.GetTimestamp();
        try
        {
            found();
        }
        catch (IOException) // the name is unknown at this moment
        {
        }
    }

    private void TellOfOutside()
    {
        if (Own.Members > 0)
            (outsideSince, toldOfOutside) = (time.GetTimestamp(), false);
        if (time.GetElapsedTime(outsideSince) <= (toldOfOutside ? JoiningIsNewsAgain : JoiningIsNews))
            return;
        (outsideSince, toldOfOutside) = (time.GetTimestamp(), true);
        log(
            $"cannot join a cluster through {string.Join(", ", Contacts().Select(a => $"{a.Host}:{a.Port}"))}: "
            + "no process of a cluster runs there, its certificate is missing or from another authority, or members that do not answer have to be "
            + "removed first; still trying");
    }

    private static async Task<Reached> ReachedAsync(Address[] addresses)
    {
        var answers = await Task.WhenAll(addresses.Select(async address =>
        {
            using var client = new TcpClient();
            using var patience = new CancellationTokenSource(ConnectPatience);
            try
            {
                await client.ConnectAsync(IPAddress.Parse(address.Host!), address.Port!.Value, patience.Token).ConfigureAwait(false);
                return true;
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException)
            {
                return false;
            }
        })).ConfigureAwait(false);
        return new Reached([.. addresses.Where((_, a) => answers[a])]);
    }

    private bool IsStranger(Address address) => address.Host is not null && address != cluster.SelfAddress
        && !cluster.State.Members.Any(m => m.Address == address);

    private IEnumerable<Address> Contacts()
    {
        try
        {
            return [.. ClusterMember.Contacts(options)];
        }
        catch (IOException) // the name is unknown at this moment
        {
            return [];
        }
    }

    private static string Text(Member member) => $"{member.Address.Host}:{member.Address.Port} ({string.Join(", ", member.Roles.Order())})";
}
