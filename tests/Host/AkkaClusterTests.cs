using System.Diagnostics;

namespace LedCluster.Host.Tests;

/// <summary>Runs on an Akka.NET cluster of real processes, undisturbed and with faults.</summary>
public sealed class AkkaClusterTests(Workplace place) : IClassFixture<Workplace>, IDisposable
{
    private const int Members = 24;

    private readonly AkkaNodes cluster = new();

    public void Dispose() => cluster.Dispose();

    [Fact]
    public void Five_hundred_members_on_three_micro_and_two_latent_nodes_have_the_bits_of_the_embedded_engine()
    {
        foreach (var role in (string[])["micro,coordinator", "latent", "micro", "micro", "latent"])
            cluster.Node(role);
        var reference = place.Fresh();
        Assert.Equal(500, (int)Led.Json(Command(reference, 32))["members"]!["done"]!);
        foreach (var size in (int[])[1, 32])
        {
            var run = place.Fresh();
            Assert.Equal(500, (int)Led.Json([.. Command(run, size), .. cluster.Engine])["members"]!["done"]!);
            Workplace.AssertSameOutput(reference, run);
            RunWatch.AssertEachLegOnce(500, run);
        }

        string[] Command(string run, int size) =>
            ["forecast", "fhn", "--members", "500", "--t-final", "120", "--t-warm", "20", "--t-macro", "40", "--t-micro", "10", "--cohort-size", $"{size}", "--model", place.Model, "--run", run];
    }

    [Fact]
    public void A_killed_micro_worker_and_a_killed_latent_worker_lose_and_double_nothing()
    {
        Process[] nodes = [.. new[] { "micro", "latent", "micro", "micro", "latent" }.Select(cluster.Node)];
        var (run, coordinator) = Started();
        foreach (var victim in (int[])[3, 4])
            AkkaNodes.WaitUntil(nodes[victim], "works for run");
        Thread.Sleep(TimeSpan.FromSeconds(2)); // they tell the coordinator so once a second
        foreach (var victim in (int[])[3, 4])
        {
            Assert.True(RunWatch.Grown(run, RunWatch.Length(run), coordinator), "the run ended before a worker could be killed");
            nodes[victim].Kill();
        }
        var told = AssertFinished(coordinator, run);
        Assert.Contains("micro-3 is lost, its connection dropped", told);
        Assert.Contains("latent-4 is lost, its connection dropped", told);
    }

    [Fact]
    public void A_killed_coordinator_is_resumed_on_the_same_cluster()
    {
        foreach (var role in (string[])["micro,coordinator", "latent", "micro"])
            cluster.Node(role);
        var (run, coordinator) = Started();
        Assert.True(RunWatch.Grown(run, RunWatch.Length(run), coordinator), "the run ended before the coordinator could be killed");
        coordinator.Kill();
        coordinator.WaitForExit();
        coordinator.Dispose();
        AssertFinished(Led.Start(["resume", run, "--cohort-size", "3", .. cluster.Engine]), run);
    }

    [Fact]
    public void Cohorts_whose_process_is_killed_go_on_in_another_one_from_the_checkpoint_that_the_coordinator_keeps()
    {
        Process[] nodes = [.. new[] { "micro", "latent", "coordinator", "micro" }.Select(cluster.Node)];
        var (run, coordinator) = Started();
        Assert.True(RunWatch.Grown(run, RunWatch.Length(run), coordinator), "the run ended before the host could be killed");
        nodes[2].Kill();
        AssertFinished(coordinator, run);
    }

    [Fact]
    public void A_worker_that_hangs_is_replaced_and_may_come_back()
    {
        Process[] nodes = [.. new[] { "micro", "latent", "micro" }.Select(cluster.Node)];
        var (run, coordinator) = Started("--leg-timeout", "1");
        AkkaNodes.WaitUntil(nodes[2], "works for run"); // from now on it is sent orders, also when it hangs
        Assert.True(RunWatch.Grown(run, RunWatch.Length(run), coordinator), "the run ended before a worker could hang");
        Cluster.Signal("STOP", nodes[2]);
        for (var grown = 0; grown < 3; grown++)
            RunWatch.Grown(run, RunWatch.Length(run), coordinator);
        Cluster.Signal("CONT", nodes[2]);
        Assert.Contains("is late; another worker gets it", AssertFinished(coordinator, run));
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
        using var service = new LedService(runs, cluster.Engine);
        string[] forecast = ["fhn", "--members", "24", "--t-final", "3000", "--t-warm", "40", "--t-macro", "10", "--t-micro", "30"];
        var run = (string)service.Remote(["submit", .. forecast])["run"]!;
        var listed = service.WaitForNodes("busy nodes are listed", list => list.Count(n => (long)n!["legsDone"]!["micro"]! + (long)n["legsDone"]!["latent"]! > 0 && (string)n["state"]! == "ready") == 3);
        Assert.Equal(["coordinator", "coordinator,micro", "latent", "micro"], listed.Select(n => string.Join(',', n!["roles"]!.AsArray())).Order(StringComparer.Ordinal));
        Assert.All(listed, n => Assert.Equal(("cpu", "ready"), ((string)n!["device"]!, (string)n["state"]!)));
        Assert.Contains("latent-1", Led.Run("remote", service.Url, "nodes").Output);

        Assert.Equal("draining", (string)service.Remote("drain", "micro-2")["state"]!);
        var drained = Led.Finish(nodes[2], ["node"]);
        Assert.True(drained.Code == 0, drained.Errors);
        Assert.Contains("micro-2 is drained", drained.Errors);
        service.WaitForNodes("the node is drained", list => list.Any(n => (string)n!["node"]! == "micro-2" && (string)n["state"]! == "drained"));
        service.WaitFor(run, "finished");
        Assert.Equal(404, (int)service.Send("POST", "/nodes/nobody/drain").Status);
        var second = (string)service.Remote("submit", "fhn", "--members", "6", "--t-final", "120", "--t-warm", "40", "--t-macro", "10", "--t-micro", "30")["run"]!;
        service.WaitFor(second, "finished");
        var ended = service.Terminate();
        Assert.True(ended.Code == 0, ended.Errors);

        var reference = place.Fresh();
        Led.Json(["forecast", .. forecast, "--run", reference]);
        Workplace.AssertSameOutput(reference, Path.Combine(runs, run));
        RunWatch.AssertEachLegOnce(24, Path.Combine(runs, run));
    }

    private (string Run, Process Coordinator) Started(params string[] more)
    {
        var run = place.Fresh();
        cluster.WaitUntilJoined();
        return (run, Led.Start([.. Command(run), .. cluster.Engine, .. more]));
    }

    private string[] Command(string run) =>
    [
        "forecast", "fhn", "--members", $"{Members}", "--t-final", "6000", "--t-warm", "40", "--t-macro", "10", "--t-micro", "30", "--dt", "0.001", "--cohort-size", "4", "--workers", "2",
        "--model", place.Model, "--run", run,
    ];

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
