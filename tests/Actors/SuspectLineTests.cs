using LedCluster.Actors.RabbitMq;
using LedCluster.Domain.Cohorts;

namespace LedCluster.Actors.Tests;

public class SuspectLineTests
{
    private static readonly CohortId A = new(0), B = new(1), C = new(2);

    [Fact]
    public void Suspects_have_their_turn_one_at_a_time_and_in_order()
    {
        var line = Line(A, A, B, C);
        Assert.Equal(A, line.Turn);
        line.Leave(A);
        Assert.Equal(B, line.Turn);
        line.Leave(B);
        Assert.Equal(C, line.Turn);
        line.Leave(C);
        Assert.Null(line.Turn);
        line.Join(A);
        Assert.Equal(A, line.Turn);
    }

    [Fact]
    public void A_suspect_that_is_answered_while_it_waits_is_not_asked_again()
    {
        var line = Line(A, B);
        line.Leave(B);
        Assert.Equal(A, line.Turn);
        line.Leave(A);
        Assert.Null(line.Turn);
    }

    private static SuspectLine Line(params CohortId[] suspects)
    {
        var line = new SuspectLine();
        foreach (var suspect in suspects)
            line.Join(suspect);
        return line;
    }
}
