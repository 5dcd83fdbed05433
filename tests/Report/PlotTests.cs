using System.Xml.Linq;
using LedCluster.Domain.Cycle;
using LedCluster.Report.Plots;

namespace LedCluster.Report.Tests;

public sealed class PlotTests
{
    private static readonly double[] Wild = [double.NaN, 1, double.PositiveInfinity, -3, 1e300, 0, double.NegativeInfinity, 1e-300];
    private static readonly double[] Empty = [], Constant = [4, 4, 4], Nothing = [double.NaN, double.NaN];

    public static TheoryData<double[]> Series => [Wild, Empty, Constant, Nothing, (double[])[0.0], (double[])[-1e-12, 1e-12]];

    [Theory]
    [MemberData(nameof(Series))]
    public void No_plot_lets_a_number_through_that_is_not_finite(double[] values)
    {
        double[] x = [.. values.Select((_, i) => (double)i)];
        float[] field = [.. values.Select(v => (float)v)];
        var (axis, log) = (new Axis("value", "y"), new Axis("value", "y") { Logarithmic = true });
        string[] drawings =
        [
            new LinePlot(axis, axis, [new("a", x, values) { Bands = [new(values, values, "band")] }]).ToSvg(),
            new LinePlot(axis, log, [new("a", x, values) { Bands = [new(values, values)], Dots = true }]).ToSvg(),
            new LinePlot(axis, axis, [new("a", values, values)]).ToSvg(),
            new ScatterPlot(axis, axis, [new("a", x, values), new("b", values, x) { DotRadius = 2 }]).ToSvg(),
            new Histogram(axis, axis, [.. x, x.Length], [new("a", values)]) { Reference = 1 }.ToSvg(),
            new BarPlot(axis, [.. values.Select(v => new Bar("bar", [new BarPart("part", v)]))]).ToSvg(),
            values.Length > 0 ? new HeatMap(axis, axis, axis, field, field.Length, 1).ToSvg() : "<svg/>",
            values.Length > 0 ? new HeatMap(axis, axis, axis, field, 1, field.Length) { Range = Colours.ColourRange.Centred(field) }.ToSvg() : "<svg/>",
        ];
        foreach (var svg in drawings)
        {
            XDocument.Parse(svg);
            var text = System.Text.RegularExpressions.Regex.Replace(svg, "base64,[^\"]*", "");
            Assert.DoesNotContain("NaN", text);
            Assert.DoesNotContain("Infinity", text);
            Assert.DoesNotContain("∞", text);
        }
    }

    [Theory]
    [InlineData(0.0, null, false)]
    [InlineData(null, 0.0, true)]
    public void An_end_of_an_axis_that_is_fixed_stays_when_all_values_are_equal(double? minimum, double? maximum, bool negative)
    {
        var svg = new LinePlot(new("x"), new("y") { Minimum = minimum, Maximum = maximum }, [new("", [0, 1, 2], [0, 0, 0])]).ToSvg();
        Assert.Equal(negative, svg.Contains(">−"));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.4, 1)]
    [InlineData(0.9, 0.91)]
    public void Quantities_that_are_nowhere_negative_have_no_negative_marks(double low, double high)
    {
        Assert.DoesNotContain(">−", new LinePlot(new("x"), new("y"), [new("", [0, 1, 2], [low, high, low]) { Dots = true }]).ToSvg());
        Assert.DoesNotContain(
            ">−",
            new HeatMap(new("time"), new("row"), new("σ"), new float[6], 3, 2) { Times = (0, 2), Positions = (0, 1), Range = new(0, 1) }.ToSvg());
    }

    [Fact]
    public void A_printed_value_is_an_outline_and_never_a_bar()
    {
        static int Filled(string svg) => System.Text.RegularExpressions.Regex.Count(svg, "<rect[^>]*fill:#");
        static int Outlined(string svg) => System.Text.RegularExpressions.Regex.Count(svg, "<rect[^>]*fill:none");
        var without = new BarPlot(new("error"), [new("a", [new("measured", 1)]), new("b", [])]).ToSvg();
        var with = new BarPlot(new("error"), [new("a", [new("measured", 1)], Printed: 2), new("b", [], Printed: 3)]).ToSvg();
        Assert.Equal(Filled(without), Filled(with));
        Assert.Equal((0, 3), (Outlined(without), Outlined(with))); // two values and the legend
        Assert.Contains(">printed<", with);
        Assert.DoesNotContain("printed", without);
    }

    [Fact]
    public void A_gap_interrupts_a_line()
    {
        var svg = new LinePlot(new("x"), new("y"), [new("", [0, 1, 2, 3, 4], [0, 1, double.NaN, 1, 0])]).ToSvg();
        var path = XDocument.Parse(svg).Descendants().Single(e => e.Name.LocalName == "path").Attribute("d")!.Value;
        Assert.Equal(2, path.Count(c => c == 'M'));
    }

    [Fact]
    public void A_long_series_keeps_its_extremes_in_a_small_drawing()
    {
        double[] x = [.. Enumerable.Range(0, 1_000_000).Select(i => (double)i)];
        double[] y = [.. x.Select(t => Math.Sin(t / 50_000))];
        (y[123_456], y[765_432]) = (9, -9);
        var svg = new LinePlot(new("x"), new("y"), [new("", x, y) { Bands = [new(y, y)] }]).ToSvg();

        Assert.InRange(svg.Length, 1000, 60_000);
        var heights = XDocument.Parse(svg).Descendants().Last(e => e.Name.LocalName == "path").Attribute("d")!.Value
            .Split('M', 'L').Skip(1).Select(p => double.Parse(p.Split(' ')[1])).ToArray();
        Assert.True(heights.Max() - heights.Min() > 150, $"the spikes span {heights.Max() - heights.Min()} pixels");
    }

    [Fact]
    public void A_large_field_becomes_a_small_picture()
    {
        var field = new float[5000 * 600];
        for (var i = 0; i < field.Length; i++)
            field[i] = MathF.Sin(i / 600 * 0.01f + i % 600 * 0.02f);
        Assert.InRange(new HeatMap(new("t"), new("x"), new("u"), field, 5000, 600).ToSvg().Length, 1000, 600_000);
    }

    [Fact]
    public void Phase_spans_meet_half_way_and_cover_all_frames()
    {
        var spans = PhaseSpan.From([0, 1, 2, 3, 4], [Phase.Warmup, Phase.Warmup, Phase.Macro, Phase.Macro, Phase.Micro]);
        Assert.Equal([new(Phase.Warmup, 0, 1.5), new(Phase.Macro, 1.5, 3.5), new(Phase.Micro, 3.5, 4)], spans);
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(-0.00001234, "−1.234×10⁻⁵")]
    [InlineData(1e-7, "10⁻⁷")]
    [InlineData(12345.6, "12346")]
    [InlineData(0.5, "0.5")]
    [InlineData(double.NaN, "–")]
    public void Numbers_read_as_in_print(double value, string text) => Assert.Equal(text, NumberText.Significant(value));

    [Theory]
    [InlineData(12.34, "12.3 times cheaper than X")]
    [InlineData(0.05, "20 times dearer than X")]
    [InlineData(1, "as dear as X")]
    [InlineData(1.0001, "as dear as X")]
    [InlineData(0, NumberText.None)]
    [InlineData(double.NaN, NumberText.None)]
    [InlineData(double.PositiveInfinity, NumberText.None)]
    public void A_speed_up_below_one_is_a_factor_of_cost(double speedUp, string text) => Assert.Equal(text, NumberText.Cheaper(speedUp, "X"));
}
