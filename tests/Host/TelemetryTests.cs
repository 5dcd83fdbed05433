namespace LedCluster.Host.Tests;

/// <summary>What a collector receives.</summary>
public sealed class TelemetryTests(Workplace place) : IClassFixture<Workplace>
{
    [Fact]
    public void Metrics_and_traces_reach_the_collector_that_the_environment_names()
    {
        using var collector = new Collector();
        var outcome = Led.Shell(
            $"{collector.Environment} $LED forecast fhn --members 3 --t-final 10 --t-warm 4 --t-macro 2 --t-micro 1 --model {place.Model} --run "
            + $"{place.Fresh()}");
        Assert.True(outcome.Code == 0, outcome.Errors);
        collector.AssertReceived("POST /v1/metrics", "led.member_legs", "led.batch.members", "led.queue.wait", "led.work.cpu");
        collector.AssertReceived("POST /v1/traces", "latent batch");
    }
}
