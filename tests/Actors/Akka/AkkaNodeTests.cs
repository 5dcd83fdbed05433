using LedCluster.Actors.Akka;
using LedCluster.Actors.Nodes;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Tests;

/// <summary>Nodes of an Akka.NET cluster as the administration sees them, from a process that stays between runs.</summary>
public sealed class AkkaNodeTests(AkkaCluster cluster) : IClassFixture<AkkaCluster>
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nodes_are_listed_with_what_they_did_and_one_that_is_asked_to_drain_ends_alone()
    {
        var time = new LateTime();
        await using var registry = new AkkaNodeRegistry(cluster.Member(0), time, cluster.Log.Enqueue);
        using var end = new CancellationTokenSource();
        var (asked, other) = (cluster.Node("a", hostsCohorts: true, end.Token), cluster.Node("b", hostsCohorts: false, end.Token));
        await Until(registry, "all nodes are listed", nodes => nodes.Length == 5); // three are those of the cluster
        Assert.Equal(["a", "node-0"], registry.Nodes.Where(n => n.Report.HostsCohorts).Select(n => n.Report.Node));

        // Two runs, one after the other, as the same member.
        var plan = LedCycle.Plan(new LedSchedule(Warm: 6, Macro: 10, Micro: 3, Final: 68));
        for (var run = 0; run < 2; run++)
        {
            var (toy, recorder) = (new ToyDynamics(), new MemoryRecorder());
            var job = new EngineJob(
                [.. Enumerable.Range(0, 20).Select(m => Cohort.Start([m], [m]))], plan,
                new MicroWorker(toy, toy.Model, plan, LiftRule.Equilibrium, keepFields: true, new ThreadClock()), new LatentWorker(toy.Model, plan, fieldSize: 1, new ThreadClock()),
                recorder, new ExecutionOptions());
            var engine = new AkkaEngine(cluster.Member(0), cluster.Announce(job), cluster.Options, cluster.Log.Enqueue, registry);
            Assert.Equal(20, (await Task.Run(() => engine.Run(job, Cancel))).Progress.MembersDone);
        }
        var macro = plan.Count(leg => leg.Phase == Phase.Macro);
        await Until(registry, "all legs are counted", nodes => nodes.Sum(n => n.Report.Latent.LegsDone) >= 2 * 20 * macro
            && nodes.Sum(n => n.Report.Micro.LegsDone) >= 2 * 20 * (plan.Length - macro) && nodes.All(n => n.Report is { Micro.InFlight: 0, Latent.InFlight: 0 }));
        Assert.All(registry.Nodes, n => Assert.Equal(("cpu", NodeState.Ready, 1, 1), (n.Report.Device, n.Report.State, n.Report.Micro.Workers, n.Report.Latent.Workers)));

        await registry.DrainAsync("a");
        await asked.WaitAsync(Longest, Cancel);
        await Until(registry, "a is drained", nodes => nodes[0].Report.State == NodeState.Drained);
        Assert.Contains("a is drained", cluster.Log);
        Assert.False(other.IsCompleted);
        await Assert.ThrowsAsync<IOException>(() => registry.DrainAsync("nobody"));
        await end.CancelAsync();
        await other.WaitAsync(Longest, Cancel);
        await Until(registry, "b, which was asked by its owner, is drained", nodes => nodes[1].Report.State == NodeState.Drained);
        time.Later = NodeList.Remembered + TimeSpan.FromSeconds(1);
        await Until(registry, "both are forgotten, and the others are not", nodes => nodes.Length == 3);
    }

    private Task Until(AkkaNodeRegistry registry, string what, Func<SeenNode[], bool> condition) =>
        Wait.Until(() => condition([.. registry.Nodes]), Longest, () => $"{what}, but {string.Join(", ", registry.Nodes)}\n{string.Join("\n", cluster.Log)}");
}
