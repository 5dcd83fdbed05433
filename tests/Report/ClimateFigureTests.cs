using System.Text.RegularExpressions;
using System.Xml.Linq;
using LedCluster.Domain.Fields;
using LedCluster.Metrics;
using LedCluster.Report.Figures;

namespace LedCluster.Report.Tests;

public class ClimateFigureTests
{
    private static readonly FieldLayout Layout = FieldLayout.OnLine([new FieldChannel("u", "velocity", "m/s", 10)], 16, 0.5, 1, "m", "s", periodic: true);

    [Fact]
    public void Densities_and_spectrum_stand_beside_each_other_with_units_and_distances()
    {
        var climate = new Climate(Layout, 8, (-2, 2), (-3, 3));
        for (var member = 0; member < 4; member++)
            climate.Add(member, Wave(1, member), Wave(0.5, member));
        var page = HtmlReport.Render(new ReportData("KS") { Climates = [new ClimateFigure(Layout.Channels[0], Layout, climate)] });

        Assert.Equal("html", XDocument.Parse(page).Root!.Name.LocalName);
        Assert.Equal(3, Regex.Count(page, "role=\"img\""));
        Assert.Contains("Climate of u.", page);
        Assert.Contains("m/s/m²", page);
        Assert.Contains($"L1 distance {NumberText.Significant(climate.DensityDistance, 3)}", page);
    }

    [Fact]
    public void The_spectrum_ends_where_power_ends()
    {
        var climate = new Climate(Layout, 8, (-2, 2), (-3, 3));
        float[] field = [.. Enumerable.Range(0, Layout.Points).Select(
            j => (float)(Math.Sin(2 * Math.PI * j / Layout.Points) + 0.1 * Math.Cos(4 * Math.PI * j / Layout.Points)))];
        climate.Add(0, field, field);
        var figure = new ClimateFigure(Layout.Channels[0], Layout, climate).Draw();
        Assert.Contains("k = 2 of 8", figure.Caption);
        Assert.DoesNotContain(">8<", figure.Panels[2]);
        Assert.Contains(">2.0<", figure.Panels[2]);
    }

    [Fact]
    public void Correlation_is_drawn_over_lyapunov_times()
    {
        var page = HtmlReport.Render(new ReportData("KS") { Correlation = new CorrelationFigure(Layout, [0, 1, 2], [[1, 0.5, 0.1]]) });
        Assert.Contains("Lyapunov times", page);
        Assert.Single(Regex.Matches(page, "role=\"img\""));
    }

    private static float[] Wave(double amplitude, int shift) =>
        [.. Enumerable.Range(0, Layout.Points).Select(j => (float)(amplitude * Math.Sin(2 * Math.PI * (j + 0.3 * shift) / Layout.Points)))];
}
