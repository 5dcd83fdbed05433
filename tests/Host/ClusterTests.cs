using System.Diagnostics;

namespace LedCluster.Host.Tests;

/// <summary>Runs on a RabbitMQ cluster of real processes, undisturbed and with faults.</summary>
public sealed class ClusterTests(Cluster cluster, ITestOutputHelper output) : IClassFixture<Cluster>, IDisposable
{
    private const int Members = 24, Faults = 6;

    /// <summary>Every test has nodes of its own.</summary>
    public void Dispose() => cluster.KillNodes();

    [Fact]
    public void Five_hundred_members_on_three_micro_and_two_latent_nodes_have_the_bits_of_the_embedded_engine()
    {
        cluster.Nodes(micro: 3, latent: 2);
        var reference = cluster.Place.Fresh();
        Assert.Equal(500, (int)Led.Json(Command(reference, 32))["members"]!["done"]!);
        foreach (var size in (int[])[1, 32])
        {
            var run = cluster.Place.Fresh();
            Assert.Equal(500, (int)Led.Json([.. Command(run, size), .. cluster.Engine])["members"]!["done"]!);
            Workplace.AssertSameOutput(reference, run);
            RunWatch.AssertEachLegOnce(500, run);
        }

        string[] Command(string run, int size) =>
            ["forecast", "fhn", "--members", "500", "--t-final", "120", "--t-warm", "20", "--t-macro", "40", "--t-micro", "10", "--cohort-size", $"{size}", "--model", cluster.Place.Model, "--run", run];
    }

    [Fact]
    public void Quorum_queues_carry_a_run_to_the_bits_of_the_embedded_engine()
    {
        cluster.Nodes(micro: 1, latent: 1);
        var run = cluster.Place.Fresh();
        AssertFinished(Led.Start([.. Command(run), .. cluster.Engine, "--queues", "quorum"]), run);
    }

    [Fact]
    public void Killed_workers_and_coordinators_lose_and_double_nothing()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed of the faults: {seed}");
        var random = new Random(seed);
        var (nodes, run) = (cluster.Nodes(micro: 2, latent: 2), cluster.Place.Fresh());
        var coordinator = Led.Start([.. Command(run), .. cluster.Engine]);
        for (var fault = 0; fault < Faults && RunWatch.Grown(run, RunWatch.Length(run), coordinator); fault++)
        {
            for (var left = Stopwatch.StartNew(); left.ElapsedMilliseconds < random.Next(300) && !coordinator.HasExited;)
                Thread.Yield();
            var victim = fault == 0 ? nodes.Count : random.Next(nodes.Count + 1); // the coordinator at least once
            output.WriteLine($"kill -9 of {(victim < nodes.Count ? nodes[victim].Role : "coordinator")}");
            if (victim < nodes.Count)
            {
                nodes[victim].Process.Kill();
                nodes[victim] = (nodes[victim].Role, cluster.Node(nodes[victim].Role));
                continue;
            }
            coordinator.Kill();
            coordinator.WaitForExit();
            coordinator.Dispose();
            coordinator = Led.Start(["resume", run, "--cohort-size", "3", .. cluster.Engine]);
        }
        AssertFinished(coordinator, run);
    }

    [Fact]
    public void A_broker_that_is_killed_and_started_again_in_mid_run_is_survived()
    {
        cluster.Nodes(micro: 1, latent: 1);
        var run = cluster.Place.Fresh();
        var coordinator = Led.Start([.. Command(run), .. cluster.Engine]);
        Assert.True(RunWatch.Grown(run, RunWatch.Length(run), coordinator), "the run ended before the broker could be killed");
        cluster.Broker.Kill();
        cluster.Broker.Start();
        Assert.Contains("lost the broker", AssertFinished(coordinator, run));
    }

    [Fact]
    public void A_worker_that_hangs_beyond_the_time_out_is_replaced_and_may_come_back()
    {
        var hanging = cluster.Nodes(micro: 1, latent: 1)[0].Process;
        var run = cluster.Place.Fresh();
        var coordinator = Led.Start([.. Command(run), .. cluster.Engine, "--leg-timeout", "1"]);
        Assert.True(RunWatch.Grown(run, RunWatch.Length(run), coordinator), "the run ended before a worker could hang");
        Cluster.Signal("STOP", hanging); // with the only micro orders in hand
        cluster.Node("micro");
        for (var grown = 0; grown < 3; grown++)
            RunWatch.Grown(run, RunWatch.Length(run), coordinator);
        Cluster.Signal("CONT", hanging);
        // The second holds when the machine is so busy that heartbeats are missed before a leg is late.
        Assert.Matches("is late; another worker gets it|a worker was lost", AssertFinished(coordinator, run));
    }

    [Fact]
    public void A_worker_asked_to_stop_ends_with_0_and_a_run_asked_to_stop_resumes_on_one_machine()
    {
        var nodes = cluster.Nodes(micro: 2, latent: 1);
        var run = cluster.Place.Fresh();
        var coordinator = Led.Start([.. Command(run), .. cluster.Engine]);
        Assert.True(RunWatch.Grown(run, RunWatch.Length(run), coordinator), "the run ended before a worker could be stopped");
        Cluster.Signal("TERM", nodes[0].Process);
        var drained = Led.Finish(nodes[0].Process, ["node"]);
        Assert.True(drained.Code == 0, drained.Errors);
        Assert.Contains("is drained", drained.Errors);
        Assert.True(RunWatch.Grown(run, RunWatch.Length(run), coordinator), "the run ended before it could be stopped");
        Cluster.Signal("TERM", coordinator);
        Assert.Equal(130, Led.Finish(coordinator, ["forecast"]).Code);
        AssertFinished(Led.Start("resume", run), run);
    }

    [Theory]
    [InlineData("does not have that device", "node", "--role", "latent", "--device", "cuda:0", "--broker", "amqp://127.0.0.1:1")]
    [InlineData("give micro, latent", "node", "--role", "micros", "--broker", "amqp://127.0.0.1:1")]
    [InlineData("needs a broker", "node", "--role", "micro")]
    [InlineData("LEDCLUSTER_RABBITMQ_PASSWORD", "node", "--broker", "amqp://led:topsecret@127.0.0.1:1")]
    [InlineData("engines are embedded, rabbitmq and akka", "forecast", "fhn", "--engine", "carrier-pigeon")]
    [InlineData("the engine embedded has none", "forecast", "fhn", "--queues", "quorum")]
    [InlineData("the engine embedded needs none", "forecast", "fhn", "--broker", "amqp://127.0.0.1:1")]
    public void What_a_cluster_cannot_use_is_refused_with_a_reason(string reason, params string[] arguments)
    {
        var outcome = Led.Run(arguments);
        Assert.Equal(2, outcome.Code);
        Assert.Contains(reason, outcome.Errors);
        Assert.DoesNotContain("topsecret", outcome.Errors + outcome.Output);
    }

    private string[] Command(string run) =>
    [
        "forecast", "fhn", "--members", $"{Members}", "--t-final", "3000", "--t-warm", "40", "--t-macro", "10", "--t-micro", "30", "--dt", "0.001", "--cohort-size", "4", "--workers", "2",
        "--model", cluster.Place.Model, "--run", run,
    ];

    /// <summary>Waits for the end of a run, compares its bytes with those of an undisturbed one, and returns what it told.</summary>
    private string AssertFinished(Process coordinator, string run)
    {
        var outcome = Led.Finish(coordinator, Command(run));
        coordinator.Dispose();
        Assert.True(outcome.Code == 0, outcome.Errors);
        var reference = cluster.Place["reference"];
        if (!Directory.Exists(reference))
            Assert.Equal(0, Led.Run(Command(reference)).Code);
        Workplace.AssertSameOutput(reference, run);
        RunWatch.AssertEachLegOnce(Members, run);
        return outcome.Errors;
    }
}
