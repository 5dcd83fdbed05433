using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Tests;

/// <summary>What every engine must do, whatever carries the cohorts.</summary>
public abstract class EngineContract
{
    /// <summary>The last macro leg is as long as the others, so that cohorts at different legs may share a batch.</summary>
    private static readonly LedSchedule Schedule = new(Warm: 6, Macro: 10, Micro: 3, Final: 68);

    /// <summary>The engine under test.</summary>
    protected abstract IEngine Engine { get; }

    private protected static EngineJob Job(
        ToyDynamics toy, IRecorder recorder, int members, int cohortSize, int workers, IEnumerable<Cohort>? cohorts = null, LedSchedule? schedule = null)
    {
        var plan = LedCycle.Plan(schedule ?? Schedule);
        var clock = new ThreadClock();
        return new EngineJob(
            cohorts ?? Enumerable.Range(0, members).Chunk(cohortSize).Select(c => Cohort.Start([.. c], [.. c.Select(m => (double)m)])),
            plan,
            new MicroWorker(toy, toy.Model, plan, LiftRule.Equilibrium, keepFields: true, clock),
            new LatentWorker(toy.Model, plan, fieldSize: 1, clock),
            recorder,
            new ExecutionOptions { CohortSize = cohortSize, Workers = workers });
    }

    private protected MemoryRecorder Run(ToyDynamics toy, int members, int cohortSize, int workers)
    {
        var recorder = new MemoryRecorder();
        var outcome = Engine.Run(Job(toy, recorder, members, cohortSize, workers), TestContext.Current.CancellationToken);
        Assert.False(outcome.Cancelled);
        Assert.Equal(members, outcome.Progress.MembersDone + outcome.Progress.MembersFailed);
        return recorder;
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 2)]
    [InlineData(64, 3)]
    public void Every_member_is_recorded_exactly_once_and_in_order_and_follows_the_dynamics(int cohortSize, int workers)
    {
        var recorder = Run(new ToyDynamics(), members: 50, cohortSize, workers);
        Assert.Equal(Enumerable.Range(0, 50), recorder.Paths.Keys);
        Assert.All(recorder.Paths, path =>
        {
            Assert.Equal(Schedule.Final + 1, path.Value.Count);
            Assert.Equal(path.Key, path.Value[0]);
            for (var t = 1; t < path.Value.Count; t++)
                Assert.Equal(0.9 * path.Value[t - 1] + 1, path.Value[t], 1e-4);
        });
    }

    [Fact]
    public void Bits_do_not_depend_on_cohort_size_or_workers()
    {
        var expected = Run(new ToyDynamics(), 50, 1, 1).Paths;
        foreach (var (size, workers) in ((int, int)[])[(7, 1), (64, 2), (13, 4)])
            Assert.Equal(expected, Run(new ToyDynamics(), 50, size, workers).Paths);
    }

    [Fact]
    public void As_many_cohorts_are_in_flight_as_make_the_batches_that_a_device_has_in_hand()
    {
        using var warm = new CountdownEvent(3 * 400 / 10); // cohorts; without a device two processors have 8
        var (recorder, all) = (new MemoryRecorder { OnRecord = _ => { if (!warm.IsSet) warm.Signal(); } }, true);
        var toy = new ToyDynamics { DeviceBatch = 400, OnRun = _ => all &= warm.Wait(TimeSpan.FromMinutes(1)) };
        Engine.Run(Job(toy, recorder, 1600, 10, 2), TestContext.Current.CancellationToken);
        Assert.True(all, $"{warm.CurrentCount} cohorts were not admitted before the first macro leg ended");
    }

    [Fact]
    public void The_propagator_has_consumed_every_frame_but_the_last()
    {
        var recorder = Run(new ToyDynamics(), 5, 2, 1);
        Assert.All(recorder.Last.Values, cohort => Assert.Equal(Schedule.Final, cohort.Memory[0] + cohort.Pending - 1));
    }

    /// <summary>Stretches longer than a leg become several legs, and the propagator still consumes every frame.</summary>
    [Fact]
    public void Long_stretches_lose_no_frame()
    {
        var schedule = new LedSchedule(Warm: 450, Macro: 410, Micro: 230, Final: 1500);
        var recorder = new MemoryRecorder();
        Engine.Run(Job(new ToyDynamics(), recorder, 3, 2, 2, schedule: schedule), TestContext.Current.CancellationToken);
        Assert.All(recorder.Paths.Values, path => Assert.Equal(schedule.Final + 1, path.Count));
        Assert.All(recorder.Last.Values, cohort => Assert.Equal(schedule.Final, cohort.Memory[0] + cohort.Pending - 1));
    }

    [Fact]
    public void A_member_that_blows_up_is_set_aside_and_the_rest_keeps_its_bits()
    {
        var healthy = Run(new ToyDynamics(), 20, 7, 2).Paths;
        var sick = Run(new ToyDynamics { OnAdvance = x => x == 11 ? double.NaN : x }, 20, 7, 2);
        var failure = Assert.Single(sick.Failures);
        Assert.Equal((11, 0), (failure.Member, failure.Leg));
        Assert.Contains("frame 1: x = NaN", failure.Reason);
        healthy.Remove(11);
        Assert.Equal(healthy, sick.Paths);
    }

    [Fact]
    public void A_poison_member_whose_solver_throws_is_set_aside_and_the_rest_keeps_its_bits()
    {
        var healthy = Run(new ToyDynamics(), 20, 7, 2).Paths;
        var sick = Run(new ToyDynamics { OnAdvance = x => x == 3 ? throw new ArithmeticException("no way on") : x }, 20, 7, 2);
        var failure = Assert.Single(sick.Failures);
        Assert.Equal(3, failure.Member);
        Assert.Contains("ArithmeticException: no way on", failure.Reason);
        healthy.Remove(3);
        Assert.Equal(healthy, sick.Paths);
    }

    /// <summary>What is left of a run of 50 members.</summary>
    private protected void Resume(MemoryRecorder recorder, ToyDynamics toy)
    {
        var started = recorder.Last.Values.Where(c => c.Leg < LedCycle.Plan(Schedule).Length).ToArray();
        var fresh = Enumerable.Range(0, 50).Except(recorder.Last.Keys).Select(m => Cohort.Start([m], [m])).ToArray();
        Assert.False(Engine.Run(Job(toy, recorder, 50, 1, 2, started.Concat(fresh)), TestContext.Current.CancellationToken).Cancelled);
    }

    [Fact]
    public void Cancelling_stops_within_one_leg_and_the_run_goes_on_from_its_checkpoints_with_the_same_bits()
    {
        var expected = Run(new ToyDynamics(), 50, 4, 2).Paths;
        using var cancel = new CancellationTokenSource();
        var recorded = 0;
        var recorder = new MemoryRecorder { OnRecord = _ => { if (++recorded == 17) cancel.Cancel(); } };
        var outcome = Engine.Run(Job(new ToyDynamics(), recorder, 50, 4, 2), cancel.Token);
        Assert.True(outcome.Cancelled);
        Assert.InRange(recorder.Records, 17, 17 + 4 * 2); // those in flight are finished and recorded

        Resume(recorder, new ToyDynamics());
        Assert.Equal(expected, recorder.Paths);
    }

    [Fact]
    public void A_recorder_that_fails_ends_the_run_with_its_error()
    {
        var recorder = new MemoryRecorder { OnRecord = _ => throw new IOException("No space left on device") };
        var error = Assert.Throws<IOException>(() => Engine.Run(Job(new ToyDynamics(), recorder, 50, 4, 2), TestContext.Current.CancellationToken));
        Assert.Equal("No space left on device", error.Message);
    }
}
