using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Workers;
using LedCluster.Report.Colours;
using LedCluster.Report.Page;
using LedCluster.Report.Plots;

namespace LedCluster.Report.Tests;

/// <summary>What readers need who listen to the page, hold a phone, or see little contrast.</summary>
public sealed class ReadabilityTests
{
    /// <summary>Width of a page on a phone without its margins, in pixels, and the least height of a text on it.</summary>
    private const double Phone = 390 - 2 * 16, Least = 8.9;

    private static readonly Lazy<XDocument> Page = new(() => XDocument.Parse(Demonstration.Page));

    private static XElement[] Drawings => [.. Page.Value.Descendants().Where(e => e.Attribute("role")?.Value == "img")];

    [Fact]
    public void Labels_say_panel_quantity_and_axes_and_nothing_twice()
    {
        string[] labels = [.. Drawings.Select(d => d.Attribute("aria-label")!.Value)];
        Assert.Contains("Panel a: activator u, truth over position x and time t", labels);
        Assert.Contains("Panel e: activator u, forecast − truth: error of u over position x and time t", labels);
        Assert.Contains("normalised absolute error against time t", labels);
        Assert.Contains("latent z₂ against latent z₁", labels);
        Assert.Contains(labels, label => label.StartsWith("Panel a: whole forecast: CPU time: micro only 1043 s; this run", StringComparison.Ordinal));
        Assert.All(labels, label => Assert.DoesNotMatch(@"\b(\w+) \1\b", label));
    }

    [Fact]
    public void Texts_of_drawings_are_readable_on_a_phone()
    {
        foreach (var drawing in Drawings)
        {
            var (width, style) = (Number(drawing.Attribute("width")!.Value), drawing.Attribute("style")!.Value);
            Assert.DoesNotContain("min-width", style); // nothing is cut
            var shown = Math.Min(Phone, Of("max-width"));
            var sizes = drawing.Descendants().Where(e => e.Name.LocalName == "text").Select(e => Number(e.Attribute("font-size")!.Value));
            Assert.All(sizes, size => Assert.True(
                size * shown / width >= Least, $"{drawing.Attribute("aria-label")!.Value}: a text of {size} is {size * shown / width:F1} high"));

            double Of(string property) => Number(Regex.Match(style, property + @":([\d.]+)px").Groups[1].Value);
        }
        Assert.All(Regex.Matches(PageStyle.Css, @"font(?:-size)?:[^;}]*?([\d.]+)px").Select(m => Number(m.Groups[1].Value)), size =>
            Assert.InRange(size, 12, 40));
    }

    [Fact]
    public void What_is_wider_than_a_phone_scrolls_by_itself_also_by_keyboard()
    {
        Assert.Equal(3, Page.Value.Descendants().Count(e => e.Name.LocalName == "table"));
        foreach (var holder in Page.Value.Descendants()
            .Where(e => e.Name.LocalName is "table" || e.Attribute("role")?.Value == "img" && e.Parent!.Name.LocalName == "div")
            .Select(e => e.Parent!)
            .Distinct())
        {
            Assert.Equal(("region", "0"), (holder.Attribute("role")?.Value, holder.Attribute("tabindex")?.Value));
            Assert.Matches("^(Table|Figure|Members set aside)( [0-9]+)?$", holder.Attribute("aria-label")!.Value);
            Assert.Contains("overflow-x:auto", Regex.Match(PageStyle.Css, $@"\.{holder.Attribute("class")!.Value.Split(' ')[0]}\{{[^}}]*").Value);
        }
    }

    [Fact]
    public void The_title_of_a_colour_bar_touches_none_of_its_numbers()
    {
        foreach (var scale in (double[])[1e-3, 0.0123, 1, 1234, 123456, 1e9])
        {
            var svg = XDocument.Parse(new HeatMap(
                new("time", "t"), new("position", "x"), new("error of", "u"), (float[])[(float)-scale, 0, (float)(0.73 * scale), (float)scale], 2,
                2).ToSvg());
            XElement[] texts = [.. svg.Descendants().Where(e => e.Name.LocalName == "text")];
            var title = texts.Single(t => t.Value.StartsWith("error of", StringComparison.Ordinal));
            var left = Number(title.Attribute("x")!.Value) - 12; // turned, it is as wide as a line is high
            double[] ends = [.. texts.Where(t => t.Attribute("text-anchor")!.Value == "start" && Number(t.Attribute("x")!.Value) > 300).Select(
                t => Number(t.Attribute("x")!.Value) + Drawing.SvgCanvas.Measure(t.Value))];
            Assert.NotEmpty(ends);
            Assert.All(ends, end => Assert.True(end + 3 < left, $"{scale}: a number ends at {end:F1}, the title begins at {left:F1}"));
        }
    }

    [Fact]
    public void Rows_of_a_table_have_headers_and_meanings()
    {
        var table = XDocument.Parse(HtmlReport.Render(new ReportData("t")
        {
            Tables = [new("c", [new("Measure"), new("u")], [[new ReportCell("MNAD") { Meaning = "mean <difference>" }, 0.5], [ReportCell.Number(1), 2.0]])],
        }));
        var header = table.Descendants().First(e => e.Attribute("scope")?.Value == "row");
        Assert.Equal("MNAD", header.FirstNode!.ToString());
        Assert.Equal("mean <difference>", header.Elements().Single().Value);
        Assert.Equal(2, table.Descendants().Count(e => e.Attribute("scope")?.Value == "row"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Colours_have_contrast(bool dark)
    {
        var colours = Colours(dark);
        foreach (var text in (string[])["ink", "muted", "accent"])
        {
            Enough(text, "paper", 4.5);
            Enough(text, "panel", 4.5);
        }
        Enough("warn", "warnpaper", 4.5);
        foreach (var graphic in colours.Keys.Where(name => Regex.IsMatch(name, "^(warmup|macro|micro|reference|s[0-9])$")))
            Enough(graphic, "paper", 3);
        Assert.Equal(10, colours.Keys.Count(name => Regex.IsMatch(name, "^(warmup|macro|micro|reference|s[0-9])$")));

        void Enough(string front, string back, double least) =>
            Assert.True(
                Contrast(colours[front], colours[back]) >= least,
                $"{front} on {back}{(dark ? ", dark" : "")}: {Contrast(colours[front], colours[back]):F2}, not {least}");
    }

    [Fact]
    public void Lines_are_drawn_in_their_full_colour() =>
        Assert.All(Drawings.SelectMany(d => d.Descendants()), e => Assert.DoesNotContain("stroke-opacity", e.Attribute("style")?.Value ?? ""));

    [Fact]
    public void A_drawing_that_stands_alone_has_the_colours_of_the_light_page()
    {
        var colours = Colours(dark: false);
        string[] all = [
            Palette.Ink, Palette.Muted, Palette.Grid, Palette.Reference, .. Enumerable.Range(0, 6).Select(Palette.Series),
            .. Enum.GetValues<Phase>().Select(Palette.Of), .. Enum.GetValues<Work>().Select(Palette.Of)];
        foreach (var colour in all.Select(css => Regex.Match(css, @"^var\(--(\w+),#([0-9a-f]{6})\)$")))
            Assert.Equal(colours[colour.Groups[1].Value], Rgb.FromHex(Convert.ToInt32(colour.Groups[2].Value, 16)));
    }

    [Fact]
    public void Bands_have_an_edge_of_full_colour_in_the_plot_and_in_the_legend()
    {
        var svg = XDocument.Parse(new LinePlot(new("t"), new("e"), [new("mean", [0, 1], [1, 2]) { Bands = [new([0, 1], [2, 3], "5–95 %")] }]).ToSvg());
        var band = svg.Descendants().First(e => e.Name.LocalName == "path").Attribute("style")!.Value;
        Assert.Contains("fill-opacity", band);
        Assert.Contains($"stroke:{Palette.Series(0)};", band);
        Assert.DoesNotContain("stroke-opacity", band);
        Assert.Contains(svg.Descendants(), e => e.Name.LocalName == "rect" && e.Attribute("style")!.Value == $"fill:none;stroke:{Palette.Series(0)}");
    }

    /// <summary>Ratio of the relative luminances, (L₁ + 0.05)/(L₂ + 0.05) (WCAG 2.2, contrast ratio).</summary>
    private static double Contrast(Rgb one, Rgb other) =>
        (Math.Max(one.Luminance, other.Luminance) + 0.05) / (Math.Min(one.Luminance, other.Luminance) + 0.05);

    private static Dictionary<string, Rgb> Colours(bool dark)
    {
        var at = PageStyle.Css.IndexOf("@media screen and (prefers-color-scheme:dark)", StringComparison.Ordinal);
        var css = dark ? PageStyle.Css[at..] : PageStyle.Css[..at];
        return Regex.Matches(css, "--([a-z0-9]+):#([0-9a-f]{6})").ToDictionary(
            m => m.Groups[1].Value, m => Rgb.FromHex(Convert.ToInt32(m.Groups[2].Value, 16)));
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
