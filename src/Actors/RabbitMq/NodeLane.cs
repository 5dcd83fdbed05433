using System.Collections.Concurrent;
using System.Diagnostics;
using LedCluster.Actors.Telemetry;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Wire;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace LedCluster.Actors.RabbitMq;

/// <summary>One role of a node on one connection: its threads and the orders that wait for them.</summary>
internal sealed class NodeLane
{
    /// <summary>How long an order may wait behind a leg that takes much longer than those before it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(Prefetch.Seconds);

    private readonly IConnection connection;
    private readonly bool latent;
    private readonly int least;
    private readonly string name;
    private readonly RoleWatch load;
    private readonly Action<string> log, lost;
    private readonly BrokerPatience patience;
    private readonly SemaphoreSlim slots;
    private readonly CancellationTokenSource stopping = new();
    private readonly BlockingCollection<Delivery> waiting = [];
    private readonly ConcurrentQueue<OrderIntake> resting = [];
    private readonly List<OrderIntake> intakes = [];
    private readonly List<Task> answers = [];
    private readonly Thread[] threads;
    private readonly Timer watch;
    private long lastTaken = Stopwatch.GetTimestamp();

    /// <summary>Starts the threads of a role.</summary>
    /// <param name="connection">Connection to the broker.</param>
    /// <param name="patience">For what it publishes.</param>
    /// <param name="latent">The role: macro legs, or else warm-up and micro legs.</param>
    /// <param name="workers">Number of threads.</param>
    /// <param name="slots">The node's workers of the role: a thread needs one.</param>
    /// <param name="least">Orders that each holds at least.</param>
    /// <param name="name">Name of the node.</param>
    /// <param name="load">Told what passes through.</param>
    /// <param name="log">Told what an operator should know.</param>
    /// <param name="lost">Told when the connection is of no more use.</param>
    public NodeLane(IConnection connection, BrokerPatience patience, bool latent, int workers, SemaphoreSlim slots, int least, string name, RoleWatch load, Action<string> log, Action<string> lost)
    {
        (this.slots, this.connection, this.patience, this.latent, this.least, this.name, this.load, this.log, this.lost) = (slots, connection, patience, latent, least, name, load, log, lost);
        threads = [.. Enumerable.Range(0, workers).Select(w => new Thread(Work) { Name = $"{(latent ? "latent" : "micro")}-{w}", IsBackground = true })];
        foreach (var thread in threads)
            thread.Start();
        watch = new Timer(_ => HandBack(), null, Patience, Patience);
    }

    /// <summary>Starts to take a run's orders.</summary>
    public async Task JoinAsync(JoinedRun run, Action gone)
    {
        var queues = new RunQueues(run.Id);
        intakes.Add(await OrderIntake.OpenAsync(
            connection, patience, run, latent ? queues.Latent : queues.Micro, new Prefetch(threads.Length, least), ReceiveAsync, gone, lost));
    }

    /// <summary>Takes no more orders of a run that is over.</summary>
    public async Task LeaveAsync(JoinedRun run)
    {
        foreach (var intake in intakes.Where(i => i.Run == run).ToArray())
        {
            intakes.Remove(intake);
            await intake.DisposeAsync();
        }
    }

    /// <summary>
    /// The connection is lost: the broker gives all orders to others, and no answer would arrive. A leg in hand may take
    /// forever, and nobody waits for its end but its thread.
    /// </summary>
    public async Task AbandonAsync()
    {
        await watch.DisposeAsync();
        await stopping.CancelAsync();
        waiting.CompleteAdding();
        while (waiting.TryTake(out _))
            load.Left(1);
    }

    /// <summary>Finishes the legs in hand and answers them, and gives the rest back.</summary>
    /// <param name="longest">How long the broker may take to confirm that; afterwards it gives them to others by itself.</param>
    public async Task StopAsync(TimeSpan longest)
    {
        await watch.DisposeAsync();
        try
        {
            // An order that came later would not be handed back, but count as one that its worker was lost with.
            await Task.WhenAll(intakes.Select(intake => intake.CloseAsync())).WaitAsync(longest);
        }
        catch (Exception error) when (BrokerTrouble.Is(error))
        {
        }
        await stopping.CancelAsync();
        waiting.CompleteAdding();
        await Task.Run(() =>
        {
            foreach (var thread in threads)
                thread.Join();
        });
        while (waiting.TryTake(out var left))
            Return(left, OrderReturn.HandedBack);
        Task[] last;
        lock (answers)
            last = [.. answers];
        await Task.WhenAny(Task.WhenAll(last), Task.Delay(longest));
        if (!Array.TrueForAll(last, answer => answer.IsCompleted))
            log($"{name}: the broker did not confirm the last answers within {longest.TotalSeconds} s; it gives their orders to others");
        waiting.Dispose();
    }

    private async Task ReceiveAsync(OrderIntake intake, BasicDeliverEventArgs e)
    {
        try
        {
            MessageSeal.Check(e.BasicProperties, e.Body.Span);
            var order = WorkOrder.Decode(e.Body.Span);
            var delivery = new Delivery(intake, order, e.DeliveryTag, e.Body.Length, Stopwatch.GetTimestamp());
            if (order.Run == intake.Run.Id && order.Epoch >= intake.Run.Epoch && e.Redelivered)
                Return(delivery, OrderReturn.WorkerLost); // perhaps it died of it: the coordinator decides
            else if (order.Run == intake.Run.Id && order.Epoch >= intake.Run.Epoch)
                Add(delivery);
            else
                await intake.DropAsync(e.DeliveryTag); // of a coordinator that is gone
        }
        catch (FormatException error)
        {
            log($"{name} rejected an order: {error.Message}");
            await intake.RejectAsync(e.DeliveryTag);
        }
    }

    private void Add(Delivery delivery)
    {
        load.Sent();
        try
        {
            waiting.Add(delivery);
        }
        catch (InvalidOperationException) // stopped this very moment: the order goes back when the channel closes
        {
            load.Left(1);
        }
    }

    private void Work()
    {
        try
        {
            while (true)
            {
                slots.Wait(stopping.Token);
                try
                {
                    Work(waiting.Take(stopping.Token));
                }
                finally
                {
                    slots.Release();
                }
                Resume();
            }
        }
        catch (OperationCanceledException) // stopped
        {
        }
    }

    private void Work(Delivery first)
    {
        Volatile.Write(ref lastTaken, Stopwatch.GetTimestamp());
        using (load.Begin())
        {
            Taken(first);
            if (latent)
                RunBatch(first);
            else
                Run([first], cohorts => [LegRunner.Run(first.Workers.Micro, cohorts[0])]);
        }
    }

    private void Taken(Delivery delivery) => load.Taken(delivery.Received, delivery.Order.Cohort.Members.Length);

    /// <summary>While all workers are at long legs, nobody else is kept from the short ones that wait here, and no more are taken until one is over.</summary>
    private void HandBack()
    {
        if (waiting.Count == 0)
            Resume();
        if (Stopwatch.GetElapsedTime(Volatile.Read(ref lastTaken)) < Patience)
            return;
        var surplus = new List<Delivery>();
        while (waiting.Count > (least - 1) * threads.Length && waiting.TryTake(out var delivery))
            surplus.Add(delivery);
        if (surplus.Count > 0)
            Track(HandBackAsync(surplus));
    }

    /// <summary>First no more are taken: what is handed back would come straight here again.</summary>
    private async Task HandBackAsync(List<Delivery> surplus)
    {
        foreach (var intake in surplus.Select(d => d.Intake).Distinct())
        {
            await Observe(intake, intake.RestAsync());
            resting.Enqueue(intake);
        }
        await Task.WhenAll(surplus.Select(delivery => AnswerAsync(delivery, Returned(delivery, OrderReturn.HandedBack))));
    }

    private void Resume()
    {
        while (resting.TryDequeue(out var intake))
            _ = Observe(intake, intake.ResumeAsync());
    }

    private void RunBatch(Delivery first)
    {
        var batch = new List<Delivery> { first };
        for (var members = first.Order.Cohort.Members.Length; members < LegRunner.LargestBatch && waiting.TryTake(out var next); members += next.Order.Cohort.Members.Length)
        {
            Taken(next);
            batch.Add(next);
        }
        foreach (var alike in batch.GroupBy(d => (d.Intake.Run.Id, d.Workers.Shape(d.Order))))
            Run([.. alike], cohorts => LegRunner.Run(alike.First().Workers.Latent, cohorts));
    }

    private void Run(Delivery[] deliveries, Func<Cohort[], IReply[]> run)
    {
        var start = Stopwatch.GetTimestamp();
        var replies = run([.. deliveries.Select(d => d.Order.Cohort)]);
        for (var i = 0; i < replies.Length; i++)
            Answer(deliveries[i], replies[i]);
        var each = Stopwatch.GetElapsedTime(start).TotalSeconds / deliveries.Length;
        foreach (var delivery in deliveries)
            delivery.Intake.Learn(each, delivery.Bytes);
    }

    private void Answer(Delivery delivery, IReply reply)
    {
        if (reply is LegFailed { IsMachines: true } failed)
        {
            log($"{name} could not run a leg of {delivery.Order.Cohort.Id}: {failed.Reason}; others try");
            Return(delivery, OrderReturn.WorkerLost);
            return;
        }
        Send(delivery, delivery.Order.Answered(name, reply, BrokerOptions.LargestMessage));
    }

    /// <summary>Gives an order back to the coordinator without having run its leg.</summary>
    private void Return(Delivery delivery, OrderReturn why) => Send(delivery, Returned(delivery, why));

    private ByteWriter Returned(Delivery delivery, OrderReturn why)
    {
        if (why == OrderReturn.HandedBack)
            load.Left(1); // it had been waiting here
        return delivery.Order.Returned(name, why);
    }

    /// <summary>Sends the answer while the next leg is already running.</summary>
    private void Send(Delivery delivery, ByteWriter answer) => Track(AnswerAsync(delivery, answer));

    private void Track(Task sending)
    {
        lock (answers)
        {
            answers.RemoveAll(a => a.IsCompleted);
            answers.Add(sending);
        }
    }

    private async Task AnswerAsync(Delivery delivery, ByteWriter answer)
    {
        using var body = answer; // lives until the broker has it
        await Observe(delivery.Intake, delivery.Intake.AnswerAsync(delivery.Tag, body.Written));
    }

    /// <summary>Waits for a talk with the broker; when it fails, the broker gives the orders to other workers.</summary>
    private async Task Observe(OrderIntake intake, Task talk)
    {
        try
        {
            await talk;
        }
        catch (Exception error)
        {
            if (!intake.IsClosed)
                lost(error.GetBaseException().Message);
        }
    }
}
