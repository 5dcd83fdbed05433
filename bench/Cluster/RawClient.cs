using System.Diagnostics;
using LedCluster.Actors.RabbitMq;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

/// <summary>
/// What the bare RabbitMQ.Client does on the engine's broker with the same guarantees: durable queues, persistent
/// messages, every one confirmed, every one acknowledged, and nothing acknowledged before what follows from it is confirmed.
/// Bodies are one ready array and are never looked at.
/// </summary>
internal sealed class RawClient(BrokerOptions broker, byte[] body)
{
    /// <summary>One way: a publisher with a number of outstanding confirms, and a consumer that acknowledges.</summary>
    /// <returns>Seconds from the first publication to the last acknowledgement.</returns>
    public async Task<double> MessagesAsync(int count, int outstanding)
    {
        await using var connection = await ConnectAsync();
        var (there, _) = await ChannelAsync(connection, "bench.there", (ushort)outstanding);
        var (reader, left) = (await connection.CreateChannelAsync(), count);
        var done = new TaskCompletionSource();
        await reader.BasicQosAsync(0, (ushort)outstanding, global: false);
        await ConsumeAsync(reader, "bench.there", async tag =>
        {
            await reader.BasicAckAsync(tag, multiple: false);
            if (Interlocked.Decrement(ref left) == 0)
                done.SetResult();
        });
        using var window = new SemaphoreSlim(outstanding);
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            await window.WaitAsync();
            _ = PublishAsync();
        }
        await done.Task;
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        await there.QueueDeleteAsync("bench.there");
        return seconds;

        async Task PublishAsync()
        {
            await PublishTo(there, "bench.there");
            window.Release();
        }
    }

    /// <summary>
    /// There and back, as a leg needs it: an order is published, consumed and answered; the answer is confirmed before the
    /// order is acknowledged, and consumed and acknowledged before the next order is published.
    /// </summary>
    /// <returns>Seconds from the first answer to the last.</returns>
    public async Task<double> LegsAsync(int count, int window)
    {
        await using var home = await ConnectAsync();
        await using var away = await ConnectAsync();
        var (coordinator, _) = await ChannelAsync(home, "bench.back", (ushort)(2 * window));
        var (node, _) = await ChannelAsync(away, "bench.there", (ushort)window);
        var (toSend, toCome, first, done) = (count, count, 0L, new TaskCompletionSource());
        await ConsumeAsync(node, "bench.there", tag =>
        {
            _ = AnswerAsync(tag);
            return Task.CompletedTask;
        });
        await ConsumeAsync(coordinator, "bench.back", tag =>
        {
            first = first == 0 ? Stopwatch.GetTimestamp() : first;
            _ = coordinator.BasicAckAsync(tag, multiple: false).AsTask();
            if (Interlocked.Decrement(ref toSend) >= 0)
                _ = PublishTo(coordinator, "bench.there");
            if (Interlocked.Decrement(ref toCome) == 0)
                done.SetResult();
            return Task.CompletedTask;
        });
        for (var i = 0; i < window && Interlocked.Decrement(ref toSend) >= 0; i++)
            _ = PublishTo(coordinator, "bench.there");
        await done.Task;
        var seconds = Stopwatch.GetElapsedTime(first).TotalSeconds;
        await coordinator.QueueDeleteAsync("bench.there");
        await coordinator.QueueDeleteAsync("bench.back");
        return seconds;

        async Task AnswerAsync(ulong tag)
        {
            await PublishTo(node, "bench.back");
            await node.BasicAckAsync(tag, multiple: false);
        }
    }

    private Task PublishTo(IChannel channel, string queue) => channel.BasicPublishAsync("", queue, mandatory: false, new BasicProperties { Persistent = true }, body).AsTask();

    private Task<IConnection> ConnectAsync() => new ConnectionFactory
    {
        HostName = broker.Uri.Host, Port = broker.Uri.Port, MaxInboundMessageBodySize = BrokerOptions.LargestMessage,
    }.CreateConnectionAsync();

    private static async Task<(IChannel Channel, QueueDeclareOk Queue)> ChannelAsync(IConnection connection, string queue, ushort prefetch)
    {
        var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        await channel.BasicQosAsync(0, prefetch, global: false);
        return (channel, await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false));
    }

    private static async Task ConsumeAsync(IChannel channel, string queue, Func<ulong, Task> handle)
    {
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, e) => handle(e.DeliveryTag);
        await channel.BasicConsumeAsync(queue, autoAck: false, consumer);
    }
}
