using LedCluster.Actors.RabbitMq;
using LedCluster.Domain.Cohorts;

namespace LedCluster.Actors.Tests;

/// <summary>Which orders must have been taken by a worker, judged by answers to others.</summary>
public class AnsweredOrdersTests
{
    private static InFlight Leg(int first, int last) => new(Cohort.Start([0], [0]), first, last, 1, 0);

    [Fact]
    public void A_first_order_is_passed_by_later_first_ones_only()
    {
        var answered = new AnsweredOrders();
        Assert.False(answered.Passed("queue", Leg(5, 5)));
        answered.Add("queue", 9, again: true); // it overtook the others
        answered.Add("queue", 4, again: false);
        answered.Add("another", 9, again: false);
        Assert.False(answered.Passed("queue", Leg(5, 5)));
        answered.Add("queue", 6, again: false);
        Assert.True(answered.Passed("queue", Leg(5, 5)));
    }

    [Fact]
    public void An_order_that_was_sent_again_is_passed_by_any_later_one()
    {
        foreach (var again in (bool[])[false, true])
        {
            var answered = new AnsweredOrders();
            answered.Add("queue", 6, again);
            Assert.False(answered.Passed("queue", Leg(5, 7)));
            answered.Add("queue", 8, again);
            Assert.True(answered.Passed("queue", Leg(5, 7)));
        }
    }
}
