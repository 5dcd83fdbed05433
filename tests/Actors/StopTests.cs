using LedCluster.Actors.RabbitMq;
using LedCluster.Tests;

namespace LedCluster.Actors.Tests;

/// <summary>What a run that is asked to stop still does. No silence is long enough to end it, so that it ends for a better reason.</summary>
public sealed class StopTests(TestBroker broker) : OnlyNode(broker)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60), Hour = TimeSpan.FromHours(1);

    private RabbitMqOptions Patient => Cluster.Options with { MostLosses = 2, LegTimeout = Hour, CancelGrace = 10 * Hour };

    [Fact]
    public async Task Orders_that_no_worker_has_taken_are_taken_back_and_not_waited_for()
    {
        await StartAsync(Patient, cohortSize: 1);
        await StopRun.CancelAsync();
        Assert.True((await Running.WaitAsync(Longest)).Cancelled);
    }

    [Fact]
    public async Task A_suspect_that_waits_for_its_turn_is_not_ordered_any_more()
    {
        await StartAsync(Patient, cohortSize: 3);
        await TellAsync(OrderReturn.WorkerLost, [.. await TakeAsync()]);
        var suspect = Assert.Single(await TakeAsync());
        await StopRun.CancelAsync();
        await TellAsync(OrderReturn.WorkerLost, suspect);
        Assert.True((await Running.WaitAsync(Longest)).Cancelled);
        Assert.Empty(Recorder.Failures);
    }

    [Fact]
    public async Task A_late_leg_is_not_ordered_again()
    {
        await StartAsync(Patient, cohortSize: 3);
        var taken = await TakeAsync();
        await StopRun.CancelAsync();
        Time.Later += 2 * Hour;
        Assert.Empty(await TakeAsync());
        Assert.DoesNotContain(Cluster.Log, line => line.Contains("is late"));
        await TellAsync(OrderReturn.HandedBack, [.. taken]);
        Assert.True((await Running.WaitAsync(Longest)).Cancelled);
    }

    /// <summary>A leg took a minute, so that another one may be at work after much more than the least grace.</summary>
    [Fact]
    public async Task A_leg_at_work_is_waited_for_as_long_as_legs_take()
    {
        await StartAsync(Patient with { CancelGrace = TimeSpan.FromSeconds(0.5) }, cohortSize: 3);
        var taken = await TakeAsync();
        Time.Later += TimeSpan.FromMinutes(1);
        await AnswerAsync(taken[0]);
        await SettleAsync();
        await StopRun.CancelAsync();
        Time.Later += TimeSpan.FromMinutes(1);
        await Task.WhenAny(Running, Task.Delay(TimeSpan.FromSeconds(2)));
        Assert.False(Running.IsCompleted);
        await AnswerAsync(taken[1]);
        Assert.True((await Running.WaitAsync(Longest)).Cancelled);
        Assert.Equal(2, Recorder.Records);
    }
}
