using LedCluster.Actors.RabbitMq;
using LedCluster.Tests;

namespace LedCluster.Actors.Tests;

/// <summary>How it is found out which of several orders killed a worker.</summary>
public sealed class SuspectTrialTests(TestBroker broker) : OnlyNode(broker)
{
    /// <summary>Before its third worker is lost, the innocent one has no other order beside it: it is not lost with that one.</summary>
    [Fact]
    public async Task An_innocent_cohort_that_lay_beside_two_that_kill_is_tried_alone()
    {
        await StartAsync(Cluster.Options with { MostLosses = 3 }, cohortSize: 1);
        var taken = await TakeAsync();
        Assert.Equal(Members, taken.Count);
        await TellAsync(OrderReturn.WorkerLost, taken[0], taken[1]); // the innocent one, and one that kills
        var again = await TakeAsync();
        Assert.Equal([taken[0].Cohort.Id, taken[1].Cohort.Id], again.Select(order => order.Cohort.Id));
        await TellAsync(OrderReturn.WorkerLost, again[0], taken[2]); // the innocent one, and another that kills
        Assert.Empty(await TakeAsync());
        await TellAsync(OrderReturn.HandedBack, [again[1], .. taken[3..]]);
        var tried = Assert.Single(await TakeAsync());
        Assert.Equal(taken[0].Cohort.Id, tried.Cohort.Id);
        await TellAsync(OrderReturn.HandedBack, tried);
        await CompleteAsync();
    }

    [Fact]
    public async Task Members_of_a_cohort_that_killed_are_not_at_work_beside_the_next_suspect()
    {
        await StartAsync(Cluster.Options with { MostLosses = 2 }, cohortSize: 3);
        var taken = await TakeAsync();
        await TellAsync(OrderReturn.WorkerLost, [.. taken]);
        var guilty = Assert.Single(await TakeAsync());
        Assert.Equal(taken[0].Cohort.Id, guilty.Cohort.Id);
        await TellAsync(OrderReturn.WorkerLost, guilty);
        var next = Assert.Single(await TakeAsync());
        Assert.Equal(taken[1].Cohort.Id, next.Cohort.Id);
        await TellAsync(OrderReturn.HandedBack, next);
        await CompleteAsync();
    }

    [Fact]
    public async Task A_trial_waits_for_what_is_at_work_and_both_are_sent_again_when_late()
    {
        await StartAsync(Cluster.Options with { MostLosses = 2, LegTimeout = TimeSpan.FromHours(1) }, cohortSize: 1);
        var suspect = (await TakeAsync())[0];
        await TellAsync(OrderReturn.WorkerLost, suspect);
        Assert.Empty(await TakeAsync());
        Time.Later += TimeSpan.FromHours(2);
        var late = (await TakeAsync()).DistinctBy(order => order.Cohort.Id).ToArray();
        Assert.Equal(Members - 1, late.Length);
        Assert.DoesNotContain(late, order => order.Cohort.Id == suspect.Cohort.Id);
        await TellAsync(OrderReturn.HandedBack, late);
        Assert.Equal(suspect.Cohort.Id, Assert.Single(await TakeAsync()).Cohort.Id);
        Time.Later += TimeSpan.FromHours(2);
        Assert.Equal([suspect.Cohort.Id, suspect.Cohort.Id], (await TakeAsync()).Select(order => order.Cohort.Id));
        await StopRun.CancelAsync();
        Assert.True((await Running).Cancelled);
    }
}
