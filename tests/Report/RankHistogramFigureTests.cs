using System.Text.RegularExpressions;
using System.Xml.Linq;
using LedCluster.Domain.Fields;
using LedCluster.Metrics;
using LedCluster.Report.Figures;

namespace LedCluster.Report.Tests;

public class RankHistogramFigureTests
{
    private static readonly FieldLayout Layout = FieldLayout.OnLine([new FieldChannel("u", "velocity", "m/s", 10)], 16, 0.5, 1, "m", "s");

    [Theory]
    [InlineData(4, 5)]
    [InlineData(22, 10)] // 23 ranks in classes of two and three
    public void Uniform_ranks_are_drawn_along_the_line_of_a_calibrated_ensemble(int members, int classes)
    {
        var ranks = new RankHistogram(members);
        for (var rank = 0; rank <= members; rank++)
            ranks.Add([.. Enumerable.Range(0, members).Select(i => (double)i)], rank - 0.5);
        var page = HtmlReport.Render(new ReportData("FHN") { Ranks = new RankHistogramFigure(Layout, [ranks]) });
        Assert.Contains("Rank histogram.", page);

        var drawing = XDocument.Parse(page).Descendants().First(e => e.Name.LocalName == "svg").Descendants().ToArray();
        var reference = drawing.Single(e => e.Name.LocalName == "line" && e.Attribute("style")!.Value.Contains("dasharray")).Attribute("y1")!.Value;
        var outline = drawing.Last(e => e.Name.LocalName == "path").Attribute("d")!.Value;
        var heights = Regex.Matches(outline, @"[ML]\S+ (\S+?)(?=[LMZ]|$)").Select(m => m.Groups[1].Value).ToArray();
        Assert.Equal(2 * classes + 2, heights.Length); // down at both ends
        Assert.All(heights[1..^1], height => Assert.Equal(reference, height));
    }
}
