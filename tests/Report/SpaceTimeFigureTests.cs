using LedCluster.Domain.Fields;
using LedCluster.Report.Figures;

namespace LedCluster.Report.Tests;

/// <summary>Members of systems that are not on one line.</summary>
public class SpaceTimeFigureTests
{
    private static readonly FieldChannel U = new("u", "potential", "1", 10), W = new("w", "recovery", "1", 10);

    [Fact]
    public void Without_axes_each_channel_is_a_time_series()
    {
        var figure = new SpaceTimeFigure(3, new([U, W], [], 0.5, "ms"), [0, 0.5, 1], new float[6]) { Truth = new float[6] }.Draw();
        Assert.Equal((2, 2), (figure.Panels.Count, figure.Columns));
        Assert.Contains("truth", figure.Panels[0]);
        Assert.Contains("recovery", figure.Panels[1]);
        Assert.StartsWith("Truth and forecast of each channel.", figure.Caption);
    }

    [Fact]
    public void On_a_plane_each_channel_has_snapshots_at_four_times()
    {
        var layout = new FieldLayout([U, W], [new("row", 4), new("column", 5)], 1);
        float[] field = [.. Enumerable.Range(0, 9 * 40).Select(i => i / 20 % 2 == 0 ? i % 20 : 0)];
        var figure = new SpaceTimeFigure(0, layout, [.. Enumerable.Range(0, 9).Select(t => (double)t)], field).Draw();
        Assert.Equal((8, 2), (figure.Panels.Count, figure.Columns));
        Assert.Contains("t = 8", figure.Panels[3]);
        Assert.Contains("column", figure.Panels[0]);
        Assert.NotEqual(
            figure.Panels[0],
            new SpaceTimeFigure(0, layout, [.. Enumerable.Range(0, 9).Select(t => (double)t)], field.Reverse().ToArray()).Draw().Panels[0]);
    }
}
