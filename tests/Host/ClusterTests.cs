using System.Diagnostics;

namespace LedCluster.Host.Tests;

/// <summary>Runs on a cluster of real processes, undisturbed and with faults.</summary>
public sealed class ClusterTests(Workplace place, ITestOutputHelper output) : IClassFixture<Workplace>, IDisposable
{
    private const int Members = 24, Faults = 6;

    private readonly Cluster cluster = new();

    public void Dispose() => cluster.Dispose();

    [Fact]
    public void Five_hundred_members_on_three_micro_and_two_latent_nodes_have_the_bits_of_a_single_process()
    {
        foreach (var role in (string[])["micro,coordinator", "latent", "micro", "micro", "latent"])
            cluster.Node(role);
        var reference = place.Fresh();
        Assert.Equal(500, (int)Led.Json(Command(reference, 32))["members"]!["done"]!);
        foreach (var size in (int[])[1, 32])
        {
            var run = place.Fresh();
            Assert.Equal(500, (int)Led.Json([.. Command(run, size), .. cluster.Join])["members"]!["done"]!);
            Workplace.AssertSameOutput(reference, run);
            RunWatch.AssertEachLegOnce(500, run);
        }

        string[] Command(string run, int size) =>
            [
                "forecast", "fhn", "--members", "500", "--t-final", "120", "--t-warm", "20", "--t-macro", "40", "--t-micro", "10",
                "--cohort-size", $"{size}", "--model", place.Model, "--run", run];
    }

    [Fact]
    public void A_forecast_starts_nodes_of_its_own_which_end_with_it()
    {
        var run = place.Fresh();
        AssertFinished(Led.Start([.. Command(run), "--nodes", "2"]), run);
        Assert.Contains("2 nodes of this machine", File.ReadAllText(Path.Combine(run, "journal.ndjson")));
    }

    [Fact]
    public void Killed_workers_and_coordinators_lose_and_double_nothing()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed of the faults: {seed}");
        var random = new Random(seed);
        cluster.Node("coordinator"); // the contact stays
        List<(string Role, Process Process)> nodes = [.. new[] { "micro", "micro", "latent", "latent" }.Select(role => (role, cluster.Node(role)))];
        var run = place.Fresh();
        var coordinator = Led.Start([.. Command(run), .. cluster.Join]);
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
            coordinator = Led.Start(["resume", run, "--cohort-size", "3", .. cluster.Join]);
        }
        AssertFinished(coordinator, run);
    }

    [Fact]
    public void Trajectories_whose_process_is_killed_go_on_in_another_one_from_where_the_coordinator_knows_them()
    {
        Process[] nodes = [.. new[] { "micro", "latent", "coordinator", "micro" }.Select(cluster.Node)];
        var (run, coordinator) = Started();
        Assert.True(RunWatch.Grown(run, RunWatch.Length(run), coordinator), "the run ended before the host could be killed");
        nodes[2].Kill();
        AssertFinished(coordinator, run);
    }

    [Fact]
    public void Half_of_the_nodes_and_the_contact_killed_at_once_leave_the_coordinator_at_work_with_the_others()
    {
        Process[] nodes = [.. new[] { "micro", "micro", "latent", "latent", "micro" }.Select(cluster.Node)];
        var (run, coordinator) = Started();
        foreach (var node in nodes) // a node that has not joined the run yet is no loss to it
            Cluster.WaitUntil(node, "works for run");
        Assert.True(RunWatch.Grown(run, RunWatch.Length(run), coordinator), "the run ended before nodes could be killed");
        foreach (var victim in (int[])[0, 1, 2])
            nodes[victim].Kill();
        Assert.Matches("is lost, its connection dropped", AssertFinished(coordinator, run));
    }

    [Fact]
    public void A_worker_that_hangs_is_replaced_and_may_come_back()
    {
        Process[] nodes = [.. new[] { "micro", "latent", "micro" }.Select(cluster.Node)];
        var (run, coordinator) = Started("--leg-timeout", "1");
        Cluster.WaitUntil(nodes[2], "works for run"); // from now on it is sent orders, also when it hangs
        Assert.True(RunWatch.Grown(run, RunWatch.Length(run), coordinator), "the run ended before a worker could hang");
        Cluster.Signal("STOP", nodes[2]);
        for (var grown = 0; grown < 3; grown++)
            RunWatch.Grown(run, RunWatch.Length(run), coordinator);
        Cluster.Signal("CONT", nodes[2]);
        AssertFinished(coordinator, run);
    }

    [Fact]
    public void A_worker_asked_to_stop_ends_with_0_and_a_run_asked_to_stop_resumes_on_one_machine()
    {
        Process[] nodes = [.. new[] { "micro", "latent", "micro" }.Select(cluster.Node)];
        var (run, coordinator) = Started();
        Assert.True(RunWatch.Grown(run, RunWatch.Length(run), coordinator), "the run ended before a worker could be stopped");
        Cluster.Signal("TERM", nodes[2]);
        var drained = Led.Finish(nodes[2], ["node"]);
        Assert.True(drained.Code == 0, drained.Errors);
        Assert.Contains("is drained", drained.Errors);
        Assert.True(RunWatch.Grown(run, RunWatch.Length(run), coordinator), "the run ended before it could be stopped");
        Cluster.Signal("TERM", coordinator);
        Assert.Equal(130, Led.Finish(coordinator, ["forecast"]).Code);
        AssertFinished(Led.Start("resume", run), run);
    }

    [Fact]
    public void A_service_is_a_member_that_lists_nodes_drains_one_and_completes_run_after_run()
    {
        Process[] nodes = [.. new[] { "micro,coordinator", "latent", "micro" }.Select(cluster.Node)];
        cluster.WaitUntilJoined();
        var runs = place.Fresh();
        using var service = new LedService(runs, cluster.Join);
        string[] forecast = ["fhn", "--members", "24", "--t-final", "3000", "--t-warm", "40", "--t-macro", "10", "--t-micro", "30"];
        var run = (string)service.Remote(["submit", .. forecast])["run"]!;
        var listed = service.WaitForNodes("busy nodes are listed", list =>
            list.Count(n => (long)n!["legsDone"]!["micro"]! + (long)n["legsDone"]!["latent"]! > 0 && (string)n["state"]! == "ready") == 3);
        Assert.Equal(
            ["coordinator", "coordinator,micro", "latent", "micro"],
            listed.Select(n => string.Join(',', n!["roles"]!.AsArray())).Order(StringComparer.Ordinal));
        Assert.All(listed, n => Assert.Equal(("cpu", "ready"), ((string)n!["device"]!, (string)n["state"]!)));
        Assert.Contains("latent-1", Led.Run("remote", service.Url, "nodes").Output);

        Assert.Equal("draining", (string)service.Remote("drain", "micro-2")["state"]!);
        var drained = Led.Finish(nodes[2], ["node"]);
        Assert.True(drained.Code == 0, drained.Errors);
        Assert.Contains("micro-2 is drained", drained.Errors);
        service.WaitForNodes("the node is drained", list => list.Any(n => (string)n!["node"]! == "micro-2" && (string)n["state"]! == "drained"));
        service.WaitFor(run, "finished");
        Assert.Equal(404, (int)service.Send("POST", "/nodes/nobody/drain").Status);
        var second = (string)service.Remote(
            "submit", "fhn", "--members", "6", "--t-final", "120", "--t-warm", "40", "--t-macro", "10", "--t-micro", "30")["run"]!;
        service.WaitFor(second, "finished");
        var ended = service.Terminate();
        Assert.True(ended.Code == 0, ended.Errors);

        var reference = place.Fresh();
        Led.Json(["forecast", .. forecast, "--run", reference]);
        Workplace.AssertSameOutput(reference, Path.Combine(runs, run));
        RunWatch.AssertEachLegOnce(24, Path.Combine(runs, run));
    }

    [Fact]
    public void Metrics_and_traces_of_a_node_reach_the_collector_that_the_environment_names()
    {
        using var collector = new Collector();
        cluster.Node("coordinator");
        var outcome = Led.Shell(
            $"{collector.Environment} $LED node --workers 1 {string.Join(' ', cluster.Join)} & node=$!; "
            + $"$LED forecast fhn --members 3 --t-final 10 --t-warm 4 --t-macro 2 --t-micro 1 --run {place.Fresh()} "
            + $"{string.Join(' ', cluster.Join)} && kill -TERM $node && wait $node");
        Assert.True(outcome.Code == 0, outcome.Errors);
        collector.AssertReceived("POST /v1/metrics", "led.batch.members", "led.batch.duration", "led.queue.wait", "led.cohorts.in_flight");
        collector.AssertReceived("POST /v1/traces", "latent batch");
    }

    [Theory]
    [InlineData("has no device cuda:0 here", "node", "--role", "latent", "--device", "cuda:0")]
    [InlineData("give micro, latent, coordinator", "node", "--role", "micros")]
    [InlineData("give HOST or HOST:PORT", "forecast", "fhn", "--join", "amqp://here")]
    [InlineData("is unknown", "node", "--join", "nowhere.invalid")]
    [InlineData("or --insecure", "node", "--host", "192.0.2.1")]
    [InlineData("give only one of them", "forecast", "fhn", "--join", "127.0.0.1", "--nodes", "2")]
    [InlineData("give 1 to 64", "forecast", "fhn", "--nodes", "0")]
    [InlineData("Add --join HOST", "forecast", "fhn", "--port", "7000")]
    [InlineData("Give all of them or none", "node", "--tls-cert", "a.pem")]
    [InlineData("--tls-cert 'nothing.pem' does not exist", "node", "--tls-cert", "nothing.pem", "--tls-ca", "nothing.pem")]
    [InlineData("--tls-cert '/dev/zero' is a device; a regular file is expected", "node", "--tls-cert", "/dev/zero", "--tls-ca", "/dev/zero")]
    public void What_a_cluster_cannot_use_is_refused_with_a_reason(string reason, params string[] arguments)
    {
        var outcome = Led.Run(arguments);
        Assert.Equal(2, outcome.Code);
        Assert.Contains(reason, outcome.Errors);
    }

    private string[] Command(string run) =>
    [
        "forecast", "fhn", "--members", $"{Members}", "--t-final", "3000", "--t-warm", "40", "--t-macro", "10", "--t-micro", "30", "--dt",
        "0.001", "--cohort-size", "4", "--workers", "2",
        "--model", place.Model, "--run", run,
    ];

    private (string Run, Process Coordinator) Started(params string[] more)
    {
        var run = place.Fresh();
        return (run, Led.Start([.. Command(run), .. cluster.Join, .. more]));
    }

    /// <summary>Waits for the end of a run, compares its bytes with those of an undisturbed one, and returns what it told.</summary>
    private string AssertFinished(Process coordinator, string run)
    {
        var outcome = Led.Finish(coordinator, Command(run));
        coordinator.Dispose();
        Assert.True(outcome.Code == 0, outcome.Errors);
        var reference = place["reference"];
        if (!Directory.Exists(reference))
            Assert.Equal(0, Led.Run(Command(reference)).Code);
        Workplace.AssertSameOutput(reference, run);
        RunWatch.AssertEachLegOnce(Members, run);
        return outcome.Errors;
    }
}
