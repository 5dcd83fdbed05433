using LedCluster.Actors.Protocol;
using LedCluster.Actors.Workers;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;

namespace LedCluster.Actors.Tests;

/// <summary>What an operator is told of those who wait for others.</summary>
public sealed class TakeoversTests
{
    private readonly LateTime time = new();

    [Fact]
    public void Trajectories_of_a_lost_process_wait_until_another_one_has_them_or_they_have_ended()
    {
        var takeovers = new Takeovers(time);
        foreach (var (serial, host) in new[] { (1, "a:1"), (2, "a:1"), (3, "b:1"), (4, "") })
            Assert.Null(takeovers.Heard(serial, host));
        Assert.Equal(0, takeovers.Lost("c:1"));
        Assert.Null(takeovers.Text);
        Assert.Equal(2, takeovers.Lost("a:1"));
        Assert.Equal(0, takeovers.Lost("a:1")); // known
        time.Later += TimeSpan.FromSeconds(3);
        Assert.Equal([1, 2], takeovers.Waiting.Order());
        Assert.StartsWith("2 cohorts wait for another process to take over from a:1, lost ", takeovers.Text);
        Assert.Null(takeovers.Heard(1, "b:1"));
        Assert.StartsWith("the 2 trajectories of a:1 go on, ", takeovers.Ended(2));
        Assert.Null(takeovers.Text);
        Assert.Equal(2, takeovers.Lost("b:1")); // 1 lives there now
    }

    [Fact]
    public void Legs_that_no_node_can_run_are_told_with_the_role_that_is_missing()
    {
        var book = new WorkBook<string>(new WorkRules(), time);
        LegTask Task(int serial, Phase phase) => new(new RunId("r"), 1, serial, new CohortId(serial), new Leg(0, phase, 0, 10), 1, null);
        book.Add(Task(1, Phase.Macro));
        book.Add(Task(2, Phase.Micro));
        book.Add(Task(3, Phase.Micro));
        Assert.Equal(
            "2 cohorts wait for a node with the role micro, but none works for this run; 1 cohorts wait for a node with the role latent, "
            + "but none works for this run",
            book.Missing());
        book.Ready("n/micro", "n", new WorkersReady("n", false, 1, [], []));
        Assert.Equal("1 cohorts wait for a node with the role latent, but none works for this run", book.Missing());
        book.Ready("n/latent", "n", new WorkersReady("n", true, 1, [], []));
        Assert.Null(book.Missing());
        book.Ready("n/latent", "n", new WorkersReady("n", true, 0, [], [])); // drains
        Assert.NotNull(book.Missing());
    }
}
