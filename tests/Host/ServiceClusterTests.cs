namespace LedCluster.Host.Tests;

/// <summary>A service whose runs go to a cluster of real processes.</summary>
public sealed class ServiceClusterTests(Cluster cluster) : IClassFixture<Cluster>, IDisposable
{
    private static readonly string[] Long = ["--members", "24", "--t-final", "3000", "--t-warm", "40", "--t-macro", "10", "--t-micro", "30", "--dt", "0.001"];

    /// <summary>Every test has nodes of its own.</summary>
    public void Dispose() => cluster.KillNodes();

    [Fact]
    public void Submitted_runs_go_to_the_nodes_which_are_listed_drained_and_missed_and_a_killed_service_goes_on()
    {
        var (drained, killed) = (cluster.Node("micro"), cluster.Node("latent"));
        var runs = cluster.Place.Fresh();
        string run;
        using (var service = new LedService(runs, cluster.Engine))
        {
            run = (string)service.Remote(["submit", "fhn", .. Long])["run"]!;
            service.WaitFor(run, "on its way", status => (long)status["memberFrames"]!["done"]! > 0);
            var nodes = service.WaitForNodes("busy nodes are listed", list => list.Count(n => (long)n!["legsDone"]!["micro"]! + (long)n["legsDone"]!["latent"]! > 0 && (string)n["state"]! == "ready") == 2);
            Assert.Equal(["coordinator", "latent", "micro"], nodes.Select(n => (string)n!["roles"]!.AsArray().Single()!).Order(StringComparer.Ordinal));
            Assert.All(nodes, n => Assert.Equal(("cpu", "ready"), ((string)n!["device"]!, (string)n["state"]!)));

            var micro = (string)nodes.Single(n => (string)n!["roles"]![0]! == "micro")!["node"]!;
            Assert.Contains(micro, Led.Run("remote", service.Url, "nodes").Output);
            Assert.Equal("draining", (string)service.Remote("drain", micro)["state"]!);
            var outcome = Led.Finish(drained, ["node"]);
            Assert.True(outcome.Code == 0, outcome.Errors);
            Assert.Contains($"{micro} is drained", outcome.Errors);
            service.WaitForNodes("the node is drained", list => list.Any(n => (string)n!["state"]! == "drained"));
            service.Kill();
        }
        killed.Kill();
        using var again = new LedService(runs, cluster.Engine);
        cluster.Nodes(micro: 1, latent: 1);
        again.WaitFor(run, "finished");
        var reference = cluster.Place.Fresh();
        Led.Json(["forecast", "fhn", .. Long, "--run", reference]);
        Workplace.AssertSameOutput(reference, Path.Combine(runs, run));
        RunWatch.AssertEachLegOnce(24, Path.Combine(runs, run));
    }

    [Fact]
    public void Metrics_and_traces_of_a_node_reach_the_collector_that_the_environment_names()
    {
        using var collector = new Collector();
        var outcome = Led.Shell(
            $"{collector.Environment} $LED node --workers 1 {string.Join(' ', cluster.Engine)} & node=$!; "
            + $"$LED forecast fhn --members 3 --t-final 10 --t-warm 4 --t-macro 2 --t-micro 1 --run {cluster.Place.Fresh()} {string.Join(' ', cluster.Engine)} && kill -TERM $node && wait $node");
        Assert.True(outcome.Code == 0, outcome.Errors);
        collector.AssertReceived("POST /v1/metrics", "led.batch.members", "led.batch.duration", "led.queue.wait", "led.cohorts.in_flight");
        collector.AssertReceived("POST /v1/traces", "latent batch");
    }
}
