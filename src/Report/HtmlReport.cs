using System.Text;
using LedCluster.Report.Page;

namespace LedCluster.Report;

/// <summary>
/// The report of a finished run as one self-contained HTML page: inline style, plots as SVG, no scripts, nothing fetched from
/// elsewhere. The page is well-formed XML too.
/// </summary>
public static class HtmlReport
{
    /// <summary>Renders the page.</summary>
    /// <exception cref="ArgumentException">Arrays of a figure or a table do not fit together.</exception>
    public static string Render(ReportData data)
    {
        var page = new PageWriter(data.Title);
        page.Header(data.Kicker, data.Title, data.Description, data.Equations);
        page.Warnings(data.Warnings);
        page.Facts(data.Facts);
        if (data.Tables.Count > 0)
            page.Heading("Results");
        foreach (var table in data.Tables)
            page.Table(table);

        var figures = ((ReportFigure?[])
        [
            data.SpaceTime?.Draw(), data.LatentPortrait?.Draw(), data.ErrorGrowth?.Draw(), data.Correlation?.Draw(),
            .. data.Climates.Select(climate => climate.Draw()), data.EnsembleSpread?.Draw(), data.Diagnostics?.Draw(), data.Ranks?.Draw(),
            data.Work?.Draw(), data.Trust?.Draw(),
        ]).OfType<ReportFigure>().ToArray();
        if (figures.Length > 0)
            page.Heading("Figures");
        foreach (var figure in figures)
            page.Figure(figure);

        foreach (var section in data.Sections)
            page.Section(section);
        page.Failures(data.FailedMembers);
        return page.Finish(data.Colophon);
    }

    /// <summary>Renders the page into a file, replacing it.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, ReportData data) => File.WriteAllText(path, Render(data), new UTF8Encoding(false));
}
