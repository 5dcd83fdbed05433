using System.Text.RegularExpressions;
using System.Xml.Linq;
using LedCluster.Domain.Fields;
using LedCluster.Report.Figures;

namespace LedCluster.Report.Tests;

public sealed class HtmlReportTests
{
    [Fact]
    public void The_whole_page_is_well_formed_and_small()
    {
        var path = Environment.GetEnvironmentVariable("LEDCLUSTER_DEMO_REPORT") ?? Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.html");
        HtmlReport.Write(path, Demonstration.Data);
        var text = File.ReadAllText(path);
        if (Environment.GetEnvironmentVariable("LEDCLUSTER_DEMO_REPORT") is null)
            File.Delete(path);

        Assert.StartsWith("<!DOCTYPE html>", text);
        Assert.Equal("html", XDocument.Parse(text).Root!.Name.LocalName);
        Assert.InRange(text.Length, 10_000, 3_000_000);
    }

    [Fact]
    public void The_same_results_give_the_same_page() => Assert.Equal(Demonstration.Page, HtmlReport.Render(Demonstration.Data));

    [Fact]
    public void All_six_figures_are_there_and_numbered()
    {
        foreach (var title in (string[])["Member 0 over space", "Latent portrait", "Error growth", "Ensemble spread", "Cost", "Trust"])
            Assert.Contains(title, Demonstration.Page);
        Assert.Contains("Figure 7.", Demonstration.Page);
        Assert.Contains("Table 2.", Demonstration.Page);
    }

    [Fact]
    public void Diagnostics_are_drawn_with_the_truth_where_it_is_known()
    {
        var figure = new DiagnosticsFigure(
            new FieldLayout([new FieldChannel("m", "mass", "kg", 1), new FieldChannel("E", "energy", "J", 1)], [], 1, "s"), [0, 1, 2],
            [new([1, 1, 1], [0.9, 0.9, 0.9], [1.1, 1.1, 1.1]), new([3, 2, 1], [2, 1, 0], [4, 3, 2])]);
        var alone = HtmlReport.Render(new ReportData("t") { Diagnostics = figure });
        Assert.Contains("Diagnostics.", alone);
        Assert.Contains("energy", alone);
        Assert.DoesNotContain("truth", alone);
        Assert.Contains("truth", HtmlReport.Render(new ReportData("t") { Diagnostics = figure with { Truth = [[1, 1, 1], [3, 2, 1]] } }));
        Assert.ThrowsAny<ArgumentException>(() => HtmlReport.Render(new ReportData("t") { Diagnostics = figure with { Spreads = [figure.Spreads[0]] } }));
    }

    [Fact]
    public void Nothing_is_fetched_from_elsewhere()
    {
        var rest = Demonstration.Page.Replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
        Assert.DoesNotContain("http:", rest, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("https:", rest, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<script", rest, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("@import", rest);
        Assert.DoesNotMatch(@"(src|href)=""(?!data:image/png)", rest);
    }

    [Fact]
    public void Texts_are_escaped_wherever_they_stand()
    {
        const string Nasty = "<b>&\"'\u0001</b>";
        var plot = new Plots.LinePlot(new(Nasty, Nasty, Nasty), new(Nasty), [new(Nasty, [0, 1], [0, 1])]) { Title = new(Nasty, Nasty) };
        var text = HtmlReport.Render(new ReportData(Nasty, Nasty)
        {
            Kicker = Nasty,
            Equations = [Nasty],
            Facts = [new(Nasty, Nasty, Nasty)],
            Warnings = [Nasty],
            FailedMembers = [new(1, 2, Nasty)],
            Tables = [new(Nasty, [new(Nasty, Nasty)], [[Nasty]]) { Note = Nasty }],
            Sections = [new(Nasty, Nasty) { Figures = [new(Nasty, Nasty, [plot.ToSvg()])] }],
            Colophon = Nasty,
        });

        XDocument.Parse(text);
        Assert.DoesNotContain("<b>&", text);
        Assert.Contains("&lt;b&gt;&amp;&quot;&#39;\ufffd&lt;/b&gt;", text);
    }

    [Fact]
    public void Symbols_in_running_text_get_their_subscripts_but_names_stay_whole()
    {
        var text = HtmlReport.Render(new ReportData("t", "With T_m = 10 over 5–95 % of the file my_file_a, /tmp/a_b, T_long_name."));
        Assert.Contains("<p>With <i>T</i><sub>m</sub> = 10 over 5\u2060–\u206095\u00a0% of the file my_file_a, /tmp/a_b, T_long_name.</p>", text);
    }

    [Fact]
    public void An_empty_report_has_only_a_title()
    {
        var text = HtmlReport.Render(new ReportData("Nothing yet"));
        Assert.DoesNotContain("<figure", text);
        Assert.DoesNotContain("<h2", text);
        XDocument.Parse(text);
    }

    [Fact]
    public void Captions_state_units()
    {
        foreach (Match caption in Regex.Matches(Demonstration.Page, "<figcaption><b>Figure.*?</figcaption>"))
            if (!caption.Value.Contains("Cost."))
                Assert.Contains("dimensionless", caption.Value);
        Assert.Contains("CPU seconds", Demonstration.Page);
    }

    [Fact]
    public void Arrays_that_do_not_fit_are_named()
    {
        var data = Demonstration.Data;
        var error = Assert.Throws<ArgumentException>(() =>
            HtmlReport.Render(data with { SpaceTime = data.SpaceTime! with { Forecast = new float[7] } }));
        Assert.Equal("The space-time forecast has 7 values, expected 121402 = [frames 601, channels 2, points 101].", error.Message);
        Assert.Throws<ArgumentException>(() => HtmlReport.Render(data with { Tables = [new("t", [new("a"), new("b")], [["only one"]])] }));
        Assert.Throws<ArgumentException>(() => HtmlReport.Render(data with { ErrorGrowth = new([0, 1], "1", [new ChannelError("u", [1])]) }));
    }
}
