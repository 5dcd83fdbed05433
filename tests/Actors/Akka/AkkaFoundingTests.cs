using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Akka.Cluster;
using LedCluster.Actors.Akka;

namespace LedCluster.Actors.Tests;

/// <summary>Who founds a cluster, and who must not.</summary>
public sealed class AkkaFoundingTests : IAsyncDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    private readonly ConcurrentQueue<string> log = [];
    private readonly List<ClusterMember> members = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync() => await Task.WhenAll(members.Select(member => member.System.Terminate()));

    [Fact]
    public async Task The_first_seed_founds_a_cluster_where_no_other_seed_runs()
    {
        var (first, second) = (AkkaCluster.FreePort(), AkkaCluster.FreePort());
        Assert.True(await Start(first, first, second).JoinedAsync(Longest, Cancel));
    }

    [Fact]
    public async Task Started_together_the_seeds_form_one_cluster()
    {
        var (first, second) = (AkkaCluster.FreePort(), AkkaCluster.FreePort());
        foreach (var member in (ClusterMember[])[Start(second, first, second), Start(first, first, second)])
            Assert.True(await member.JoinedAsync(Longest, Cancel));
        await Until(() => members.All(member => Size(member) == 2));
    }

    [Fact]
    public async Task Started_again_the_first_seed_joins_the_cluster_that_goes_on_without_it()
    {
        var (first, second) = (AkkaCluster.FreePort(), AkkaCluster.FreePort());
        var (one, two) = (Start(first, first, second), Start(second, first, second));
        Assert.True(await one.JoinedAsync(Longest, Cancel) && await two.JoinedAsync(Longest, Cancel));
        await one.LeaveAsync();
        members.Remove(one);
        var again = Start(first, first, second);
        Assert.True(await again.JoinedAsync(Longest, Cancel));
        await Until(() => Size(again) == 2 && Size(two) == 2);
    }

    /// <summary>The other's port takes no more connections, which looks from here as a cut network does.</summary>
    [Fact]
    public async Task A_first_seed_that_cannot_tell_whether_another_runs_founds_none()
    {
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        var other = ((IPEndPoint)full.LocalEndPoint!).Port;
        using var only = new TcpClient();
        await only.ConnectAsync(IPAddress.Loopback, other, Cancel);
        var port = AkkaCluster.FreePort();
        var member = Start(port, port, other);
        await Until(() => log.Any(line => line.Contains($"{other}, which neither accepts nor refuses")));
        Assert.False(await member.JoinedAsync(TimeSpan.FromSeconds(4), Cancel));
        Assert.Equal(0, Size(member));
    }

    private ClusterMember Start(int port, params int[] seeds)
    {
        var options = new AkkaOptions { SeedNodes = [.. seeds.Select(seed => $"akka.tcp://{AkkaOptions.SystemName}@127.0.0.1:{seed}")], Host = "127.0.0.1", Port = port, ExitWhenExcluded = false };
        members.Add(ClusterMember.Start(options, [ClusterMember.MicroRole], log.Enqueue));
        return members[^1];
    }

    private static int Size(ClusterMember member) => Cluster.Get(member.System).State.Members.Count(m => m.Status == MemberStatus.Up);

    private Task Until(Func<bool> condition) => Wait.Until(condition, Longest, () => string.Join("\n", log));
}
