using LedCluster.Actors.RabbitMq;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;
using LedCluster.Tests;
using RabbitMQ.Client;

namespace LedCluster.Actors.Tests;

/// <summary>How it is found out which of several orders killed a worker; the test is the only node, until one is started.</summary>
public sealed class SuspectTrialTests(TestBroker broker) : IClassFixture<TestBroker>, IAsyncLifetime
{
    private const int Members = 6;
    private readonly BrokerWithNodes cluster = new(broker);
    private readonly MemoryRecorder recorder = new();
    private readonly CancellationTokenSource cancel = new(), drain = new();
    private readonly LateTime time = new();
    private IConnection connection = null!;
    private IChannel channel = null!;
    private ClusterRun run = null!;
    private Task<RunOutcome> running = null!;
    private uint foreign;

    public async ValueTask InitializeAsync()
    {
        connection = await new ConnectionFactory { Uri = broker.Uri }.CreateConnectionAsync(Cancel);
        channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await connection.DisposeAsync();
        cancel.Dispose();
        drain.Dispose();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Before its third worker is lost, the innocent one has no other order beside it: it is not lost with that one.</summary>
    [Fact]
    public async Task An_innocent_cohort_that_lay_beside_two_that_kill_is_tried_alone()
    {
        await StartAsync(cluster.Options with { MostLosses = 3 }, cohortSize: 1);
        var taken = await TakeAsync();
        Assert.Equal(Members, taken.Count);
        await TellAsync(OrderReturn.WorkerLost, taken[0], taken[1]); // the innocent one, and one that kills
        var again = await TakeAsync();
        Assert.Equal([taken[0].Cohort.Id, taken[1].Cohort.Id], again.Select(order => order.Cohort.Id));
        await TellAsync(OrderReturn.WorkerLost, again[0], taken[2]); // the innocent one, and another that kills
        Assert.Empty(await TakeAsync());
        await TellAsync(OrderReturn.HandedBack, [again[1], .. taken[3..]]);
        var tried = Assert.Single(await TakeAsync());
        Assert.Equal(taken[0].Cohort.Id, tried.Cohort.Id);
        await TellAsync(OrderReturn.HandedBack, tried);
        await CompleteAsync();
    }

    [Fact]
    public async Task Members_of_a_cohort_that_killed_are_not_at_work_beside_the_next_suspect()
    {
        await StartAsync(cluster.Options with { MostLosses = 2 }, cohortSize: 3);
        var taken = await TakeAsync();
        await TellAsync(OrderReturn.WorkerLost, [.. taken]);
        var guilty = Assert.Single(await TakeAsync());
        Assert.Equal(taken[0].Cohort.Id, guilty.Cohort.Id);
        await TellAsync(OrderReturn.WorkerLost, guilty);
        var next = Assert.Single(await TakeAsync());
        Assert.Equal(taken[1].Cohort.Id, next.Cohort.Id);
        await TellAsync(OrderReturn.HandedBack, next);
        await CompleteAsync();
    }

    [Fact]
    public async Task A_trial_waits_for_what_is_at_work_and_both_are_sent_again_when_late()
    {
        await StartAsync(cluster.Options with { MostLosses = 2, LegTimeout = TimeSpan.FromHours(1) }, cohortSize: 1);
        var suspect = (await TakeAsync())[0];
        await TellAsync(OrderReturn.WorkerLost, suspect);
        Assert.Empty(await TakeAsync());
        time.Later += TimeSpan.FromHours(2);
        var late = (await TakeAsync()).DistinctBy(order => order.Cohort.Id).ToArray();
        Assert.Equal(Members - 1, late.Length);
        Assert.DoesNotContain(late, order => order.Cohort.Id == suspect.Cohort.Id);
        await TellAsync(OrderReturn.HandedBack, late);
        Assert.Equal(suspect.Cohort.Id, Assert.Single(await TakeAsync()).Cohort.Id);
        time.Later += TimeSpan.FromHours(2);
        Assert.Equal([suspect.Cohort.Id, suspect.Cohort.Id], (await TakeAsync()).Select(order => order.Cohort.Id));
        await cancel.CancelAsync();
        Assert.True((await running).Cancelled);
    }

    private async Task StartAsync(RabbitMqOptions options, int cohortSize)
    {
        var (toy, plan, clock) = (new ToyDynamics(), LedCycle.Plan(new LedSchedule(6, 10, 3, 60)), new ThreadClock());
        var job = new EngineJob(
            Enumerable.Range(0, Members).Chunk(cohortSize).Select(c => Cohort.Start([.. c], [.. c.Select(m => (double)m)])), plan,
            new MicroWorker(toy, toy.Model, plan, LiftRule.Equilibrium, keepFields: true, clock), new LatentWorker(toy.Model, plan, 1, clock),
            recorder, new ExecutionOptions { Workers = 2 });
        run = cluster.Announce(job);
        running = Task.Run(() => cluster.Engine(run, options, time: time).Run(job, cancel.Token));
        await cluster.Seen("coordinates run");
    }

    /// <summary>Takes all orders that wait, when the coordinator has dealt with whatever it was told.</summary>
    private async Task<List<WorkOrder>> TakeAsync()
    {
        await SettleAsync();
        await SettleAsync(); // between the two it has looked for what is late
        var orders = new List<WorkOrder>();
        while (await channel.BasicGetAsync($"led.{run.Id}.micro", autoAck: true, Cancel) is { } message)
            orders.Add(WorkOrder.Decode(message.Body.Span));
        return orders;
    }

    /// <summary>Bytes that are no reply are set aside after all replies before them were dealt with.</summary>
    private async Task SettleAsync()
    {
        foreign++;
        await channel.BasicPublishAsync("", $"led.{run.Id}.replies", mandatory: true, "not ours"u8.ToArray(), Cancel);
        await cluster.Until(() => channel.MessageCountAsync($"led.{run.Id}.dead", Cancel).GetAwaiter().GetResult() == foreign, "all is dealt with");
    }

    private async Task TellAsync(OrderReturn why, params WorkOrder[] orders)
    {
        foreach (var order in orders)
        {
            var reply = new WorkReply(run.Id, run.Epoch, order.Number, order.Cohort.Id, "test", null, null) { Return = why }.Encode().ToArray();
            await channel.BasicPublishAsync("", $"led.{run.Id}.replies", mandatory: true, MessageSeal.Seal(reply), reply, Cancel);
        }
    }

    /// <summary>With a node, the run completes and nobody was set aside.</summary>
    private async Task CompleteAsync()
    {
        var node = cluster.Node("node", drain.Token);
        Assert.Equal(Members, (await running).Progress.MembersDone);
        await drain.CancelAsync();
        await node;
        Assert.Empty(recorder.Failures);
    }
}
