using System.Collections.Concurrent;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace LedCluster.Actors.RabbitMq;

/// <summary>One role of a node on one connection: its channel, its threads and the orders that wait for them.</summary>
internal sealed class NodeLane
{
    private readonly record struct Delivery(JoinedRun Run, WorkOrder Order, ulong Tag);

    private readonly IChannel channel;
    private readonly string name;
    private readonly Action<string> log, lost;
    private readonly BlockingCollection<Delivery> waiting = [];
    private readonly List<Task> answers = [];
    private readonly Thread[] threads;

    /// <summary>Starts the threads of a role.</summary>
    /// <param name="channel">A channel with publisher confirms, for this role alone.</param>
    /// <param name="latent">The role: macro legs, or else warm-up and micro legs.</param>
    /// <param name="workers">Number of threads.</param>
    /// <param name="name">Name of the node.</param>
    /// <param name="log">Told what an operator should know.</param>
    /// <param name="lost">Told when the channel is of no more use.</param>
    public NodeLane(IChannel channel, bool latent, int workers, string name, Action<string> log, Action<string> lost)
    {
        (this.channel, this.name, this.log, this.lost, Latent) = (channel, name, log, lost, latent);
        threads = [.. Enumerable.Range(0, workers).Select(w => new Thread(Work) { Name = $"{(latent ? "latent" : "micro")}-{w}", IsBackground = true })];
        foreach (var thread in threads)
            thread.Start();
    }

    /// <summary>Whether the lane runs macro legs.</summary>
    public bool Latent { get; }

    /// <summary>Starts to take a run's orders.</summary>
    public async Task ConsumeAsync(JoinedRun run, Action<RunId> gone)
    {
        var queues = new RunQueues(run.Id);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, e) =>
        {
            try
            {
                var order = WorkOrder.Decode(e.Body.Span);
                if (order.Run == run.Id && order.Epoch >= run.Epoch && !waiting.IsAddingCompleted)
                    waiting.Add(new Delivery(run, order, e.DeliveryTag));
                else if (!waiting.IsAddingCompleted)
                    await channel.BasicAckAsync(e.DeliveryTag, multiple: false); // of a coordinator that is gone
            }
            catch (FormatException error)
            {
                log($"{name} rejected an order: {error.Message}");
                await channel.BasicNackAsync(e.DeliveryTag, multiple: false, requeue: false);
            }
            catch (InvalidOperationException) // drained this very moment: the order goes back when the channel closes
            {
            }
        };
        consumer.UnregisteredAsync += (_, _) =>
        {
            gone(run.Id);
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(Latent ? queues.Latent : queues.Micro, autoAck: false, consumer);
    }

    /// <summary>Finishes the legs in hand and answers them; the rest goes back when the channel closes.</summary>
    public async Task StopAsync()
    {
        waiting.CompleteAdding();
        await Task.Run(() =>
        {
            foreach (var thread in threads)
                thread.Join();
        });
        Task[] last;
        lock (answers)
            last = [.. answers];
        await Task.WhenAll(last);
        waiting.Dispose();
    }

    private void Work()
    {
        while (!waiting.IsAddingCompleted)
        {
            Delivery first;
            try
            {
                first = waiting.Take();
            }
            catch (InvalidOperationException) // drained
            {
                return;
            }
            if (waiting.IsAddingCompleted)
                return;
            if (Latent)
                RunBatch(first);
            else
                Answer(first, LegRunner.Run(first.Run.Workers.Micro, first.Order.Cohort));
        }
    }

    private void RunBatch(Delivery first)
    {
        var batch = new List<Delivery> { first };
        for (var members = first.Order.Cohort.Members.Length; members < LegRunner.LargestBatch && waiting.TryTake(out var next); members += next.Order.Cohort.Members.Length)
            batch.Add(next);
        foreach (var alike in batch.GroupBy(d => (d.Run.Id, Shape(d))))
        {
            Delivery[] deliveries = [.. alike];
            var replies = LegRunner.Run(deliveries[0].Run.Workers.Latent, [.. deliveries.Select(d => d.Order.Cohort)]);
            for (var i = 0; i < replies.Length; i++)
                Answer(deliveries[i], replies[i]);
        }
    }

    /// <summary>What cohorts of a batch share; a cohort that does not fit the run is alone, so that it fails alone.</summary>
    private static (int Pending, int Frames, bool Lifts, int Alone) Shape(Delivery delivery)
    {
        try
        {
            var (pending, frames, lifts) = delivery.Run.Workers.Latent.Shape(delivery.Order.Cohort);
            return (pending, frames, lifts, 0);
        }
        catch (IndexOutOfRangeException)
        {
            return (0, 0, false, delivery.Order.Number);
        }
    }

    /// <summary>Sends the answer while the next leg is already running.</summary>
    private void Answer(Delivery delivery, IReply reply)
    {
        lock (answers)
        {
            answers.RemoveAll(a => a.IsCompleted);
            answers.Add(AnswerAsync(delivery, reply));
        }
    }

    private async Task AnswerAsync(Delivery delivery, IReply reply)
    {
        var (order, queue) = (delivery.Order, new RunQueues(delivery.Run.Id).Replies);
        var (result, reason) = reply switch
        {
            LegFinished finished => (finished.Result, (string?)null),
            LegFailed failed => (null, failed.Reason),
            _ => throw new InvalidOperationException($"There is no reply {reply.GetType().Name}."),
        };
        var answer = new WorkReply(order.Run, order.Epoch, order.Number, order.Cohort.Id, name, result, reason);
        var body = answer.Encode();
        if (body.Length > BrokerOptions.LargestMessage)
        {
            body = (answer with
            {
                Result = null,
                Reason = $"The leg left {body.Length:N0} bytes behind, and a message holds at most {BrokerOptions.LargestMessage:N0}. Use a smaller --cohort-size or shorter legs.",
            }).Encode();
        }
        try
        {
            // Only when the broker has the reply is the order done with.
            await channel.BasicPublishAsync("", queue, mandatory: false, new BasicProperties { Persistent = true, Type = "led" }, body);
            await channel.BasicAckAsync(delivery.Tag, multiple: false);
        }
        catch (Exception error) // the broker gives the order to another worker
        {
            lost(error.GetBaseException().Message);
        }
    }
}
