using System.Collections.Concurrent;
using LedCluster.Actors.RabbitMq;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Tests;

/// <summary>What a run does when its workers die of it. Somebody starts a new one for each.</summary>
public sealed class AkkaLossTests : IAsyncLifetime
{
    private const int Members = 6, Longest = 300_000;

    private readonly AkkaCluster cluster = new() { Works = false, Nodes = 6 }; // more than will die, so that the living are the majority
    private readonly ConcurrentBag<MortalNode> mortals = [];

    public ValueTask InitializeAsync() => cluster.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(mortals.Select(node => node.EndAsync()));
        await cluster.DisposeAsync();
    }

    [Fact(Timeout = Longest)]
    public async Task A_member_that_kills_every_worker_it_meets_is_set_aside_after_three_and_the_others_complete()
    {
        var (plan, recorder, deaths) = (LedCycle.Plan(new LedSchedule(6, 10, 3, 200)), new MemoryRecorder(), 0);
        for (var node = 0; node < 3; node++)
            Start();
        var job = new EngineJob(
            Enumerable.Range(0, Members).Select(m => Cohort.Start([m], [m])), plan, null!, null!, recorder, new ExecutionOptions { Workers = 2 });
        var outcome = await Task.Run(() => cluster.Run(new ClusterRun(new RunId("losses"), 1, [1]), job, cluster.Options, TestContext.Current.CancellationToken));
        Assert.Equal((Members - 1, 1), (outcome.Progress.MembersDone, outcome.Progress.MembersFailed));
        Assert.Equal(3, deaths);
        var failure = Assert.Single(recorder.Failures);
        Assert.Equal(3, failure.Member);
        Assert.Contains("3 workers in a row were lost", failure.Reason);
        Assert.Equal(Members - 1, recorder.Last.Values.Count(c => c.Leg == plan.Length));

        void Start() => mortals.Add(new MortalNode(cluster, $"mortal-{mortals.Count}", node =>
        {
            var toy = new ToyDynamics
            {
                OnAdvance = x =>
                {
                    if (x != 3)
                        return x;
                    Interlocked.Increment(ref deaths);
                    Start();
                    node.Die();
                    throw new InvalidOperationException("dead");
                },
            };
            var clock = new ThreadClock();
            return new RunWorkers(new MicroWorker(toy, toy.Model, plan, LiftRule.Equilibrium, keepFields: true, clock), new LatentWorker(toy.Model, plan, 1, clock));
        }));
    }
}
