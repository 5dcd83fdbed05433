using System.Collections.Immutable;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Tests;

public class WorkerTests
{
    private static readonly ToyDynamics Toy = new();

    /// <summary>The plan: warm-up 0-6, macro 7-16, micro 17-19, macro 20-29.</summary>
    private static readonly ImmutableArray<Leg> Plan = LedCycle.Plan(new LedSchedule(Warm: 6, Macro: 10, Micro: 3, Final: 29));

    [Fact]
    public void Latents_alone_go_from_a_macro_leg_to_the_micro_leg_which_decodes_them()
    {
        var before = new Cohort(new CohortId(0), [4, 5], Leg: 1, Frame: 6, Pending: 1, [1, 2], [0, 0], [], []);
        var macro = new LatentWorker(Toy.Model, Plan, fieldSize: 1, new ThreadClock()).Run([before])(0).Next!;
        Assert.Equal((2, 0, 0), (macro.Latents.Length, macro.Fields.Length, macro.Fine.Length));
        var micro = new MicroWorker(Toy, Toy.Model, Plan, LiftRule.Equilibrium, keepFields: true, new ThreadClock()).Run(macro);
        Assert.Equal(macro.Latents.Select(z => (float)(0.9 * z + 1)), micro.Segment.Fields[..2]);
    }

    [Fact]
    public void A_macro_leg_decodes_the_fields_that_the_run_keeps()
    {
        var before = new Cohort(new CohortId(0), [4, 5], Leg: 1, Frame: 6, Pending: 1, [1, 2], [0, 0], [], []);
        Assert.Empty(new LatentWorker(Toy.Model, Plan, fieldSize: 1, new ThreadClock()).Run([before])(0).Segment.Fields);
        var kept = new LatentWorker(Toy.Model, Plan, fieldSize: 1, new ThreadClock(), keepFields: true).Run([before])(0);
        Assert.Equal(20, kept.Segment.Fields.Length);
        Assert.Equal(kept.Segment.Latents, kept.Segment.Fields);
    }

    [Fact]
    public void A_first_leg_refuses_a_cohort_without_all_of_its_initial_condition()
    {
        var worker = new MicroWorker(Toy, Toy.Model, Plan, LiftRule.Equilibrium, keepFields: false, new ThreadClock());
        Assert.Contains("expected 2", Assert.Throws<ArgumentException>(() => worker.Run(Cohort.Start([0, 1], [1]))).Message);
    }
}
