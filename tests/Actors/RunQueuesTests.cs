using LedCluster.Actors.RabbitMq;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;
using LedCluster.Tests;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace LedCluster.Actors.Tests;

/// <summary>The queues of a run on a real broker; the test is the only node.</summary>
public class RunQueuesTests(TestBroker broker) : IClassFixture<TestBroker>
{
    private const int Members = 6;
    private readonly BrokerWithNodes cluster = new(broker);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_order_that_is_sent_again_overtakes_those_that_wait()
    {
        var job = Job();
        var run = cluster.Announce(job);
        using var cancel = new CancellationTokenSource();
        var running = Task.Run(() => cluster.Engine(run, cluster.Options).Run(job, cancel.Token));
        await cluster.Seen("coordinates run");
        await using var connection = await ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), Cancel);
        var (tag, first) = await TakeAsync(Members);
        var back = new WorkReply(run.Id, run.Epoch, first.Number, first.Cohort.Id, "test", null, null) { Return = OrderReturn.HandedBack }.Encode().ToArray();
        await channel.BasicPublishAsync("", $"led.{run.Id}.replies", mandatory: true, MessageSeal.Seal(back), back, Cancel);
        await channel.BasicAckAsync(tag, false, Cancel);
        Assert.Equal((first.Cohort.Id, Members + 1), (await TakeAsync(Members)) is var (_, again) ? (again.Cohort.Id, again.Number) : default);
        Assert.NotEqual(first.Cohort.Id, (await TakeAsync(Members - 1)).Order.Cohort.Id);
        await cancel.CancelAsync();
        Assert.True((await running).Cancelled);

        async Task<(ulong Tag, WorkOrder Order)> TakeAsync(int waiting)
        {
            await cluster.Waiting(run, waiting);
            var message = await channel.BasicGetAsync($"led.{run.Id}.micro", autoAck: false, Cancel);
            return (message!.DeliveryTag, WorkOrder.Decode(message.Body.Span));
        }
    }

    /// <summary>The broker may give one of them to the worker that hangs, once more.</summary>
    [Fact]
    public async Task A_late_order_is_sent_again_in_two_copies_then_in_one()
    {
        var job = Job();
        var (run, time) = (cluster.Announce(job), new LateTime());
        using var cancel = new CancellationTokenSource();
        var running = Task.Run(() => cluster.Engine(run, cluster.Options with { LegTimeout = TimeSpan.FromHours(1) }, time: time).Run(job, cancel.Token));
        await cluster.Seen("coordinates run");
        await using var connection = await ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancel);
        foreach (var (copies, attempt) in ((int, int)[])[(1, 1), (2, 2), (1, 3)])
        {
            await cluster.Waiting(run, copies * Members);
            var orders = new List<int>();
            while (await channel.BasicGetAsync($"led.{run.Id}.micro", autoAck: true, Cancel) is { } message)
                orders.Add(WorkOrder.Decode(message.Body.Span).Number);
            Assert.Equal(Enumerable.Range((attempt - 1) * Members + 1, Members).SelectMany(n => Enumerable.Repeat(n, copies)), orders.Order());
            time.Later += TimeSpan.FromHours(1 << attempt);
        }
        await cancel.CancelAsync();
        Assert.True((await running).Cancelled);
    }

    /// <summary>A worker that is lost after it told and before it acknowledged has the next one tell the same loss again.</summary>
    [Fact]
    public async Task A_loss_that_is_told_twice_counts_once()
    {
        var job = Job();
        var run = cluster.Announce(job);
        using var cancel = new CancellationTokenSource();
        var running = Task.Run(() => cluster.Engine(run, cluster.Options with { MostLosses = 2 }).Run(job, cancel.Token));
        await using var connection = await ConnectAsync();
        await cluster.Seen("coordinates run");
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), Cancel);
        await cluster.Waiting(run, Members);
        var taken = new List<WorkOrder>();
        while (await channel.BasicGetAsync($"led.{run.Id}.micro", autoAck: true, Cancel) is { } message)
            taken.Add(WorkOrder.Decode(message.Body.Span));
        foreach (var (order, why) in ((WorkOrder, OrderReturn)[])[
            (taken[0], OrderReturn.WorkerLost), // the suspect whose turn it is
            (taken[1], OrderReturn.WorkerLost), (taken[1], OrderReturn.WorkerLost), // waits for its turn
            .. taken[2..].Select(order => (order, OrderReturn.HandedBack))])
        {
            var reply = new WorkReply(run.Id, run.Epoch, order.Number, order.Cohort.Id, "test", null, null) { Return = why }.Encode().ToArray();
            await channel.BasicPublishAsync("", $"led.{run.Id}.replies", mandatory: true, MessageSeal.Seal(reply), reply, Cancel);
        }
        await cluster.Waiting(run, 1); // the suspect, which is sent again when nothing is at work any more
        Assert.Equal(0u, await channel.MessageCountAsync($"led.{run.Id}.dead", Cancel));
        Assert.Empty(((MemoryRecorder)job.Recorder).Failures);
        await cancel.CancelAsync();
        Assert.True((await running).Cancelled);
    }

    [Theory]
    [InlineData(QueueKind.Classic)]
    [InlineData(QueueKind.Quorum)]
    public async Task Queues_that_nobody_uses_vanish_but_what_was_set_aside_stays(QueueKind kind)
    {
        await using var connection = await ConnectAsync();
        var queues = new RunQueues(cluster.Announce(Job()).Id);
        await using (var declaring = await connection.CreateChannelAsync(cancellationToken: Cancel))
            await queues.DeclareAsync(declaring, kind, TimeSpan.FromSeconds(0.2));
        foreach (var queue in (string[])[queues.Micro, queues.Latent, queues.Replies, queues.Setup])
            while (await ExistsAsync(queue))
                await Task.Delay(500, Cancel);
        Assert.True(await ExistsAsync(queues.Dead));

        async Task<bool> ExistsAsync(string queue)
        {
            await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancel);
            try
            {
                await channel.QueueDeclarePassiveAsync(queue, Cancel);
                return true;
            }
            catch (OperationInterruptedException error) when (error.ShutdownReason?.ReplyCode == Constants.NotFound)
            {
                return false;
            }
        }
    }

    [Theory]
    [InlineData(null)] // as earlier versions declared them
    [InlineData(QueueKind.Classic)]
    public async Task Queues_of_another_kind_are_refused_with_a_way_out(QueueKind? existing)
    {
        var job = Job();
        var run = cluster.Announce(job);
        await using var connection = await ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancel);
        if (existing is { } kind)
            await new RunQueues(run.Id).DeclareAsync(channel, kind, cluster.Options.QueueExpiry);
        else
            await channel.QueueDeclareAsync(new RunQueues(run.Id).Micro, durable: true, exclusive: false, autoDelete: false, cancellationToken: Cancel);
        var options = cluster.Options with { Queues = existing is null ? QueueKind.Classic : QueueKind.Quorum };
        var error = await Assert.ThrowsAsync<IOException>(() => Task.Run(() => cluster.Engine(run, options).Run(job, Cancel)));
        Assert.Contains("Go on with the --queues that the run was started with", error.Message);
        Assert.Contains($"rabbitmqctl delete_queue led.{run.Id}.micro", error.Message);
    }

    [Fact]
    public async Task A_node_leaves_a_run_that_is_announced_no_more_and_joins_it_again()
    {
        var run = cluster.Announce(Job());
        await using var connection = await ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), Cancel);
        var queues = new RunQueues(run.Id);
        await queues.DeclareAsync(channel, QueueKind.Classic, cluster.Options.QueueExpiry);
        await channel.BasicPublishAsync("", queues.Setup, mandatory: true, MessageSeal.Seal(run.Setup), run.Setup, Cancel);
        var (time, announcement) = (new LateTime(), new Announcement(run.Id, run.Epoch, run.SetupHash).Encode().ToArray());
        using var drain = new CancellationTokenSource();
        var node = cluster.Node("node", drain.Token, time: time);
        await cluster.Seen("waits for work");
        for (var joined = 1; joined <= 2; joined++)
        {
            await channel.BasicPublishAsync(RunQueues.Announcements, "", mandatory: false, MessageSeal.Seal(announcement), announcement, Cancel);
            await cluster.Until(() => cluster.Log.Count(line => line.Contains("works for run")) == joined, "the node joins");
            time.Later += NodeSession.LongestSilence + TimeSpan.FromSeconds(1);
            await cluster.Until(() => cluster.Log.Count(line => line.Contains("is done with run")) == joined, "the node leaves");
            while (await channel.ConsumerCountAsync(queues.Micro, Cancel) > 0)
                await Task.Delay(1, Cancel);
        }
        await drain.CancelAsync();
        await node;
        await queues.DeleteAsync(channel);
    }

    /// <summary>The test is the coordinator: it sends what is handed back again at once.</summary>
    [Fact]
    public async Task While_a_long_leg_is_at_work_others_are_handed_back_once_and_taken_again_when_it_is_over()
    {
        const double Long = -1;
        const int Short = 100, Behind = 12;
        using var over = new ManualResetEventSlim();
        var run = cluster.Announce(Job(new ToyDynamics
        {
            OnAdvance = x =>
            {
                if (x == Long)
                    over.Wait(Cancel);
                return x;
            },
        }));
        await using var connection = await ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), Cancel);
        var queues = new RunQueues(run.Id);
        await queues.DeclareAsync(channel, QueueKind.Classic, cluster.Options.QueueExpiry);
        using var drain = new CancellationTokenSource();
        var node = cluster.Node("node", drain.Token);
        await cluster.Seen("waits for work");
        await SendAsync("", queues.Setup, run.Setup);
        await SendAsync(RunQueues.Announcements, "", new Announcement(run.Id, run.Epoch, run.SetupHash).Encode().ToArray());
        var (answered, back) = (0, new int[Short + Behind + 2]);
        for (var order = 1; order <= Short; order++)
            await OrderAsync(order, value: 1);
        await AnswersAsync(Short);
        Array.Clear(back); // a machine with other work may have handed some back
        await OrderAsync(Short + 1, Long);
        for (var order = Short + 2; order < back.Length; order++)
            await OrderAsync(order, value: 1);
        using (var while2s = new CancellationTokenSource(TimeSpan.FromSeconds(2)))
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => AnswersAsync(Short + 1, while2s.Token));
        Assert.Equal(1, back.Max());
        over.Set();
        await AnswersAsync(back.Length - 1);
        await drain.CancelAsync();
        await node;
        await queues.DeleteAsync(channel);

        async Task AnswersAsync(int wanted, CancellationToken enough = default)
        {
            while (answered < wanted)
            {
                if (await channel.BasicGetAsync(queues.Replies, autoAck: true, Cancel) is not { } message)
                {
                    await Task.Delay(1, enough);
                    continue;
                }
                var reply = WorkReply.Decode(message.Body.Span);
                if (reply.Return == OrderReturn.HandedBack)
                {
                    back[reply.Number]++;
                    await OrderAsync(reply.Number, reply.Number == Short + 1 ? Long : 1);
                }
                else
                {
                    Assert.NotNull(reply.Result);
                    answered++;
                }
            }
        }

        Task OrderAsync(int number, double value) => SendAsync("", queues.Micro, new WorkOrder(run.Id, run.Epoch, number, Cohort.Start([number], [value])).Encode().ToArray());

        async Task SendAsync(string exchange, string key, byte[] body) =>
            await channel.BasicPublishAsync(exchange, key, mandatory: false, MessageSeal.Seal(body), body, Cancel);
    }

    private Task<IConnection> ConnectAsync() => new ConnectionFactory { Uri = broker.Uri }.CreateConnectionAsync(Cancel);

    private static EngineJob Job(ToyDynamics? dynamics = null)
    {
        var (toy, plan, clock) = (dynamics ?? new ToyDynamics(), LedCycle.Plan(new LedSchedule(6, 10, 3, 60)), new ThreadClock());
        return new EngineJob(
            Enumerable.Range(0, Members).Select(m => Cohort.Start([m], [m])), plan,
            new MicroWorker(toy, toy.Model, plan, LiftRule.Equilibrium, keepFields: true, clock), new LatentWorker(toy.Model, plan, 1, clock),
            new MemoryRecorder(), new ExecutionOptions { Workers = 2 });
    }
}
