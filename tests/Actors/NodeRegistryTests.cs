using LedCluster.Actors.Nodes;
using LedCluster.Actors.RabbitMq;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;
using LedCluster.Tests;

namespace LedCluster.Actors.Tests;

/// <summary>Nodes as the administration sees them, over a real broker.</summary>
public class NodeRegistryTests(TestBroker broker) : IClassFixture<TestBroker>
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(240);

    private readonly BrokerWithNodes cluster = new(broker);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nodes_are_listed_with_what_they_did_and_one_that_is_asked_to_drain_ends_alone()
    {
        await using var registry = new NodeRegistry(cluster.Broker, TimeProvider.System, _ => { });
        using var drain = new CancellationTokenSource();
        var (asked, other) = (cluster.Node("a", drain.Token), cluster.Node("b", drain.Token));
        await Until(registry, "both nodes are listed", nodes => nodes.Length == 2);
        var (toy, recorder) = (new ToyDynamics(), new MemoryRecorder());
        var plan = LedCycle.Plan(new LedSchedule(Warm: 6, Macro: 10, Micro: 3, Final: 68));
        var job = new EngineJob(
            [.. Enumerable.Range(0, 20).Select(m => Cohort.Start([m], [m]))], plan, new MicroWorker(toy, toy.Model, plan, LiftRule.Equilibrium, keepFields: true, new ThreadClock()),
            new LatentWorker(toy.Model, plan, fieldSize: 1, new ThreadClock()), recorder, new ExecutionOptions());
        cluster.Engine(cluster.Announce(job), cluster.Options).Run(job, Cancel);

        var macro = plan.Count(leg => leg.Phase == Phase.Macro);
        await Until(registry, "all legs are counted", nodes => nodes.Sum(n => n.Report.Latent.LegsDone) == 20 * macro
            && nodes.Sum(n => n.Report.Micro.LegsDone) == 20 * (plan.Length - macro) && nodes.All(n => !n.IsSilent && n.Report is { Micro.InFlight: 0, Latent.InFlight: 0 }));
        Assert.All(registry.Nodes, n => Assert.Equal(("cpu", NodeState.Ready, 1, 1), (n.Report.Device, n.Report.State, n.Report.Micro.Workers, n.Report.Latent.Workers)));

        await registry.DrainAsync("a");
        await asked.WaitAsync(Longest, Cancel);
        await Until(registry, "a is drained", nodes => nodes[0].Report.State == NodeState.Drained && !nodes[0].IsSilent);
        Assert.Contains("a is drained", cluster.Log);
        Assert.False(other.IsCompleted);
        await drain.CancelAsync();
        await other.WaitAsync(Longest, Cancel);
    }

    [Fact]
    public async Task A_node_that_is_heard_no_more_is_silent_and_in_the_end_forgotten_and_a_restarted_broker_is_heard_again()
    {
        var time = new LateTime();
        await using var registry = new NodeRegistry(cluster.Broker, time, cluster.Log.Enqueue);
        using (var drain = new CancellationTokenSource())
        {
            var node = cluster.Node("a", drain.Token);
            await Until(registry, "the node is listed", nodes => nodes.Length == 1);
            broker.Kill();
            time.Later = NodeList.LongestSilence + TimeSpan.FromSeconds(1);
            Assert.True(Assert.Single(registry.Nodes).IsSilent);
            await Until(registry, "the broker is away", _ => !cluster.Log.IsEmpty);
            await Assert.ThrowsAsync<IOException>(() => registry.DrainAsync("a"));
            broker.Start();
            await Until(registry, "the node is heard again", nodes => !nodes[0].IsSilent);
            await drain.CancelAsync();
            await node.WaitAsync(Longest, Cancel);
        }
        await Until(registry, "the node is drained", nodes => nodes[0].Report.State == NodeState.Drained);
        time.Later += NodeList.Remembered + TimeSpan.FromSeconds(1);
        Assert.Empty(registry.Nodes);
    }

    private static Task Until(NodeRegistry registry, string what, Func<SeenNode[], bool> condition) =>
        Wait.Until(() => condition([.. registry.Nodes]), Longest, () => $"{what}, but {string.Join(", ", registry.Nodes)}");
}
