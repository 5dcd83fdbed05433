using LedCluster.Actors.Protocol;
using LedCluster.Actors.Workers;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;

namespace LedCluster.Actors.Tests;

/// <summary>Whom a leg is given to, when it is late, how often it is tried, and when its cohort is poison.</summary>
public sealed class WorkBookTests
{
    private readonly LateTime time = new();
    private readonly WorkRules rules = new();
    private readonly WorkBook<string> book;

    public WorkBookTests() => book = new WorkBook<string>(rules, time);

    private static LegTask Task(int serial, int leg = 0, bool latent = false) =>
        new(new RunId("r"), 1, serial, new CohortId(serial), new Leg(leg, latent ? Phase.Macro : Phase.Micro, 10 * leg, 10), 1, null);

    private void Ready(string worker, int capacity, int[]? held = null, int[]? atWork = null, bool latent = false) =>
        book.Ready(worker, Node(worker), new WorkersReady(Node(worker), latent, capacity, held ?? [], atWork ?? []));

    private static string Node(string worker) => worker.Split('/')[0];

    private (string Worker, int Number, int Serial)[] Assign() => [.. book.Assign().Select(a => (a.Worker, a.Number, a.Task.Serial))];

    [Fact]
    public void Legs_go_to_workers_of_their_role_with_room_the_least_loaded_first()
    {
        Ready("a/micro", 2);
        Ready("b/micro", 2);
        Ready("b/latent", 1, latent: true);
        for (var serial = 1; serial <= 6; serial++)
            book.Add(Task(serial, latent: serial > 5));
        Assert.Equal(
            [("a/micro", 1), ("b/micro", 2), ("a/micro", 3), ("b/micro", 4), ("b/latent", 6)],
            Assign().Select(a => (a.Worker, a.Serial)).OrderBy(a => a.Serial));
        Assert.True(book.Close(1));
        Assert.Equal(5, Assert.Single(Assign()).Serial);
    }

    [Fact]
    public void A_leg_that_is_known_is_not_taken_twice_and_its_second_answer_does_not_count()
    {
        Ready("a/micro", 4);
        book.Add(Task(1));
        book.Add(Task(1));
        var order = Assert.Single(Assign());
        book.Add(Task(1));
        Assert.Empty(Assign());
        Assert.True(book.Knows(1, 0) && !book.Knows(1, 1));
        Assert.True(book.Close(order.Number));
        Assert.False(book.Close(order.Number));
    }

    [Fact]
    public void A_leg_at_work_for_too_long_is_given_to_another_worker_and_the_first_answer_counts()
    {
        Ready("a/micro", 1);
        Ready("b/micro", 1);
        book.Add(Task(1));
        var first = Assert.Single(Assign());
        time.Later += rules.LegTimeout;
        Assert.Empty(book.Late()); // it may still wait there: nobody has said that it is at work
        Ready("a/micro", 1, [first.Number], [first.Number]);
        time.Later += rules.LegTimeout;
        Assert.Single(book.Late());
        var second = Assert.Single(Assign());
        Assert.NotEqual(first.Worker, second.Worker);
        Ready(second.Worker, 1, [second.Number], [second.Number]);
        time.Later += rules.LegTimeout; // each attempt has twice the time
        Assert.Empty(book.Late());
        Assert.True(book.Close(first.Number));
        Assert.False(book.Close(second.Number));
    }

    [Fact]
    public void After_the_last_attempt_a_leg_is_given_up()
    {
        for (var n = 0; n < rules.MostAttempts; n++)
            Ready($"{n}/micro", 1);
        book.Add(Task(1));
        for (var attempt = 1; attempt <= rules.MostAttempts; attempt++)
        {
            var order = Assert.Single(Assign());
            Ready(order.Worker, 1, [order.Number], [order.Number]);
            time.Later += rules.LegTimeout * (1 << attempt);
            Assert.Equal(attempt, Assert.Single(book.Late()).Attempts);
        }
        Assert.Equal($"no worker answered in {rules.MostAttempts} attempts", Assert.Single(book.Condemned()).Reason);
        Assert.Empty(book.Condemned());
    }

    [Fact]
    public void An_order_that_its_worker_never_got_is_sent_again()
    {
        Ready("a/micro", 1);
        book.Add(Task(1));
        var order = Assert.Single(Assign());
        Ready("a/micro", 1);
        Assert.Empty(Assign());
        time.Later += TimeSpan.FromSeconds(6);
        Ready("a/micro", 1);
        Assert.Equal(1, Assert.Single(Assign()).Serial);
        Assert.False(book.Close(order.Number));
    }

    [Fact]
    public void Suspects_are_alone_on_their_node_so_that_an_innocent_one_is_not_blamed()
    {
        book.Add(Task(1));
        book.Add(Task(2));
        for (var loss = 1; loss < rules.MostLosses; loss++)
        {
            Ready($"{loss}/micro", 4);
            Assert.Equal(2, Assign().Length);
            Assert.Equal(2, book.Lose($"{loss}"));
        }
        Ready("x/micro", 4);
        var first = Assert.Single(Assign()); // one suspect at a time
        book.Add(Task(3));
        Assert.Empty(Assign()); // nobody beside it
        Ready("y/micro", 4);
        Assert.Equal(("y/micro", 3), Assign().Select(a => (a.Worker, a.Serial)).Single());
        Assert.True(book.Close(first.Number)); // innocent
        var second = Assert.Single(Assign());
        Assert.Equal(3 - first.Serial, second.Serial);
        book.Lose(Node(second.Worker));
        var condemned = Assert.Single(book.Condemned());
        Assert.Equal((second.Serial, $"{rules.MostLosses} nodes in a row were lost while they had it"), (condemned.Task.Serial, condemned.Reason));
    }

    [Fact]
    public void A_node_that_drains_is_no_evidence_and_one_without_memory_is_avoided()
    {
        for (var n = 0; n < rules.MostLosses + 2; n++)
        {
            Ready($"{n}/micro", 1);
            book.Add(Task(1));
            var order = Assert.Single(Assign());
            Ready($"{n}/micro", 0, [order.Number]);
            book.Lose($"{n}");
            Assert.Empty(book.Condemned());
        }
        Ready("small/micro", 1);
        var tried = Assert.Single(Assign());
        Ready("large/micro", 1);
        book.Fault(tried.Number, "OutOfMemoryException");
        Assert.Equal("large/micro", Assert.Single(Assign()).Worker);
    }

    [Fact]
    public void Once_the_run_is_to_stop_what_no_worker_has_is_withdrawn_and_what_comes_back_is_not_tried_again()
    {
        Ready("a/micro", 1);
        book.Add(Task(1));
        book.Add(Task(2));
        var order = Assert.Single(Assign());
        Assert.Equal(2, Assert.Single(book.Withdraw()).Serial);
        book.Return(order.Number);
        Assert.Empty(Assign());
        Assert.Equal((1, ""), book.Condemned().Select(c => (c.Task.Serial, c.Reason)).Single());

        book.Add(Task(3)); // was on its way when the run was asked to stop
        Assert.Empty(Assign());
        Assert.Equal((3, ""), book.Condemned().Select(c => (c.Task.Serial, c.Reason)).Single());
    }
}
