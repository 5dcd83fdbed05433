using System.Text.RegularExpressions;
using LedCluster.Domain.Fields;
using LedCluster.Report.Figures;
using LedCluster.Report.Plots;

namespace LedCluster.Report.Tests;

/// <summary>Scales and bands that show what the members do.</summary>
public sealed class EnsembleSpreadFigureTests
{
    private const int Frames = 101;
    private static readonly FieldLayout Layout = FieldLayout.OnLine([new FieldChannel("u", "velocity", "m/s", 1e3)], 4, 0.5, 1, "m", "s");
    private static readonly double[] Times = [.. Enumerable.Range(0, Frames).Select(t => (double)t)];

    [Theory]
    [InlineData(400, true)]
    [InlineData(1, false)]
    public void An_extreme_beginning_does_not_set_the_scale_of_the_rest(double first, bool beyond)
    {
        double[] At(double value) => [.. Times.Select(t => t == 0 ? first * value : value)];
        var deviation = new float[Frames * 4];
        Array.Fill(deviation, 0.5f);
        deviation.AsSpan(0, 4).Fill((float)first * 0.5f);
        var figure = new EnsembleSpreadFigure(Layout, Times, 2, [new(At(0), At(-1), At(1))]) { Deviation = deviation }.Draw();

        Assert.Equal(beyond, figure.Caption.Contains("The scale of (a) is that of the later frames", StringComparison.Ordinal));
        foreach (var panel in figure.Panels)
            Assert.DoesNotContain(">200<", panel);
        Assert.Contains(">1.0<", figure.Panels[0]);
        Assert.Equal(beyond, Regex.IsMatch(figure.Panels[1], "<path[^>]*fill:#fde725")); // the pointed end of the colour bar
    }

    [Fact]
    public void Members_in_two_groups_are_drawn_as_a_density()
    {
        var random = new Random(3);
        double[][] members = [.. Times.Select(t => (double[])[.. Enumerable.Range(0, 40).Select(m => (m < 16 ? -1 : 1) + 0.02 * random.NextDouble())])];
        var grouped = Of(members);
        Assert.True(grouped.IsGrouped);
        var figure = new EnsembleSpreadFigure(Layout, Times, 2, [grouped with { Members = new(Times, members) }]).Draw();
        Assert.Contains("In (a) the members form groups", figure.Caption);
        Assert.Contains("density of u over velocity u and time t", figure.Panels[0]);
        Assert.Contains("<image", figure.Panels[0]);
        Assert.DoesNotContain("5–95", figure.Panels[0]);
    }

    [Fact]
    public void Members_around_one_value_and_members_spread_evenly_keep_their_bands()
    {
        var random = new Random(4);
        PointSpread normal = Of([
            .. Times.Select(_ => (double[])[.. Enumerable.Range(0, 40).Select(_ => Enumerable.Range(0, 12).Sum(_ => random.NextDouble()) - 6)])]),
            uniform = Of([.. Times.Select(_ => (double[])[.. Enumerable.Range(0, 40).Select(_ => random.NextDouble())])]),
            equal = Of([.. Times.Select(_ => (double[])[.. Enumerable.Repeat(3.0, 40)])]);
        Assert.Equal([false, false, false], new[] { normal, uniform, equal }.Select(s => s.IsGrouped));
        Assert.Contains("5–95", new EnsembleSpreadFigure(Layout, Times, 2, [normal]).Draw().Panels[0]);
    }

    [Fact]
    public void A_density_integrates_to_one_and_counts_only_numbers()
    {
        var density = DensityMap.Of([[0, 0.5, 4, double.NaN], [1, 1, 1, 1]], 0, 4, 8);
        Assert.Equal(16, density.Length);
        Assert.Equal(1, density[..8].Sum() * 0.5, 6);
        Assert.Equal(2, density[8 + 2], 6);
        Assert.Equal(2 / 3.0, density[7], 6);
    }

    private static PointSpread Of(double[][] members)
    {
        double[][] sorted = [.. members.Select(m => (double[])[.. m.Order()])];
        double[] At(double q) => [.. sorted.Select(s => s[(int)(q * (s.Length - 1))])];
        return new([.. members.Select(m => m.Average())], At(0.05), At(0.95)) { Quartiles = (At(0.25), At(0.75)), Median = At(0.5) };
    }
}
