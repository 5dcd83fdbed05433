using Akka.Actor;
using LedCluster.Actors.Protocol;
using LedCluster.Actors.Workers;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Workers;

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
        Assert.Equal([2, 2, 1], Batches(null)); // a third of 400 members is more than 1,024
        Assert.Equal([1, 1, 1, 1, 1], Batches(300)); // larger than a batch is none but alone
        Assert.Equal([4, 1], Batches(1600));
        Assert.Equal([5], Batches(65_536));

        static IEnumerable<int> Batches(int? ofDevice)
        {
            var toy = new ToyDynamics { DeviceBatch = ofDevice };
            var (held, taken) = (new HeldOrders(latent: true), 0);
            foreach (var number in Enumerable.Range(1, 5))
                held.Add(Order(number, members: 400, new RunWorkers(null!, new LatentWorker(toy.Model, [], 1, new ThreadClock()))));
            for (Delivery[] batch; (batch = held.Take(Worker)).Length > 0; taken += batch.Length)
            {
                Assert.Equal(Enumerable.Range(taken + 1, batch.Length), batch.Select(d => d.Number));
                yield return batch.Length;
            }
        }
    }

    [Fact]
    public void A_batch_is_whole_when_no_other_order_fits()
    {
        var toy = new ToyDynamics { DeviceBatch = 1000 };
        var (held, workers) = (new HeldOrders(latent: true), new RunWorkers(null!, new LatentWorker(toy.Model, [], 1, new ThreadClock())));
        Assert.Empty(held.TakeWhole());
        held.Add(Order(1, members: 400, workers));
        Assert.Empty(held.TakeWhole());
        Assert.Null(held.Add(Order(2, members: 400, workers))); // who takes whole batches alone is not idle
        Assert.Equal([1, 2], held.TakeWhole().Select(d => d.Number));
        held.Add(Order(3, members: 400, workers));
        Assert.Empty(held.TakeWhole());
        Assert.Equal(3, Assert.Single(held.Take(Worker)).Number);
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

    private static Delivery Order(int number, int members = 1, RunWorkers? workers = null) => new(
        workers!, new RunAnnounced("r", 1, "s", ""), Router, number,
        new LegTask(new RunId("r"), 1, number, new CohortId(number), new Leg(0, Phase.Micro, 0, 1), members, null), 0, CancellationToken.None);
}
