using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Tests;

public class WorkerTests
{
    private static readonly ToyDynamics Toy = new();

    [Fact]
    public void Only_cohorts_that_agree_on_being_lifted_share_a_batch()
    {
        // The plan: warm-up 0-6, macro 7-16, micro 17-19, macro 20-29; both macro legs have one length, but only one lifts.
        var plan = LedCycle.Plan(new LedSchedule(Warm: 6, Macro: 10, Micro: 3, Final: 29));
        var worker = new LatentWorker(Toy.Model, plan, fieldSize: 1, new ThreadClock());
        var middle = new Cohort(new CohortId(0), [0], Leg: 1, Frame: 6, Pending: 1, [1], [0], [], []);
        var last = middle with { Id = new CohortId(1), Members = [1], Leg = 3, Frame = 19 };
        Assert.NotEqual(worker.Shape(middle), worker.Shape(last));
        Assert.Single(Assert.Single(worker.Run([middle])).Next!.Fields);
        Assert.Empty(Assert.Single(worker.Run([last])).Next!.Fields);
    }

    [Fact]
    public void A_micro_leg_refuses_a_cohort_that_was_not_lifted()
    {
        var plan = LedCycle.Plan(new LedSchedule(Warm: 6, Macro: 10, Micro: 3, Final: 29));
        var worker = new MicroWorker(Toy, Toy.Model, plan, LiftRule.Equilibrium, keepFields: false, new ThreadClock());
        var cohort = new Cohort(new CohortId(0), [0], Leg: 2, Frame: 16, Pending: 1, [1], [0], [], []);
        Assert.Contains("did not lift it", Assert.Throws<ArgumentException>(() => worker.Run(cohort)).Message);
    }
}
