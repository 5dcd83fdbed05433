using Akka.Actor;
using LedCluster.Actors.Protocol;
using LedCluster.Actors.Workers;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;

namespace LedCluster.Actors.Tests;

/// <summary>The orders that a node holds, without actors.</summary>
public sealed class HeldOrdersTests
{
    private static readonly IActorRef Worker = ActorRefs.Nobody, Router = ActorRefs.Nobody;

    [Fact]
    public void A_worker_that_found_nothing_is_woken_once()
    {
        var held = new HeldOrders(latent: false);
        Assert.Empty(held.Take(Worker));
        Assert.Same(Worker, held.Add(Order(1)));
        Assert.Null(held.Add(Order(2))); // it is awake already, and takes one after the other
        Assert.Equal(1, Assert.Single(held.Take(Worker)).Number);
        Assert.Equal(2, Assert.Single(held.Take(Worker)).Number);
        Assert.Empty(held.Take(Worker));
    }

    [Fact]
    public void A_latent_worker_takes_all_that_wait_up_to_the_largest_batch()
    {
        var held = new HeldOrders(latent: true);
        foreach (var number in Enumerable.Range(1, 5))
            held.Add(Order(number, members: 400));
        Assert.Equal([1, 2, 3], held.Take(Worker).Select(d => d.Number)); // the third makes it full
        Assert.Equal([4, 5], held.Take(Worker).Select(d => d.Number));
    }

    [Fact]
    public void What_was_taken_is_held_until_it_is_done_and_is_not_given_back()
    {
        var held = new HeldOrders(latent: false);
        held.Add(Order(1));
        held.Add(Order(2));
        var taken = held.Take(Worker)[0];
        Assert.False(held.IsQuiet);
        var (waiting, atWork) = held.Of(Router);
        Assert.Equal([2], waiting);
        Assert.Equal([1], atWork);
        Assert.Equal(2, Assert.Single(held.Remove(_ => true)).Number);
        held.Done(taken);
        Assert.True(held.IsQuiet);
        Assert.Empty(held.Take(Worker));
    }

    private static Delivery Order(int number, int members = 1) => new(
        null!, new RunAnnounced("r", 1, "s", ""), Router, number,
        new LegTask(new RunId("r"), 1, number, new CohortId(number), new Leg(0, Phase.Micro, 0, 1), members, null), 0, CancellationToken.None);
}
