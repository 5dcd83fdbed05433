using LedCluster.Domain.Cycle;

namespace LedCluster.Domain.Tests;

public class LedCycleTests
{
    public static TheoryData<int, int, int, int> Timetables() => new()
    {
        { 60, 100, 10, 1000 }, { 0, 10, 10, 35 }, { 60, 10, 10, 8060 }, { 20, 0, 10, 1300 }, { 20, 100, 0, 1300 },
        { 1000, 5, 5, 1003 }, { 50, 5, 5, 50 }, { 0, 7, 1, 1 }, { 60, 1000, 10, 8060 },
    };

    [Theory]
    [MemberData(nameof(Timetables))]
    public void Plan_covers_every_frame_once_and_in_order(int warm, int macro, int micro, int final)
    {
        var plan = LedCycle.Plan(new LedSchedule(warm, macro, micro, final));
        Assert.Equal(Enumerable.Range(0, final + 1), plan.SelectMany(leg => Enumerable.Range(leg.First, leg.Frames)));
        Assert.Equal(Enumerable.Range(0, plan.Length), plan.Select(leg => leg.Index));
    }

    [Fact]
    public void Legs_alternate_between_macro_and_micro_after_the_warm_up_and_the_last_is_cut()
    {
        var plan = LedCycle.Plan(new LedSchedule(Warm: 60, Macro: 100, Micro: 10, Final: 300));
        Assert.Equal(
            [(Phase.Warmup, 0, 61), (Phase.Macro, 61, 100), (Phase.Micro, 161, 10), (Phase.Macro, 171, 100), (Phase.Micro, 271, 10), (Phase.Macro, 281, 20)],
            plan.Select(leg => (leg.Phase, leg.First, leg.Frames)));
    }

    [Fact]
    public void Latent_led_never_returns_to_the_micro_solver() =>
        Assert.All(LedCycle.Plan(new LedSchedule(60, 100, 0, 3000)).Skip(1), leg => Assert.Equal(Phase.Macro, leg.Phase));

    [Fact]
    public void Without_macro_legs_the_micro_solver_runs_alone() =>
        Assert.All(LedCycle.Plan(new LedSchedule(60, 0, 10, 3000)).Skip(1), leg => Assert.Equal(Phase.Micro, leg.Phase));

    [Theory]
    [MemberData(nameof(Timetables))]
    public void Legs_stay_short_whatever_the_timetable(int warm, int macro, int micro, int final) =>
        Assert.All(LedCycle.Plan(new LedSchedule(warm * 10, macro * 10, micro * 100, final)), leg => Assert.InRange(leg.Frames, 1, LedCycle.MostFrames));

    [Theory]
    [InlineData(202, 200)]
    [InlineData(2 << 20, 4)]
    [InlineData(1 << 30, 1)]
    public void The_frames_of_a_leg_take_64_MiB_a_member_at_most_unless_one_frame_is_larger(int fieldSize, int longest)
    {
        Assert.Equal(longest, LedCycle.LongestLeg(fieldSize));
        var plan = LedCycle.Plan(new LedSchedule(600, 500, 300, 3000) { LongestLeg = longest });
        Assert.Equal(longest, plan.Max(leg => leg.Frames));
        Assert.Equal(Enumerable.Range(0, 3001), plan.SelectMany(leg => Enumerable.Range(leg.First, leg.Frames)));
    }
}
