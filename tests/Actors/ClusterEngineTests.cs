using LedCluster.Actors.Nodes;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Tests;

public sealed class ClusterEngineTests(TestCluster cluster) : EngineContract, IClassFixture<TestCluster>
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected override IEngine Engine => cluster;

    /// <summary>A cohort's initial condition and a micro leg's outcome are larger than a message here, a macro leg's are not.</summary>
    [Fact]
    public async Task States_and_outcomes_of_any_size_arrive_whole()
    {
        const int members = 4, size = 100_000;
        var (plan, recorder, toy) = (LedCycle.Plan(new LedSchedule(2, 3, 2, 12)), new MemoryRecorder(), new WideDynamics(size));
        var clock = new ThreadClock();
        var job = new EngineJob(
            Enumerable.Range(0, members).Select(m => Cohort.Start([m], [.. Enumerable.Repeat((double)m, size)])), plan,
            new MicroWorker(toy, toy.Model, plan, LiftRule.Equilibrium, keepFields: true, clock),
            new LatentWorker(toy.Model, plan, size, clock, keepFields: true),
            recorder, new ExecutionOptions { Workers = 2 });
        Assert.Equal(members, (await Task.Run(() => cluster.Run(job, Cancel))).Progress.MembersDone);
        Assert.All(recorder.Paths, path => Assert.Equal(Enumerable.Range(0, 13).Select(t => path.Key + (float)t), path.Value));
    }

    [Fact]
    public async Task A_coordinator_gives_way_to_a_later_epoch()
    {
        var (plan, toy, clock) = (LedCycle.Plan(new LedSchedule(6, 10, 3, 60)), new ToyDynamics(), new ThreadClock());
        using var held = new ManualResetEventSlim();
        var blocked = new ToyDynamics { OnAdvance = x => { held.Wait(Cancel); return x; } };
        EngineJob Job(MemoryRecorder recorder, ToyDynamics dynamics) => new(
            Enumerable.Range(0, 6).Select(m => Cohort.Start([m], [m])), plan,
            new MicroWorker(dynamics, dynamics.Model, plan, LiftRule.Equilibrium, keepFields: true, clock),
            new LatentWorker(toy.Model, plan, 1, clock), recorder, new ExecutionOptions { Workers = 2 });
        var (first, second) = (new MemoryRecorder(), new MemoryRecorder());
        var run = cluster.Announce(Job(first, blocked));
        var old = Task.Run(() => cluster.Run(run, Job(first, blocked), cluster.Rules, Cancel));
        await Wait.Until(() => cluster.Log.Any(line => line.Contains($"works for run {run.Id}")), Longest, () => string.Join("\n", cluster.Log));
        await using var other = ClusterMembershipOf(cluster);
        var later = Task.Run(() => new Deployment.ClusterEngine(
            cluster.Options, run with { Epoch = 2 }, cluster.Rules, cluster.Log.Enqueue, other).Run(Job(second, blocked), Cancel));
        Assert.Contains("taken over", (await Assert.ThrowsAsync<IOException>(() => old)).Message);
        held.Set();
        Assert.Equal(6, (await later).Progress.MembersDone);
        Assert.Equal(0, first.Records);
    }

    [Fact]
    public async Task A_node_whose_device_is_lost_leaves_and_others_do_its_legs()
    {
        var (plan, toy, clock, recorder, legs) = (LedCycle.Plan(new LedSchedule(6, 10, 3, 68)), new ToyDynamics(), new ThreadClock(), new MemoryRecorder(), 0);
        var micro = new MicroWorker(toy, toy.Model, plan, LiftRule.Equilibrium, keepFields: true, clock);
        var broken = new ToyDynamics
        {
            DeviceBatch = 4,
            OnRun = _ => { if (++legs == 3) throw new DeviceLostException("cuda:0 is lost: CUDA error: unspecified launch failure"); },
        };
        var node = cluster.Node(
            "broken", hosts: false, CancellationToken.None, build: _ => new RunWorkers(micro, new LatentWorker(broken.Model, plan, 1, clock)));
        await Wait.Until(() => cluster.Log.Contains("broken waits for work"), Longest, () => string.Join("\n", cluster.Log));
        var job = new EngineJob(
            [.. Enumerable.Range(0, 200).Select(m => Cohort.Start([m], [m]))], plan, micro, new LatentWorker(toy.Model, plan, 1, clock), recorder,
            new ExecutionOptions { Workers = 8 });
        Assert.Equal(200, (await Task.Run(() => cluster.Run(job, Cancel))).Progress.MembersDone);
        Assert.Empty(recorder.Failures);
        Assert.Contains("unspecified launch failure", (await Assert.ThrowsAsync<DeviceLostException>(() => cluster.Left(node))).Message);
        Assert.Equal(3, legs);
    }

    [Fact]
    public async Task Nodes_are_listed_with_what_they_did_and_one_that_is_asked_to_drain_ends_alone()
    {
        var time = new LateTime();
        await using var registry = new NodeRegistry(cluster.Options, time, cluster.Log.Enqueue);
        using var end = new CancellationTokenSource();
        var (asked, other) = (cluster.Node("a", hosts: true, end.Token), cluster.Node("b", hosts: false, end.Token));
        await Until("all nodes are listed", nodes => nodes.Length == 5); // three are those of the cluster
        Assert.Equal(["a", "node-0"], registry.Nodes.Where(n => n.Report.HostsTrajectories).Select(n => n.Report.Node));
        var before = registry.Nodes.Sum(n => n.Report.Micro.LegsDone + n.Report.Latent.LegsDone);
        var (toy, plan, clock) = (new ToyDynamics(), LedCycle.Plan(new LedSchedule(6, 10, 3, 68)), new ThreadClock());
        var job = new EngineJob(
            [.. Enumerable.Range(0, 20).Select(m => Cohort.Start([m], [m]))], plan,
            new MicroWorker(toy, toy.Model, plan, LiftRule.Equilibrium, keepFields: true, clock), new LatentWorker(toy.Model, plan, 1, clock),
            new MemoryRecorder(), new ExecutionOptions());
        Assert.Equal(20, (await Task.Run(() => cluster.Run(job, Cancel))).Progress.MembersDone);
        await Until("all legs are counted", nodes =>
            nodes.Sum(n => n.Report.Micro.LegsDone + n.Report.Latent.LegsDone) >= before + 20 * plan.Length
                && nodes.All(n => n.Report is { Micro.InFlight: 0, Latent.InFlight: 0 }));

        await registry.DrainAsync("a");
        await asked.WaitAsync(Longest, Cancel);
        await Until("a is drained", nodes => nodes[0].Report.State == NodeState.Drained);
        Assert.Contains("a is drained", cluster.Log);
        Assert.False(other.IsCompleted);
        await Assert.ThrowsAsync<IOException>(() => registry.DrainAsync("nobody"));
        await end.CancelAsync();
        await other.WaitAsync(Longest, Cancel);
        await Until("b, which was asked by its owner, is drained", nodes => nodes[1].Report.State == NodeState.Drained);
        time.Later = NodeList.Remembered + TimeSpan.FromSeconds(1);
        await Until("both are forgotten, and the others are not", nodes => nodes.Length == 3);

        Task Until(string what, Func<SeenNode[], bool> condition) =>
            Wait.Until(() => condition([.. registry.Nodes]), Longest, () =>
                $"{what}, but {string.Join(", ", registry.Nodes)}\n{string.Join("\n", cluster.Log)}");
    }

    private static Deployment.ClusterMembership ClusterMembershipOf(TestCluster cluster) =>
        Deployment.ClusterMembership.OfCoordinator(cluster.Options, cluster.Log.Enqueue);
}
