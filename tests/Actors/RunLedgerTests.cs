using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Tests;

/// <summary>What coordinators of all engines decide alike.</summary>
public class RunLedgerTests
{
    private readonly MemoryRecorder recorder = new();

    private RunLedger Ledger(params Cohort[] cohorts)
    {
        var (toy, plan) = (new ToyDynamics(), LedCycle.Plan(new LedSchedule(2, 2, 2, 4)));
        return new RunLedger(new EngineJob(
            cohorts, plan, new MicroWorker(toy, toy.Model, plan, LiftRule.Equilibrium, false, new ThreadClock()),
            new LatentWorker(toy.Model, plan, 1, new ThreadClock()), recorder, new ExecutionOptions()));
    }

    [Fact]
    public void A_poison_cohort_is_split_before_new_ones_are_admitted_and_only_the_guilty_member_is_set_aside()
    {
        using var ledger = Ledger(Cohort.Start([0, 1], [0, 1]), Cohort.Start([2], [2]));
        Assert.True(ledger.TryNext(out var both));
        Assert.False(ledger.Failed(both, "bang"));
        Assert.Empty(recorder.Failures);
        Assert.True(ledger.TryNext(out var first));
        Assert.True(ledger.TryNext(out var second));
        Assert.Equal([0, 1], first.Members.Concat(second.Members));
        Assert.True(ledger.Failed(second, "bang"));
        Assert.Equal(new MemberFailure(1, 0, "Warmup leg, frames 0 to 2: bang"), Assert.Single(recorder.Failures));
        Assert.True(ledger.TryNext(out var fresh));
        Assert.Equal(2, Assert.Single(fresh.Members));
        Assert.False(ledger.TryNext(out _));
    }

    [Fact]
    public void A_run_that_had_nothing_left_to_do_is_not_cancelled()
    {
        using var done = Ledger();
        Assert.False(done.TryNext(out _));
        Assert.False(done.Conclude(cancelled: true).Cancelled);

        using var open = Ledger(Cohort.Start([0], [0]));
        Assert.True(open.TryNext(out var cohort));
        open.HandBack(cohort);
        Assert.True(open.Conclude(cancelled: true).Cancelled);
    }
}
