using LedCluster.Domain.Systems;

namespace LedCluster.Domain.Tests;

public class ParameterScheduleTests
{
    [Fact]
    public void Between_its_times_it_is_a_line_or_a_step_and_beyond_them_it_is_constant()
    {
        var line = ParameterSchedule.Parse("""{"time": [1, 2, 4], "value": [10, 20, 0]}""");
        Assert.Equal([10, 10, 15, 20, 15, 10, 5, 0, 0], Enumerable.Range(1, 9).Select(frame => line.At(7, frame, 0.5)));
        var step = ParameterSchedule.Parse("""{"time": [1, 2, 4], "value": [10, 20, 0], "interpolation": "previous"}""");
        Assert.Equal([10, 10, 10, 20, 20, 20, 20, 0, 0], Enumerable.Range(1, 9).Select(frame => step.At(7, frame, 0.5)));
    }

    [Fact]
    public void A_time_on_a_frame_is_that_frame_whatever_the_rounding()
    {
        foreach (var timeStep in (double[])[0.1, 0.01, 0.3, 1e-3, 7e5])
            for (var k = 1; k < 2000; k += 13)
            {
                var schedule = ParameterSchedule.Of(
                    [0, double.Parse((k * (decimal)timeStep).ToString(), System.Globalization.CultureInfo.InvariantCulture)], [[1, 2]],
                    ScheduleInterpolation.Previous);
                Assert.Equal((1, 2), (schedule.At(0, k - 1, timeStep), schedule.At(0, k, timeStep)));
            }
    }

    [Fact]
    public void Members_may_have_schedules_of_their_own_and_its_text_is_read_again()
    {
        const string text = """{"time":[0,0.1],"value":[[1,2],[3,-4E-09]],"interpolation":"previous"}""";
        var schedule = ParameterSchedule.Parse(text);
        Assert.Equal((2, 1.0, -4e-9), (schedule.Rows, schedule.At(0, 0, 0.1), schedule.At(1, 1, 0.1)));
        Assert.Equal(text, schedule.Text);
        Assert.Equal("""{"time":[0,0.1],"value":[1,2],"interpolation":"previous"}""", schedule.First(1).Text);
    }

    [Theory]
    [InlineData("""{"time": [0, 1], "value": [1, 2], "interpolation": "previous"}""", null)]
    [InlineData("""{"time": [0, 1], "value": [2, 2]}""", null)]
    [InlineData("""{"time": [0, 1], "value": [[1, 1], [2, 2]]}""", null)]
    [InlineData("""{"time": [0, 1], "value": [[1, 1], [2, 2.5]], "interpolation": "previous"}""", "is 2.5 at time 1 of member 1")]
    [InlineData("""{"time": [0, 1], "value": [1, 2]}""", "goes in a straight line from 1 to 2, through values between them")]
    public void A_schedule_is_whole_if_it_is_at_all_times(string text, string? expected)
    {
        var fraction = ParameterSchedule.Parse(text).Fraction;
        if (expected is null)
            Assert.Null(fraction);
        else
            Assert.StartsWith(expected, fraction);
    }

    [Fact]
    public void A_range_over_the_members_is_whole_if_its_steps_are()
    {
        Parameter[] counted = [new("n", 1, 0, 100, "number", IsWhole: true)];
        Assert.Equal("is 1.5", new ParameterValues(1.5, 1.5).Fraction(1));
        Assert.Equal("is 0.5 for member 1", new ParameterValues(0, 0, [0, 0.5]).Fraction(2));
        Assert.Equal("is 0..2 over 5 members, which gives member 1 the value 0.5", new ParameterValues(0, 2).Fraction(5));
        Assert.Contains("The parameter n is 0..2 over 5 members", Assert.Throws<ArgumentException>(() => Table(0, 2, 5)).Message);
        Assert.Equal(Enumerable.Range(0, 50).Select(n => (double)n), Table(0, 49, 50).Of([.. Enumerable.Range(0, 50)])); // 1/49 · 49 is not 1

        ParameterTable Table(double from, double to, int members) =>
            new([.. counted], 1, members, new Dictionary<string, ParameterValues> { ["n"] = new(from, to) });
    }

    [Fact]
    public void Frames_with_the_same_values_are_counted()
    {
        var schedules = new ParameterSchedules([(1, ParameterSchedule.Of([2, 5], [[1, 2], [1, 1]], ScheduleInterpolation.Previous))], 1);
        Assert.Equal((5, 3, 9), (schedules.Constant([0], 0, 9), schedules.Constant([0], 0, 3), schedules.Constant([1], 0, 9)));
        Assert.Equal([7, 2, 8, 1], schedules.At([0, 1], 6, [7, 0, 8, 0]));
    }

    [Theory]
    [InlineData("""{"time": [0], "values": [1]}""", "a schedule is")]
    [InlineData("""{"time": [0], "value": [1], "unit": "s"}""", "it has 'unit'")]
    [InlineData("""{"time": [0, 1], "value": [1]}""", "1 values for 2 times")]
    [InlineData("""{"time": [0, 1], "value": [[1, 2], [1]]}""", "of member 1")]
    [InlineData("""{"time": [0, 1], "value": [[1, 2]]}""", "list for one member")]
    [InlineData("""{"time": [1, 1], "value": [1, 2]}""", "time 1 is 1, after 1")]
    [InlineData("""{"time": [], "value": []}""", "no times")]
    [InlineData("""{"time": [0], "value": ["1"]}""", "a schedule is")]
    [InlineData("""{"time": [0], "value": [1], "interpolation": "cubic"}""", "\"previous\"")]
    [InlineData("""{"time": [0], "value": [1], "time": [2]}""", "not JSON")]
    [InlineData("{", "not JSON")]
    public void What_is_no_schedule_is_refused(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<FormatException>(() => ParameterSchedule.Parse(text)).Message);
}
