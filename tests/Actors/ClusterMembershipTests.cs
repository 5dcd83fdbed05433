using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Cluster;
using Akka.Remote;
using LedCluster.Actors.Deployment;

namespace LedCluster.Actors.Tests;

/// <summary>Who is in a cluster, and how two become one.</summary>
public sealed class ClusterMembershipTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);

    private readonly ConcurrentQueue<string> log = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void The_cluster_with_fewer_coordinators_then_with_fewer_members_gives_way()
    {
        var (busy, large, small) = (new ClusterSize(1, 1, "a"), new ClusterSize(0, 9, "b"), new ClusterSize(0, 2, "c"));
        Assert.True(large.GivesWayTo(busy) && small.GivesWayTo(busy) && small.GivesWayTo(large));
        Assert.False(busy.GivesWayTo(large) || large.GivesWayTo(small) || busy.GivesWayTo(busy) || small.GivesWayTo(default));
        Assert.True(small.GivesWayTo(small with { Name = "d" }) ^ (small with { Name = "d" }).GivesWayTo(small)); // one of two equals
    }

    [Fact]
    public async Task Two_clusters_that_see_each_other_become_one()
    {
        // The first of two contacts starts a cluster while the other one is away; that one starts another.
        int[] ports = [.. new[] { TestCluster.FreePort(), TestCluster.FreePort() }.OrderBy(p => $"{p}", StringComparer.Ordinal)];
        await using var one = Join([$"127.0.0.1:{ports[0]}", $"127.0.0.1:{ports[1]}"], ports[0]);
        Assert.NotNull(await one.JoinedAsync(Longest, Cancel));
        await using var other = Join([], ports[1]);
        Assert.NotNull(await other.JoinedAsync(Longest, Cancel));
        await Until(() => Members(one) == 2 && Members(other) == 2);
    }

    [Fact]
    public async Task A_process_that_the_others_exclude_comes_back_by_itself()
    {
        var port = TestCluster.FreePort();
        await using var one = Join([], port);
        await using var other = Join([$"127.0.0.1:{port}"], 0);
        Assert.NotNull(await other.JoinedAsync(Longest, Cancel));
        var excluded = other.Current!;
        Cluster.Get(one.Current!.System).Down(excluded.Address);
        await Until(() => other.Current is { } now && now != excluded && Members(one) == 2 && Members(other) == 2);
    }

    [Fact]
    public async Task Two_sides_that_take_no_messages_from_each_other_become_one_by_the_sizes_that_they_have_now()
    {
        // The side with one process counts one on either side, and would win that tie; the other side has grown since.
        int[] ports = [.. new[] { TestCluster.FreePort(), TestCluster.FreePort() }.OrderBy(p => $"{p}", StringComparer.Ordinal)];
        await using var large = Join([], ports[0]);
        await using var small = Join([$"127.0.0.1:{ports[0]}"], ports[1]);
        Assert.NotNull(await small.JoinedAsync(Longest, Cancel));
        await Until(() => Members(large) == 2 && Members(small) == 2);
        Quarantine(large.Current!, small.Current!);
        Quarantine(small.Current!, large.Current!);
        await Until(() => log.Count(line => line.Contains("is out of the cluster", StringComparison.Ordinal)) == 2);
        await using var third = Join([$"127.0.0.1:{ports[0]}"], 0);
        await Until(() => Members(large) == 3 && Members(small) == 3 && Members(third) == 3);
    }

    [Fact]
    public async Task Two_processes_that_go_over_to_each_others_cluster_at_once_end_in_one()
    {
        // Neither is in a cluster any more; the contact founds one again, where it would have waited for the other for ever.
        int[] ports = [TestCluster.FreePort(), TestCluster.FreePort()];
        var contact = GoOver([], ports[0], ports[1]);
        var node = GoOver([$"127.0.0.1:{ports[0]}"], ports[1], ports[0]);
        try
        {
            await Until(() => Members(contact) == 2 && Members(node) == 2);
        }
        finally
        {
            await Task.WhenAll(contact.System.Terminate(), node.System.Terminate());
        }
    }

    [Fact]
    public async Task The_oldest_coordinator_that_gave_its_part_away_to_another_cluster_takes_it_up_again()
    {
        await using var membership = new ClusterMembership(
            new ClusterOptions { Port = TestCluster.FreePort() }, [ClusterMember.CoordinatorRole], log.Enqueue, _ => { });
        Assert.NotNull(await membership.JoinedAsync(Longest, Cancel));
        await Until(() => Regions(membership) == 1);
        var before = membership.Current!;
        // What a process sends to the address of a predecessor that has died; here it comes to the one after that.
        var handOver = typeof(Akka.Cluster.Tools.Singleton.ClusterSingletonManager).Assembly.GetType(
            "Akka.Cluster.Tools.Singleton.HandOverToMe", throwOnError: true)!;
        var message = handOver.GetProperty("Instance")?.GetValue(null) ?? handOver.GetField("Instance")!.GetValue(null);
        before.System.ActorSelection("/system/sharding/trajectoriesCoordinator").Tell(message, before.System.DeadLetters);
        await Until(() => membership.Current is { } now && now != before && Regions(membership) == 1);
    }

    /// <summary>Regions that whoever decides where shards live knows of; 0 while nobody does.</summary>
    private static int Regions(ClusterMembership membership)
    {
        try
        {
            return membership.Current?.Trajectories!.Ask<Akka.Cluster.Sharding.CurrentRegions>(
                Akka.Cluster.Sharding.GetCurrentRegions.Instance, TimeSpan.FromSeconds(1)).GetAwaiter().GetResult().Regions.Count ?? 0;
        }
        catch (Exception error) when (error is AskTimeoutException or TaskCanceledException)
        {
            return 0;
        }
    }

    private ClusterMember GoOver(string[] contacts, int port, int through) => ClusterMember.Start(
        new ClusterOptions { Join = contacts, Port = port }, [ClusterMember.MicroRole],
        new Address("akka.tcp", ClusterMember.SystemName, "127.0.0.1", through), _ => { }, log.Enqueue);

    private static void Quarantine(ClusterMember member, ClusterMember other) =>
        ((IRemoteActorRefProvider)((ExtendedActorSystem)member.System).Provider).Quarantine(other.Address, Cluster.Get(other.System).SelfUniqueAddress.Uid);

    private ClusterMembership Join(string[] contacts, int port) =>
        new(new ClusterOptions { Join = contacts, Port = port }, [ClusterMember.MicroRole], log.Enqueue, _ => { });

    private static int Members(ClusterMembership membership) => membership.Current is { } member ? Members(member) : 0;

    private static int Members(ClusterMember member) => Cluster.Get(member.System).State.Members.Count(m => m.Status == MemberStatus.Up);

    private Task Until(Func<bool> condition) => Wait.Until(condition, Longest, () => string.Join("\n", log.TakeLast(30)));
}
