using System.Threading.Channels;
using LedCluster.Domain.Wire;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace LedCluster.Actors.RabbitMq;

/// <summary>One connection of a coordinator to the broker, from its opening until it breaks or is closed.</summary>
internal sealed class CoordinatorSession : IAsyncDisposable
{
    /// <summary>How long the end of a connection is waited for that the broker may not even read from.</summary>
    private static readonly TimeSpan LongestFarewell = TimeSpan.FromSeconds(1);

    private readonly IConnection connection;
    private readonly IChannel channel;
    private readonly ClusterRun run;
    private readonly RunQueues queues;
    private readonly ChannelWriter<ICoordinatorEvent> events;
    private readonly BrokerPatience patience;

    private CoordinatorSession(IConnection connection, IChannel channel, ClusterRun run, ChannelWriter<ICoordinatorEvent> events, Action<string> log) =>
        (this.connection, this.channel, this.run, this.events, queues, patience) =
        (connection, channel, run, events, new RunQueues(run.Id), new BrokerPatience(connection, "the coordinator", log));

    /// <summary>Whether the broker takes no messages at the moment.</summary>
    public bool IsHeldUp => patience.IsHeldUp;

    /// <summary>Connects, declares the run's queues, empties those for orders and starts to listen.</summary>
    /// <param name="broker">Where to connect.</param>
    /// <param name="run">The run.</param>
    /// <param name="options">How many replies may be unacknowledged, and how the broker keeps the queues.</param>
    /// <param name="firstOfEpoch">Whether replies to earlier epochs may still be waiting; they are removed.</param>
    /// <param name="events">Told what happens.</param>
    /// <param name="log">Told what an operator should know.</param>
    /// <param name="cancel">Gives up connecting.</param>
    public static async Task<CoordinatorSession> OpenAsync(
        BrokerOptions broker, ClusterRun run, RabbitMqOptions options, bool firstOfEpoch, ChannelWriter<ICoordinatorEvent> events, Action<string> log, CancellationToken cancel)
    {
        var connection = await broker.ConnectAsync($"led coordinator {run.Id} epoch {run.Epoch}", cancel);
        IAsyncDisposable opened = connection;
        try
        {
            var channel = await connection.CreateChannelAsync(
                new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), cancel);
            var session = new CoordinatorSession(connection, channel, run, events, log);
            opened = session;
            await session.StartAsync(firstOfEpoch, options).WaitAsync(cancel); // a broker in alarm may take the setup tomorrow
            return session;
        }
        catch
        {
            await opened.DisposeAsync();
            throw;
        }
    }

    /// <summary>Puts an order into its queue, one that is sent again before those that wait there; a failure ends the session.</summary>
    public void Send(string queue, WorkOrder order, bool again) => Observe(EncodedAsync(order.Encode(), body => PublishAsync(queue, body, overtakes: again)));

    /// <summary>Sets an order aside, with the reason in its header.</summary>
    public void SetAside(WorkOrder order, string reason) => Observe(EncodedAsync(order.Encode(), body => PublishAsync(queues.Dead, body, reason)));

    /// <summary>Sets a reply aside, with the reason in its header.</summary>
    public void SetAside(WorkReply reply, string reason) => Observe(EncodedAsync(reply.Encode(), body => PublishAsync(queues.Dead, body, reason)));

    /// <summary>Sets bytes aside, with the reason in the header.</summary>
    public void SetAside(byte[] body, string reason) => Observe(PublishAsync(queues.Dead, body, reason));

    /// <summary>Tells all nodes that the run is on.</summary>
    public void Announce() => Observe(EncodedAsync(
        new Announcement(run.Id, run.Epoch, run.SetupHash).Encode(),
        body => patience.PublishAsync(() => channel.BasicPublishAsync(RunQueues.Announcements, "", mandatory: false, MessageSeal.Seal(body.Span), body))));

    /// <summary>Puts the setup into its queue again if it is gone: somebody put other bytes there, and a node removed them.</summary>
    public async Task KeepSetupAsync()
    {
        if (await channel.MessageCountAsync(queues.Setup) == 0)
            await PublishAsync(queues.Setup, run.Setup);
    }

    /// <summary>Tells the broker that a reply is dealt with.</summary>
    public void Acknowledge(ulong tag)
    {
        Observe(AcknowledgeAsync());

        // Asynchronous also in what it throws: the connection may be gone since the reply came.
        async Task AcknowledgeAsync() => await channel.BasicAckAsync(tag, multiple: false);
    }

    /// <summary>Number of orders in a queue that no worker has taken.</summary>
    public Task<uint> WaitingAsync(string queue) => channel.MessageCountAsync(queue);

    /// <summary>Takes back all orders that no worker has taken.</summary>
    public async Task EmptyAsync()
    {
        await channel.QueuePurgeAsync(queues.Micro);
        await channel.QueuePurgeAsync(queues.Latent);
    }

    /// <summary>Takes back an order that no worker has taken; null when there is none. Foreign bytes are as good as none.</summary>
    public async Task<WorkOrder?> TakeBackAsync(string queue)
    {
        try
        {
            return await channel.BasicGetAsync(queue, autoAck: true) is { } message ? WorkOrder.Decode(message.Body.Span) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>Removes the run from the broker; while that takes no messages, it may have to be left to the queues' expiry.</summary>
    public Task DeleteAsync() => queues.DeleteAsync(channel).WaitAsync(IsHeldUp ? LongestFarewell : Timeout.InfiniteTimeSpan);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        var closing = connection.DisposeAsync().AsTask();
        await (IsHeldUp ? Task.WhenAny(closing, Task.Delay(LongestFarewell)) : closing);
    }

    private async Task StartAsync(bool firstOfEpoch, RabbitMqOptions options)
    {
        connection.ConnectionShutdownAsync += (_, reason) => Lost(reason.ReplyText);
        channel.ChannelShutdownAsync += (_, reason) => Lost(reason.ReplyText);
        await queues.DeclareAsync(channel, options.Queues, options.QueueExpiry);
        await EmptyAsync();
        if (firstOfEpoch)
            await channel.QueuePurgeAsync(queues.Replies);
        await channel.QueuePurgeAsync(queues.Setup);
        await PublishAsync(queues.Setup, run.Setup);
        await channel.BasicQosAsync(0, (ushort)Math.Min(2 * options.Window, ushort.MaxValue), global: false);

        await ConsumeAsync(queues.Replies, autoAck: false, Reply);
        var own = await channel.QueueDeclareAsync("", durable: false, exclusive: true, autoDelete: true);
        await channel.QueueBindAsync(own.QueueName, RunQueues.Announcements, "");
        await ConsumeAsync(own.QueueName, autoAck: true, e =>
        {
            MessageSeal.Check(e.BasicProperties, e.Body.Span);
            return new Announced(this, Announcement.Decode(e.Body.Span));
        });
    }

    /// <summary>Reads a reply where it lies, on the connection's thread: the coordinator's has enough to do.</summary>
    private ICoordinatorEvent Reply(BasicDeliverEventArgs e)
    {
        try
        {
            MessageSeal.Check(e.BasicProperties, e.Body.Span);
            return new ReplyArrived(this, e.DeliveryTag, WorkReply.Decode(e.Body.Span));
        }
        catch (FormatException error)
        {
            return new ForeignArrived(this, e.DeliveryTag, e.Body.ToArray(), error.Message);
        }
    }

    private async Task ConsumeAsync(string queue, bool autoAck, Func<BasicDeliverEventArgs, ICoordinatorEvent> read)
    {
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, e) =>
        {
            try
            {
                events.TryWrite(read(e));
            }
            catch (FormatException) when (autoAck) // a foreign announcement concerns nobody
            {
            }
            return Task.CompletedTask;
        };
        consumer.UnregisteredAsync += (_, _) => Lost($"the queue {queue} is gone");
        await channel.BasicConsumeAsync(queue, autoAck, consumer);
    }

    /// <summary>Sends what was encoded, and gives its memory back when the broker has it.</summary>
    private static async Task EncodedAsync(ByteWriter message, Func<ReadOnlyMemory<byte>, Task> send)
    {
        using (message)
            await send(message.Written);
    }

    private Task PublishAsync(string queue, ReadOnlyMemory<byte> body, string? reason = null, bool overtakes = false) =>
        patience.PublishAsync(() => channel.BasicPublishAsync("", queue, mandatory: true, MessageSeal.Seal(body.Span, reason, overtakes), body));

    private void Observe(Task task) => task.ContinueWith(
        failed => Lost(failed.Exception!.GetBaseException().Message), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    private Task Lost(string reason)
    {
        events.TryWrite(new SessionLost(this, reason));
        return Task.CompletedTask;
    }
}
