namespace LedCluster.Host.Tests;

/// <summary>Two services on one directory of runs, and a cluster that works for whichever is in charge.</summary>
public sealed class ServiceClusterTests(Workplace place) : IClassFixture<Workplace>, IDisposable
{
    private static readonly string[] Long = ["--members", "24", "--t-final", "3000", "--t-warm", "40", "--t-macro", "10", "--t-micro", "30", "--dt", "0.001"];

    private readonly Cluster cluster = new();

    public void Dispose() => cluster.Dispose();

    [Fact]
    public void When_a_service_is_killed_the_one_beside_it_takes_its_runs_over_and_goes_on_by_itself()
    {
        foreach (var role in (string[])["micro", "latent"])
            cluster.Node(role);
        var runs = place.Fresh();
        using var first = new LedService(runs, cluster.Join);
        var run = (string)first.Remote(["submit", "fhn", .. Long])["run"]!;
        first.WaitFor(run, "on its way", status => (long)status["memberFrames"]!["done"]! > 0);

        using var second = new LedService(runs, cluster.Join);
        Assert.Equal(run, (string)second.Remote("list")["runs"]![0]!["run"]!); // it answers questions
        var refused = second.Send("POST", "/runs", "{\"study\":\"fhn\"}");
        Assert.Equal(503, (int)refused.Status);
        Assert.Contains("another 'led serve'", refused.Text);

        first.Kill();
        second.WaitFor(run, "finished");
        var reference = place.Fresh();
        Led.Json(["forecast", "fhn", .. Long, "--run", reference]);
        Workplace.AssertSameOutput(reference, Path.Combine(runs, run));
        RunWatch.AssertEachLegOnce(24, Path.Combine(runs, run));
    }

    [Fact]
    public void Two_runs_share_the_nodes_of_a_cluster()
    {
        foreach (var role in (string[])["micro", "latent"])
            cluster.Node(role);
        using var service = new LedService(place.Fresh(), [.. cluster.Join, "--at-once", "2"]);
        string[] shorter = [.. Long.Select(word => word == "3000" ? "1000" : word)];
        string[] runs = [.. Enumerable.Range(0, 2).Select(_ => (string)service.Remote(["submit", "fhn", .. shorter])["run"]!)];
        service.WaitFor(runs[1], "on its way", status => (long)status["memberFrames"]!["done"]! > 0);
        Assert.Equal("running", (string)service.Status(runs[0])["state"]!);
        foreach (var run in runs)
        {
            service.WaitFor(run, "finished");
            RunWatch.AssertEachLegOnce(24, Path.Combine(service.Runs, run));
        }
        Workplace.AssertSameOutput(Path.Combine(service.Runs, runs[0]), Path.Combine(service.Runs, runs[1]));
        Assert.Contains("32 cohorts in flight", File.ReadLines(Path.Combine(service.Runs, runs[0], "journal.ndjson")).First());
    }
}
