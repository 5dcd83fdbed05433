using LedCluster.Actors.RabbitMq;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;
using LedCluster.Tests;
using RabbitMQ.Client;

namespace LedCluster.Actors.Tests;

/// <summary>What a run does when the broker, the way to it or a worker's process fails. Each case has a run, two nodes and a fault.</summary>
public sealed class BrokerFaultTests : IClassFixture<TestBroker>, IDisposable
{
    private const int Members = 6, Longest = 300_000;

    private readonly TestBroker broker;
    private BrokerWithNodes cluster;
    private readonly TcpProxy home, away;
    private readonly CancellationTokenSource drain = new();
    private readonly List<Task> nodes = [];
    private readonly MemoryRecorder recorder = new();

    public BrokerFaultTests(TestBroker broker)
    {
        this.broker = broker;
        cluster = new BrokerWithNodes(broker);
        (home, away) = (new TcpProxy(broker.Uri.Port), new TcpProxy(broker.Uri.Port));
    }

    public void Dispose()
    {
        home.Heal();
        away.Heal();
        drain.Cancel();
        Task.WaitAll(nodes);
        home.Dispose();
        away.Dispose();
        drain.Dispose();
    }

    [Theory(Timeout = Longest)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_is_reset_is_made_again_and_the_run_completes(bool coordinator)
    {
        await RunAsync((coordinator ? home : away).Reset, () => cluster.Seen("lost the broker"));
        AssertComplete();
    }

    [Theory(Timeout = Longest)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_network_that_falls_silent_is_noticed_by_its_heartbeats_and_the_run_completes(bool coordinator)
    {
        var wire = coordinator ? home : away;
        // A busy machine may miss heartbeats of one second again and again: no cohort is guilty of that.
        cluster = new BrokerWithNodes(broker) { HeartbeatSeconds = 1, Options = cluster.Options with { MostLosses = 100 } };
        await RunAsync(wire.Silence, async () =>
        {
            await cluster.Seen("lost the broker");
            wire.Heal();
        });
        AssertComplete();
    }

    [Fact(Timeout = Longest)]
    public async Task Full_queues_hold_a_run_up_and_nothing_else()
    {
        await RunAsync(
            () => broker.Control("set_policy", "full", @"^led\.", """{"max-length":0,"overflow":"reject-publish"}""", "--apply-to", "queues"),
            async () =>
            {
                await cluster.Seen("a queue is full");
                broker.Control("clear_policy", "full");
            });
        AssertComplete();
        Assert.DoesNotContain(cluster.Log, line => line.Contains("lost the broker"));
    }

    /// <summary>As a broker does while it starts: what was let in once is let in again when the broker is ready.</summary>
    [Fact(Timeout = Longest)]
    public async Task A_login_that_is_refused_for_a_while_is_tried_again_and_the_run_completes()
    {
        await RunAsync(
            () =>
            {
                broker.Control("change_password", "guest", "another");
                home.Reset();
                away.Reset();
            },
            async () =>
            {
                foreach (var who in (string[])["one cannot reach", "two cannot reach", "cannot reach the broker amqp://127.0.0.1:" + home.Uri.Port])
                    await cluster.Until(() => cluster.Log.Any(line => line.Contains(who) && line.Contains("ACCESS_REFUSED")), $"{who}, as it is refused");
                broker.Control("change_password", "guest", "guest");
            });
        AssertComplete();
    }

    [Fact(Timeout = Longest)]
    public async Task A_broker_without_memory_holds_a_run_up_and_nothing_else()
    {
        await RunAsync(() => broker.Control("set_vm_memory_high_watermark", "0.0000001"), async () =>
        {
            await cluster.Seen("takes no messages of the coordinator");
            broker.Control("set_vm_memory_high_watermark", "0.4");
        });
        AssertComplete();
        Assert.DoesNotContain(cluster.Log, line => line.Contains("lost the broker"));
    }

    [Theory(Timeout = Longest)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_run_is_cancelled_while_the_broker_is_without_memory(bool connecting)
    {
        var (run, job) = Prepare(new ToyDynamics());
        using var cancel = new CancellationTokenSource();
        if (connecting)
            broker.Control("set_vm_memory_high_watermark", "0.0000001");
        var running = Task.Run(() => cluster.Engine(run, cluster.Options).Run(job, cancel.Token));
        try
        {
            if (!connecting)
            {
                await cluster.Seen("coordinates run");
                broker.Control("set_vm_memory_high_watermark", "0.0000001");
            }
            await cluster.Seen("takes no messages of the coordinator");
            await cancel.CancelAsync();
            Assert.True((await running.WaitAsync(TimeSpan.FromSeconds(20))).Cancelled);
        }
        finally
        {
            broker.Control("set_vm_memory_high_watermark", "0.4");
        }
        Assert.Equal(!connecting, cluster.Log.Any(line => line.Contains("coordinates run")));
    }

    /// <summary>At every try the node loses its connection, as if its process died: innocent cohorts, which lie beside the guilty one, are lost with it.</summary>
    [Fact(Timeout = Longest)]
    public async Task A_member_that_kills_every_worker_it_meets_is_set_aside_after_three_and_the_others_complete()
    {
        var deaths = 0;
        var toy = new ToyDynamics
        {
            OnAdvance = x =>
            {
                if (x != 3)
                    return x;
                Interlocked.Increment(ref deaths);
                home.Reset(); // the node is on this wire
                throw new InvalidOperationException("dead");
            },
        };
        var (run, job) = Prepare(toy);
        Start(home, "node");
        await Task.Run(() => cluster.Engine(run, cluster.Options).Run(job, CancellationToken.None));
        Assert.Equal(3, deaths);
        var failure = Assert.Single(recorder.Failures);
        Assert.Equal(3, failure.Member);
        Assert.Contains("3 workers in a row were lost", failure.Reason);
        Assert.Equal(Members - 1, recorder.Last.Values.Count(c => c.Leg == job.Plan.Length));
        await using var connection = await new ConnectionFactory { Uri = broker.Uri }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        var dead = await channel.BasicGetAsync($"led.{run.Id}.dead", autoAck: true);
        Assert.Contains("3 workers in a row", System.Text.Encoding.UTF8.GetString((byte[])dead!.BasicProperties.Headers!["x-led-reason"]!));
    }

    [Fact(Timeout = Longest)]
    public async Task A_foreign_setup_is_removed_and_sent_again_so_that_nodes_can_still_join()
    {
        var (run, job) = Prepare(new ToyDynamics());
        var engine = Task.Run(() => cluster.Engine(run, cluster.Options).Run(job, CancellationToken.None));
        await cluster.Seen("coordinates run");
        await using var connection = await new ConnectionFactory { Uri = broker.Uri }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true));
        await channel.BasicPublishAsync("", $"led.{run.Id}.setup", mandatory: true, "not ours"u8.ToArray());
        Start(away, "node");
        await engine;
        AssertComplete();
        Assert.Contains(cluster.Log, line => line.Contains("are not the setup of run"));
    }

    [Fact(Timeout = Longest)]
    public async Task A_node_connects_again_while_a_leg_of_before_hangs_and_its_other_worker_completes_the_run()
    {
        var hung = 0;
        using var never = new ManualResetEventSlim();
        var toy = new ToyDynamics
        {
            OnAdvance = x =>
            {
                if (x == 3 && Interlocked.Increment(ref hung) == 1)
                    never.Wait();
                return x;
            },
        };
        var (run, job) = Prepare(toy);
        nodes.Add(cluster.Node("node", drain.Token, away, workers: 2));
        var engine = Task.Run(() => cluster.Engine(run, cluster.Options).Run(job, CancellationToken.None));
        await cluster.Until(() => hung == 1, "a leg hangs");
        away.Reset();
        try
        {
            await engine.WaitAsync(TimeSpan.FromSeconds(60));
            AssertComplete();
            await drain.CancelAsync();
            await Task.WhenAll(nodes).WaitAsync(TimeSpan.FromSeconds(60)); // and it can be drained
        }
        finally
        {
            never.Set();
        }
    }

    /// <summary>The threads of the node's workers have names.</summary>
    [Fact(Timeout = Longest)]
    public async Task A_node_that_may_not_listen_keeps_trying_and_piles_up_no_threads()
    {
        broker.Control("set_permissions", "guest", "", ".*", ".*");
        try
        {
            nodes.Add(cluster.Node("node", drain.Token, workers: 8));
            await cluster.Seen("cannot reach the broker");
            await Task.Delay(TimeSpan.FromSeconds(2)); // some more attempts
            Assert.Equal(0, Directory.GetDirectories("/proc/self/task").Count(task => File.ReadAllText(Path.Combine(task, "comm")).TrimEnd() == "micro-7"));
        }
        finally
        {
            broker.Control("set_permissions", "guest", ".*", ".*", ".*");
        }
        await cluster.Seen("waits for work");
    }

    [Fact(Timeout = Longest)]
    public async Task A_leg_that_a_machine_has_no_memory_for_is_run_by_another_and_nobody_is_set_aside()
    {
        var failed = 0;
        var toy = new ToyDynamics { OnAdvance = x => x == 3 && Interlocked.Increment(ref failed) == 1 ? throw new OutOfMemoryException() : x };
        var (run, job) = Prepare(toy);
        Start(home, "one");
        Start(away, "two");
        await Task.Run(() => cluster.Engine(run, cluster.Options).Run(job, CancellationToken.None));
        AssertComplete();
        Assert.Contains(cluster.Log, line => line.Contains("could not run a leg of") && line.Contains("OutOfMemoryException"));
    }

    [Fact(Timeout = Longest)]
    public async Task A_drained_node_hands_its_orders_back_and_that_counts_against_nobody()
    {
        using var first = new CancellationTokenSource();
        using var busy = new ManualResetEventSlim();
        using var proceed = new ManualResetEventSlim();
        var toy = new ToyDynamics
        {
            OnAdvance = x =>
            {
                busy.Set();
                proceed.Wait();
                return x;
            },
        };
        var (run, job) = Prepare(toy);
        var engine = Task.Run(() => cluster.Engine(run, cluster.Options).Run(job, CancellationToken.None));
        var drained = cluster.Node("drained", first.Token);
        await Task.Run(busy.Wait);
        await cluster.Waiting(run, Members - 2);
        first.Cancel();
        proceed.Set();
        await drained;
        Start(away, "node");
        await engine;
        AssertComplete();
        Assert.DoesNotContain(cluster.Log, line => line.Contains("a worker was lost"));
    }

    /// <summary>Runs a job on two nodes; the fault comes with the first leg recorded, and ends by what the second action does.</summary>
    private async Task RunAsync(Action inject, Func<Task> end)
    {
        var injected = new TaskCompletionSource();
        var (run, job) = Prepare(new ToyDynamics());
        Start(away, "one");
        Start(away, "two");
        var engine = Task.Run(() => cluster.Engine(run, cluster.Options, home).Run(
            job with
            {
                Progress = _ =>
                {
                    if (injected.Task.IsCompleted)
                        return;
                    inject();
                    injected.SetResult();
                },
            },
            CancellationToken.None));
        await injected.Task;
        await end();
        Assert.False((await engine).Cancelled);
    }

    private (ClusterRun, EngineJob) Prepare(ToyDynamics toy)
    {
        var (plan, clock) = (LedCycle.Plan(new LedSchedule(6, 10, 3, 200)), new ThreadClock());
        var job = new EngineJob(
            Enumerable.Range(0, Members).Select(m => Cohort.Start([m], [m])), plan,
            new MicroWorker(toy, toy.Model, plan, LiftRule.Equilibrium, keepFields: true, clock), new LatentWorker(toy.Model, plan, 1, clock),
            recorder, new ExecutionOptions { Workers = 2 });
        return (cluster.Announce(job), job);
    }

    private void Start(TcpProxy wire, string name) => nodes.Add(cluster.Node(name, drain.Token, wire));

    private void AssertComplete()
    {
        Assert.Empty(recorder.Failures);
        Assert.Equal(Members, recorder.Paths.Count);
        Assert.All(recorder.Paths.Values, path => Assert.Equal(201, path.Count));
    }
}
