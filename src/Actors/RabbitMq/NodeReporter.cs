using LedCluster.Actors.Nodes;
using RabbitMQ.Client;

namespace LedCluster.Actors.RabbitMq;

/// <summary>A node's part in the administration: reports once in a while, and listens for a request to drain.</summary>
internal sealed class NodeReporter : IAsyncDisposable
{
    private readonly IChannel channel;
    private readonly NodeWatch watch;
    private readonly PeriodicTimer timer;
    private readonly Task reporting;
    private volatile int state = (int)NodeState.Ready;

    private NodeReporter(IChannel channel, NodeWatch watch, TimeSpan every)
    {
        (this.channel, this.watch, timer) = (channel, watch, new PeriodicTimer(every));
        reporting = ReportAsync();
    }

    /// <summary>Starts to report and to listen.</summary>
    /// <param name="channel">A channel for this alone.</param>
    /// <param name="options">The node.</param>
    /// <param name="watch">What it knows of itself.</param>
    /// <param name="drain">Called when somebody asks the node to drain.</param>
    public static async Task<NodeReporter> StartAsync(IChannel channel, NodeOptions options, NodeWatch watch, Action drain)
    {
        await NodeExchange.ListenAsync(channel, NodeExchange.Drains, body =>
        {
            if (DrainRequest.Decode(body.Span).Node == options.Name)
                drain();
        });
        return new NodeReporter(channel, watch, options.ReportEvery);
    }

    /// <summary>Tells a new state at once.</summary>
    public Task TellAsync(NodeState now)
    {
        state = (int)now;
        return TellAsync();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        timer.Dispose();
        await reporting;
    }

    private async Task ReportAsync()
    {
        do
            await TellAsync();
        while (await timer.WaitForNextTickAsync());
    }

    private async Task TellAsync()
    {
        try
        {
            await NodeExchange.TellAsync(channel, NodeExchange.Reports, watch.Report((NodeState)state).Encode());
        }
        catch (Exception) // without a broker nobody listens; the session notices by itself
        {
        }
    }
}
