using LedCluster.Actors.RabbitMq;
using LedCluster.Domain.Cohorts;

namespace LedCluster.Actors.Tests;

public class SuspectLineTests
{
    private static readonly CohortId A = new(0), B = new(1), C = new(2);

    [Fact]
    public void Suspects_are_at_work_one_at_a_time_and_in_turn()
    {
        var line = new SuspectLine();
        Assert.True(line.MayWork(A));
        Assert.True(line.MayWork(A));
        Assert.False(line.MayWork(B));
        Assert.False(line.MayWork(C));
        Assert.Equal([false, true, true], [line.IsWaiting(A), line.IsWaiting(B), line.IsWaiting(C)]);
        Assert.Equal(B, line.Leave(A));
        Assert.False(line.IsWaiting(B));
        Assert.Equal(C, line.Leave(B));
        Assert.Null(line.Leave(C));
        Assert.True(line.MayWork(A));
    }

    [Fact]
    public void A_suspect_that_is_answered_while_it_waits_is_not_asked_again()
    {
        var line = new SuspectLine();
        Assert.True(line.MayWork(A));
        Assert.False(line.MayWork(B));
        Assert.Null(line.Leave(B));
        Assert.Null(line.Leave(A));
    }
}
