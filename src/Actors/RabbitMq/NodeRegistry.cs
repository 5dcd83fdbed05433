using System.Collections.Immutable;
using LedCluster.Actors.Nodes;
using RabbitMQ.Client;

namespace LedCluster.Actors.RabbitMq;

/// <summary>Hears the reports of all nodes at a broker, and can ask one to drain. Connects again whenever the broker was away.</summary>
public sealed class NodeRegistry : INodeRegistry
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly BrokerOptions broker;
    private readonly Action<string> log;
    private readonly NodeList nodes;
    private readonly CancellationTokenSource stop = new();
    private readonly Task listening;
    private volatile IChannel? channel;

    /// <summary>Starts to listen.</summary>
    /// <param name="broker">Where the broker is.</param>
    /// <param name="time">Stamps what is heard.</param>
    /// <param name="log">Told, in words for a person, when the broker is away.</param>
    public NodeRegistry(BrokerOptions broker, TimeProvider time, Action<string> log)
    {
        (this.broker, this.log, nodes) = (broker, log, new NodeList(time));
        listening = Task.Run(ListenAsync);
    }

    /// <inheritdoc />
    public ImmutableArray<SeenNode> Nodes => nodes.Seen;

    /// <inheritdoc />
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
                await NodeExchange.ListenAsync(own, NodeExchange.Reports, body => nodes.Hear(NodeReport.Decode(body.Span)));
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
