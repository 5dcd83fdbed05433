using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using LedCluster.Actors.Nodes;

namespace LedCluster.Actors.Akka;

/// <summary>
/// A process's place in an Akka.NET cluster that outlasts its runs: knows the nodes, and lends its membership to the engine.
/// Joins again when the others have excluded it.
/// </summary>
public sealed class AkkaNodeRegistry : INodeRegistry
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1), LongestAnswer = TimeSpan.FromSeconds(10);

    private readonly AkkaOptions options;
    private readonly Action<string> log;
    private readonly NodeList nodes;
    private readonly ConcurrentDictionary<string, IActorRef> reporters = [];
    private readonly CancellationTokenSource stop = new();
    private readonly Task staying;
    private volatile ClusterMember? member;

    /// <summary>Starts to join the cluster, and to listen.</summary>
    /// <param name="options">Where this process listens and whom it joins.</param>
    /// <param name="time">Stamps what is heard.</param>
    /// <param name="log">Told, in words for a person, what an operator should know.</param>
    public AkkaNodeRegistry(AkkaOptions options, TimeProvider time, Action<string> log)
    {
        (this.options, this.log, nodes) = (options with { ExitWhenExcluded = false }, log, new NodeList(time));
        staying = Task.Run(StayAsync);
    }

    /// <inheritdoc />
    public ImmutableArray<SeenNode> Nodes => nodes.Seen;

    /// <inheritdoc />
    public async Task DrainAsync(string node)
    {
        if (!reporters.TryGetValue(node, out var reporter))
            throw new IOException($"The node '{node}' has not been heard of.");
        try
        {
            await reporter.Ask<NodeTold>(new DrainWanted(node), LongestAnswer);
        }
        catch (Exception error) when (error is AskTimeoutException or TaskCanceledException)
        {
            throw new IOException($"The node '{node}' did not answer within {LongestAnswer.TotalSeconds} s; try again.", error);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await staying;
        stop.Dispose();
    }

    /// <summary>This process as a member that the others have accepted; null when that took too long or was given up.</summary>
    internal async Task<ClusterMember?> JoinedAsync(TimeSpan longest, CancellationToken cancel)
    {
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancel, stop.Token);
        wait.CancelAfter(longest);
        while (!wait.IsCancellationRequested)
        {
            if (member is { } own && await own.JoinedAsync(Timeout.InfiniteTimeSpan, wait.Token))
                return own;
            await Task.WhenAny(Task.Delay(TimeSpan.FromSeconds(0.1), wait.Token));
        }
        return null;
    }

    private async Task StayAsync()
    {
        for (var told = false; !stop.IsCancellationRequested;)
        {
            try
            {
                var own = ClusterMember.Start(options, [ClusterMember.CoordinatorRole], log);
                own.System.ActorOf(Props.Create(() => new NodeListener(nodes, reporters)), "nodes");
                log($"listens on {own.Address} and joins the cluster");
                (member, told) = (own, false);
                await Task.WhenAny(own.System.WhenTerminated, Task.Delay(Timeout.Infinite, stop.Token));
                member = null;
                if (stop.IsCancellationRequested)
                    await own.LeaveAsync();
                else
                    log("the cluster has excluded this process, as most of its members could not reach it; joining again");
            }
            catch (IOException error)
            {
                if (!told)
                    log($"{error.Message}; trying again");
                told = true;
            }
            if (!stop.IsCancellationRequested)
                await Task.WhenAny(Task.Delay(Pause, stop.Token));
        }
    }
}
