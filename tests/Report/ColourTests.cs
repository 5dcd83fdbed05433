using LedCluster.Report.Colours;

namespace LedCluster.Report.Tests;

public sealed class ColourTests
{
    [Fact]
    public void The_sequential_map_gets_steadily_lighter()
    {
        var light = ColourMap.Viridis.Colours.Select(c => c.Luminance).ToArray();
        Assert.Equal(ColourMap.Levels, light.Length);
        Assert.All(light.Zip(light.Skip(1)), p => Assert.True(p.Second >= p.First - 5e-4, $"{p.First} is followed by {p.Second}"));
        Assert.All(light.Zip(light.Skip(8)), p => Assert.True(p.Second > p.First));
    }

    [Fact]
    public void The_diverging_map_is_lightest_in_the_middle_and_falls_off_to_both_ends()
    {
        var light = ColourMap.BlueRed.Colours.Select(c => c.Luminance).ToArray();
        var middle = ColourMap.Index(0.5);
        Assert.Equal(light.Max(), light[middle]);
        for (var i = 8; i <= middle; i += 8)
        {
            Assert.True(light[middle - i] < light[middle - i + 8]);
            Assert.True(light[middle + i] < light[middle + i - 8]);
        }
    }

    [Fact]
    public void Ends_are_the_published_colours()
    {
        Assert.Equal("#440154", ColourMap.Viridis.Colours[0].Css);
        Assert.Equal("#fde725", ColourMap.Viridis.Colours[^1].Css);
        Assert.Equal("#f7f7f7", ColourMap.BlueRed.Colours[127].Css);
    }

    [Fact]
    public void An_outlier_does_not_stretch_the_range_but_is_announced()
    {
        float[] values = [.. Enumerable.Range(0, 10_000).Select(i => i / 10_000f), 500f, float.NaN];
        var range = ColourRange.Shared(values);
        Assert.InRange(range.High, 0.9, 1.1);
        Assert.True(range.BeyondHigh);
        Assert.False(ColourRange.Shared(new float[] { 1, 2, 3 }).BeyondHigh);
    }

    [Fact]
    public void A_centred_range_is_symmetric()
    {
        var range = ColourRange.Centred(new float[] { -1, 3 });
        Assert.Equal((-3, 3), (range.Low, range.High));
        Assert.Equal(0.5, range.Fraction(0));
    }
}
