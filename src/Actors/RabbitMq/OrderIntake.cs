using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace LedCluster.Actors.RabbitMq;

/// <summary>One run's orders for one role of a node, on a channel of their own that ends with the run.</summary>
internal sealed class OrderIntake : IAsyncDisposable
{
    /// <summary>A broker from version 3.12 on closes the channel of a consumer that leaves an order unanswered for longer than this: a week instead of half an hour.</summary>
    private static readonly Dictionary<string, object?> LongLegs = new() { ["x-consumer-timeout"] = (long)TimeSpan.FromDays(7).TotalMilliseconds };

    private readonly IChannel channel;
    private readonly BrokerPatience patience;
    private readonly string queue;
    private readonly Func<OrderIntake, BasicDeliverEventArgs, Task> received;
    private readonly Action gone;
    private readonly Prefetch prefetch;
    private readonly SemaphoreSlim adjusting = new(1);
    private string consumer = "";
    private volatile bool closing, resting;

    private OrderIntake(IChannel channel, BrokerPatience patience, JoinedRun run, string queue, Prefetch prefetch, Func<OrderIntake, BasicDeliverEventArgs, Task> received, Action gone) =>
        (this.channel, this.patience, Run, this.queue, this.prefetch, this.received, this.gone) = (channel, patience, run, queue, prefetch, received, gone);

    /// <summary>The run.</summary>
    public JoinedRun Run { get; }

    /// <summary>Whether the run is over, so that answers to its orders concern nobody.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Starts to take orders.</summary>
    /// <param name="connection">Connection to the broker.</param>
    /// <param name="patience">For what is published.</param>
    /// <param name="run">The run.</param>
    /// <param name="queue">Queue of the orders.</param>
    /// <param name="prefetch">How many to hold.</param>
    /// <param name="received">Given each order; those of one run come one after the other.</param>
    /// <param name="gone">Told when the queue is gone.</param>
    /// <param name="lost">Told when the channel is of no more use for another reason.</param>
    public static async Task<OrderIntake> OpenAsync(
        IConnection connection, BrokerPatience patience, JoinedRun run, string queue, Prefetch prefetch, Func<OrderIntake, BasicDeliverEventArgs, Task> received, Action gone, Action<string> lost)
    {
        var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        var intake = new OrderIntake(channel, patience, run, queue, prefetch, received, gone);
        channel.ChannelShutdownAsync += (_, reason) =>
        {
            if (reason.ReplyCode == Constants.NotFound)
                gone();
            else if (!intake.IsClosed)
                lost(reason.ReplyText);
            return Task.CompletedTask;
        };
        await intake.AdjustAsync();
        return intake;
    }

    /// <summary>Learns what an order took, and adjusts how many are held.</summary>
    public void Learn(double seconds, double bytes)
    {
        if (prefetch.Learn(seconds, bytes))
            _ = AdjustAsync();
    }

    /// <summary>Takes no orders until it is resumed, and then as few as possible.</summary>
    public Task RestAsync()
    {
        prefetch.Shrink();
        resting = true;
        return AdjustAsync();
    }

    /// <summary>Takes orders again.</summary>
    public Task ResumeAsync()
    {
        resting = false;
        return AdjustAsync();
    }

    /// <summary>Takes no more orders.</summary>
    public async Task CloseAsync()
    {
        await adjusting.WaitAsync();
        try
        {
            closing = true;
            await CancelAsync();
        }
        finally
        {
            adjusting.Release();
        }
    }

    /// <summary>Answers an order: only when the broker has the reply is the order done with.</summary>
    public async Task AnswerAsync(ulong tag, ReadOnlyMemory<byte> reply)
    {
        await patience.PublishAsync(() => channel.BasicPublishAsync(
            "", new RunQueues(Run.Id).Replies, mandatory: false, MessageSeal.Seal(reply.Span), reply));
        await DropAsync(tag);
    }

    /// <summary>An order is done with.</summary>
    public ValueTask DropAsync(ulong tag) => channel.BasicAckAsync(tag, multiple: false);

    /// <summary>An order is set aside.</summary>
    public ValueTask RejectAsync(ulong tag) => channel.BasicNackAsync(tag, multiple: false, requeue: false);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        IsClosed = true;
        await channel.DisposeAsync();
    }

    /// <summary>How many messages a consumer holds is fixed when it starts: one with the new number takes over.</summary>
    private async Task AdjustAsync()
    {
        await adjusting.WaitAsync();
        try
        {
            if (closing)
                return;
            if (resting)
            {
                await CancelAsync();
                return;
            }
            var before = consumer;
            await channel.BasicQosAsync(0, prefetch.Now, global: false);
            var next = new AsyncEventingBasicConsumer(channel);
            next.ReceivedAsync += (_, e) => received(this, e);
            next.UnregisteredAsync += (_, e) =>
            {
                if (e.ConsumerTags.Contains(consumer))
                    gone();
                return Task.CompletedTask;
            };
            consumer = await channel.BasicConsumeAsync(queue, autoAck: false, "", noLocal: false, exclusive: false, LongLegs, next);
            if (before.Length > 0)
                await channel.BasicCancelAsync(before);
        }
        catch (Exception error) when (error is RabbitMQClientException or ObjectDisposedException) // the channel's end is told apart
        {
        }
        finally
        {
            adjusting.Release();
        }
    }

    private async Task CancelAsync()
    {
        var last = consumer;
        consumer = "";
        if (last.Length > 0)
            await channel.BasicCancelAsync(last);
    }
}
