using System.Collections.Concurrent;
using System.Collections.Immutable;
using RabbitMQ.Client;

namespace LedCluster.Actors.RabbitMq;

/// <summary>Hears the reports of all nodes at a broker, and can ask one to drain. Connects again whenever the broker was away.</summary>
public sealed class NodeRegistry : IAsyncDisposable
{
    /// <summary>Silence after which a node counts as lost.</summary>
    public static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(5);

    /// <summary>Time after which a node that is drained or lost is no longer listed.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly BrokerOptions broker;
    private readonly TimeProvider time;
    private readonly Action<string> log;
    private readonly ConcurrentDictionary<string, (NodeReport Report, DateTimeOffset Heard)> nodes = [];
    private readonly CancellationTokenSource stop = new();
    private readonly Task listening;
    private volatile IChannel? channel;

    /// <summary>Starts to listen.</summary>
    /// <param name="broker">Where the broker is.</param>
    /// <param name="time">Stamps what is heard.</param>
    /// <param name="log">Told, in words for a person, when the broker is away.</param>
    public NodeRegistry(BrokerOptions broker, TimeProvider time, Action<string> log)
    {
        (this.broker, this.time, this.log) = (broker, time, log);
        listening = Task.Run(ListenAsync);
    }

    /// <summary>Nodes heard of lately, by name.</summary>
    public ImmutableArray<SeenNode> Nodes
    {
        get
        {
            var now = time.GetUtcNow();
            foreach (var (name, node) in nodes)
                if (now - node.Heard > Remembered)
                    nodes.TryRemove(KeyValuePair.Create(name, node));
            return [.. nodes.Values.OrderBy(n => n.Report.Node, StringComparer.Ordinal)
                .Select(n => new SeenNode(n.Report, n.Heard, n.Report.State != NodeState.Drained && now - n.Heard > LongestSilence))];
        }
    }

    /// <summary>Asks a node to drain; returns when the broker has taken the request.</summary>
    /// <exception cref="IOException">The broker is away.</exception>
    public async Task DrainAsync(string node)
    {
        try
        {
            await NodeExchange.TellAsync(
                channel ?? throw new IOException($"The broker {broker} is away at this moment; try again."), NodeExchange.Drains, new DrainRequest(node).Encode());
        }
        catch (Exception error) when (error is not IOException && BrokerTrouble.Is(error))
        {
            throw new IOException($"The broker {broker} is away at this moment ({error.Message}); try again.", error);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await listening;
        stop.Dispose();
    }

    private async Task ListenAsync()
    {
        for (var told = false; !stop.IsCancellationRequested;)
        {
            try
            {
                await using var connection = await broker.ConnectAsync("led nodes", stop.Token);
                var lost = new TaskCompletionSource();
                connection.ConnectionShutdownAsync += (_, _) => Task.FromResult(lost.TrySetResult());
                var own = await connection.CreateChannelAsync(
                    new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), stop.Token);
                own.ChannelShutdownAsync += (_, _) => Task.FromResult(lost.TrySetResult());
                await NodeExchange.ListenAsync(own, NodeExchange.Reports, body =>
                {
                    var report = NodeReport.Decode(body.Span);
                    nodes[report.Node] = (report, time.GetUtcNow());
                });
                (channel, told) = (own, false);
                await Task.WhenAny(lost.Task, Task.Delay(Timeout.Infinite, stop.Token));
            }
            catch (Exception error) when (BrokerTrouble.Is(error) || stop.IsCancellationRequested)
            {
                if (!told && !stop.IsCancellationRequested)
                    log($"cannot hear the nodes: the broker {broker} is away ({error.GetBaseException().Message}); trying again");
                told = true;
            }
            channel = null;
            if (!stop.IsCancellationRequested)
                await Task.WhenAny(Task.Delay(Pause, stop.Token));
        }
    }
}
