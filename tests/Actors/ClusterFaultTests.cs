using LedCluster.Actors.RabbitMq;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;
using LedCluster.Tests;
using RabbitMQ.Client;

namespace LedCluster.Actors.Tests;

/// <summary>What a coordinator and its nodes do when something foreign comes along.</summary>
public class ClusterFaultTests(TestBroker broker) : IClassFixture<TestBroker>
{
    private const int Members = 6;
    private readonly BrokerWithNodes cluster = new(broker);

    private static EngineJob Job(MemoryRecorder recorder, ToyDynamics toy)
    {
        var (plan, clock) = (LedCycle.Plan(new LedSchedule(6, 10, 3, 60)), new ThreadClock());
        return new EngineJob(
            Enumerable.Range(0, Members).Select(m => Cohort.Start([m], [m])), plan,
            new MicroWorker(toy, toy.Model, plan, LiftRule.Equilibrium, keepFields: true, clock), new LatentWorker(toy.Model, plan, 1, clock),
            recorder, new ExecutionOptions { Workers = 2 });
    }

    [Fact]
    public async Task A_cancelled_run_that_nobody_works_for_ends_although_its_announcements_go_on()
    {
        using var cancel = new CancellationTokenSource();
        var job = Job(new MemoryRecorder(), new ToyDynamics());
        var running = Task.Run(() => cluster.Engine(cluster.Announce(job), cluster.Options).Run(job, cancel.Token));
        await cluster.Seen("coordinates run");
        await cancel.CancelAsync();
        Assert.True((await running.WaitAsync(TimeSpan.FromSeconds(240))).Cancelled);
    }

    [Fact]
    public async Task Foreign_bytes_in_a_runs_queues_are_set_aside_and_the_run_completes()
    {
        var recorder = new MemoryRecorder();
        var job = Job(recorder, new ToyDynamics());
        var run = cluster.Announce(job);
        var poisoned = new TaskCompletionSource();
        var engine = Task.Run(() => cluster.Engine(run, cluster.Options).Run(job with { Progress = _ => poisoned.Task.Wait() }, CancellationToken.None));

        await using var connection = await new ConnectionFactory { Uri = broker.Uri }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true));
        using var drain = new CancellationTokenSource();
        var node = cluster.Node("node", drain.Token);
        // The first reply waits until the queues have been fouled.
        await cluster.Seen("works for run");
        foreach (var queue in (string[])["micro", "latent", "replies"])
            await channel.BasicPublishAsync("", $"led.{run.Id}.{queue}", mandatory: true, "not ours"u8.ToArray());
        var stranger = new WorkReply(run.Id, run.Epoch + 1, 1, new CohortId(0), "stranger", null, "of another epoch").Encode().ToArray();
        await channel.BasicPublishAsync("", $"led.{run.Id}.replies", mandatory: true, MessageSeal.Seal(stranger), stranger);
        poisoned.SetResult();
        Assert.False((await engine).Cancelled);
        drain.Cancel();
        await node;
        Assert.Equal(Members, recorder.Paths.Count);
        Assert.Empty(recorder.Failures);
        Assert.Equal(3u, await channel.QueueDeleteAsync($"led.{run.Id}.dead"));
        Assert.Contains(cluster.Log, line => line.Contains("rejected an order"));
        Assert.Contains(cluster.Log, line => line.Contains("set a reply aside"));
    }

    [Fact]
    public async Task A_coordinator_gives_way_to_a_later_epoch()
    {
        var (first, second) = (new MemoryRecorder(), new MemoryRecorder());
        var run = cluster.Announce(Job(first, new ToyDynamics()));
        var old = Task.Run(() => cluster.Engine(run, cluster.Options).Run(Job(first, new ToyDynamics()), CancellationToken.None));
        await cluster.Seen("epoch 1");
        using var drain = new CancellationTokenSource();
        var later = Task.Run(() => cluster.Engine(run with { Epoch = 2 }, cluster.Options).Run(Job(second, new ToyDynamics()), CancellationToken.None));
        Assert.Contains("taken over", (await Assert.ThrowsAsync<IOException>(() => old)).Message);
        var node = cluster.Node("node", drain.Token);
        Assert.Equal(Members, (await later).Progress.MembersDone);
        drain.Cancel();
        await node;
        Assert.Equal(0, first.Records);
    }

    [Fact]
    public async Task A_leg_that_no_worker_ever_answers_is_tried_often_enough_and_then_set_aside()
    {
        using var never = new ManualResetEventSlim();
        var (recorder, stuck) = (new MemoryRecorder(), 0);
        var toy = new ToyDynamics
        {
            OnAdvance = x =>
            {
                if (x == 3)
                {
                    Interlocked.Increment(ref stuck);
                    never.Wait();
                }
                return x;
            },
        };
        var time = new LateTime();
        using var othersDone = new ManualResetEventSlim();
        var job = Job(recorder, toy) with
        {
            Cohorts = new[] { 0, 1, 2, 4, 5, 3 }.Select(m => Cohort.Start([m], [m])),
            Progress = progress =>
            {
                if (progress.MembersDone == Members - 1)
                    othersDone.Set();
            },
        };
        var run = cluster.Announce(job);
        using var drain = new CancellationTokenSource();
        var nodes = Enumerable.Range(0, 4).Select(n => cluster.Node($"node-{n}", drain.Token)).ToArray();
        var options = cluster.Options with { Window = 1, LegTimeout = TimeSpan.FromHours(1), MostAttempts = 2 }; // one after the other
        var running = Task.Run(() => cluster.Engine(run, options, time: time).Run(job, CancellationToken.None));
        await Task.Run(othersDone.Wait, TestContext.Current.CancellationToken);
        for (; !running.IsCompleted; await Task.Delay(20, TestContext.Current.CancellationToken)) // only the stuck leg is left to be late
            time.Later += TimeSpan.FromHours(3);
        var outcome = await running;
        Assert.Equal((Members - 1, 1), (outcome.Progress.MembersDone, outcome.Progress.MembersFailed));
        Assert.Contains("no worker answered in 2 attempts", Assert.Single(recorder.Failures).Reason);
        Assert.InRange(stuck, 1, 3); // the second attempt has two copies, and one may wait behind the first
        never.Set();
        drain.Cancel();
        await Task.WhenAll(nodes);
    }

    /// <summary>One order may wait behind the leg in hand; the others reach the other node long before any leg is late.</summary>
    [Fact]
    public async Task Orders_that_wait_behind_a_leg_that_hangs_are_handed_back()
    {
        const int many = 40;
        using var othersDone = new ManualResetEventSlim();
        var (recorder, legs) = (new MemoryRecorder(), 0);
        var toy = new ToyDynamics
        {
            OnAdvance = x =>
            {
                if (Interlocked.Increment(ref legs) == 400)
                    othersDone.Wait(TestContext.Current.CancellationToken);
                return x;
            },
        };
        var job = Job(recorder, toy) with
        {
            Cohorts = Enumerable.Range(0, many).Select(m => Cohort.Start([m], [m])),
            Progress = progress =>
            {
                if (progress.MembersDone == many - 2)
                    othersDone.Set();
            },
        };
        var run = cluster.Announce(job);
        using var drain = new CancellationTokenSource();
        var nodes = Enumerable.Range(0, 2).Select(n => cluster.Node($"node-{n}", drain.Token)).ToArray();
        var outcome = await Task.Run(() => cluster.Engine(run, cluster.Options).Run(job, TestContext.Current.CancellationToken)).WaitAsync(TimeSpan.FromSeconds(240));
        Assert.Equal(many, outcome.Progress.MembersDone);
        drain.Cancel();
        await Task.WhenAll(nodes);
    }

    [Fact]
    public void A_refused_login_ends_the_run_at_once_without_telling_the_password()
    {
        var job = Job(new MemoryRecorder(), new ToyDynamics());
        var engine = new RabbitMqEngine(cluster.Broker with { Password = "topsecret" }, cluster.Announce(job), cluster.Options, cluster.Log.Enqueue);
        var error = Assert.Throws<IOException>(() => engine.Run(job, CancellationToken.None));
        Assert.Contains("refuses the login", error.Message);
        Assert.DoesNotContain("topsecret", error + string.Concat(cluster.Log));
    }

    [Fact]
    public void A_broker_that_stays_away_ends_the_run()
    {
        var job = Job(new MemoryRecorder(), new ToyDynamics());
        var options = cluster.Options with { LongestOutage = TimeSpan.FromSeconds(0.3) };
        var nowhere = new BrokerOptions { Uri = new Uri("amqp://127.0.0.1:1/") };
        Assert.Contains("cannot be reached", Assert.Throws<IOException>(() => new RabbitMqEngine(nowhere, cluster.Announce(job), options, _ => { }).Run(job, CancellationToken.None)).Message);
    }
}
