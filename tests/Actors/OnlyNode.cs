using LedCluster.Actors.RabbitMq;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;
using LedCluster.Tests;
using RabbitMQ.Client;

namespace LedCluster.Actors.Tests;

/// <summary>A run on a real broker whose only node is the test, until it starts another.</summary>
public abstract class OnlyNode(TestBroker broker) : IClassFixture<TestBroker>, IAsyncLifetime
{
    protected const int Members = 6;

    private protected BrokerWithNodes Cluster { get; } = new(broker);
    private protected MemoryRecorder Recorder { get; } = new();
    private protected LateTime Time { get; } = new();
    protected CancellationTokenSource StopRun { get; } = new();
    protected Task<RunOutcome> Running { get; private set; } = null!;

    private readonly CancellationTokenSource drain = new();
    private IConnection connection = null!;
    private IChannel channel = null!;
    private ClusterRun run = null!;
    private EngineJob job = null!;
    private uint foreign;

    public async ValueTask InitializeAsync()
    {
        connection = await new ConnectionFactory { Uri = broker.Uri }.CreateConnectionAsync(Cancel);
        channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await StopRun.CancelAsync();
        await connection.DisposeAsync();
        StopRun.Dispose();
        drain.Dispose();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected async Task StartAsync(RabbitMqOptions options, int cohortSize)
    {
        var (toy, plan, clock) = (new ToyDynamics(), LedCycle.Plan(new LedSchedule(6, 10, 3, 60)), new ThreadClock());
        job = new EngineJob(
            Enumerable.Range(0, Members).Chunk(cohortSize).Select(c => Cohort.Start([.. c], [.. c.Select(m => (double)m)])), plan,
            new MicroWorker(toy, toy.Model, plan, LiftRule.Equilibrium, keepFields: true, clock), new LatentWorker(toy.Model, plan, 1, clock),
            Recorder, new ExecutionOptions { Workers = 2 });
        run = Cluster.Announce(job);
        Running = Task.Run(() => Cluster.Engine(run, options, time: Time).Run(job, StopRun.Token));
        await Cluster.Seen("coordinates run");
    }

    /// <summary>Takes all orders that wait, when the coordinator has dealt with whatever it was told.</summary>
    protected async Task<List<WorkOrder>> TakeAsync()
    {
        await SettleAsync();
        await SettleAsync(); // between the two it has looked for what is late
        var orders = new List<WorkOrder>();
        while (await channel.BasicGetAsync($"led.{run.Id}.micro", autoAck: true, Cancel) is { } message)
            orders.Add(WorkOrder.Decode(message.Body.Span));
        return orders;
    }

    /// <summary>Bytes that are no reply are set aside after all replies before them were dealt with.</summary>
    protected async Task SettleAsync()
    {
        foreign++;
        await channel.BasicPublishAsync("", $"led.{run.Id}.replies", mandatory: true, "not ours"u8.ToArray(), Cancel);
        await Cluster.Until(() => channel.MessageCountAsync($"led.{run.Id}.dead", Cancel).GetAwaiter().GetResult() == foreign, "all is dealt with");
    }

    /// <summary>Runs the leg of an order and answers.</summary>
    protected Task AnswerAsync(WorkOrder order) =>
        ReplyAsync(new WorkReply(run.Id, run.Epoch, order.Number, order.Cohort.Id, "test", job.Micro.Run(order.Cohort), null));

    /// <summary>Gives orders back.</summary>
    protected async Task TellAsync(OrderReturn why, params WorkOrder[] orders)
    {
        foreach (var order in orders)
            await ReplyAsync(new WorkReply(run.Id, run.Epoch, order.Number, order.Cohort.Id, "test", null, null) { Return = why });
    }

    private async Task ReplyAsync(WorkReply reply)
    {
        var body = reply.Encode().ToArray();
        await channel.BasicPublishAsync("", $"led.{run.Id}.replies", mandatory: true, MessageSeal.Seal(body), body, Cancel);
    }

    /// <summary>With a node, the run completes and nobody was set aside.</summary>
    protected async Task CompleteAsync()
    {
        var node = Cluster.Node("node", drain.Token);
        Assert.Equal(Members, (await Running).Progress.MembersDone);
        await drain.CancelAsync();
        await node;
        Assert.Empty(Recorder.Failures);
    }
}
