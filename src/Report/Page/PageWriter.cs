using System.Text;
using LedCluster.Domain.Cohorts;
using static LedCluster.Report.Drawing.Markup;

namespace LedCluster.Report.Page;

/// <summary>Writes the page part by part; numbers figures and tables.</summary>
internal sealed class PageWriter
{
    private const int FailuresShown = 200, FailuresOpen = 12;
    private readonly StringBuilder html = new();
    private int figures, tables;

    public PageWriter(string title) => html.Append($"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{Escape(title)}</title>
        <style>
        {PageStyle.Css}
        </style>
        </head>
        <body>
        <main>

        """);

    public void Header(string kicker, string title, string description, IReadOnlyList<string> equations)
    {
        html.Append("<header>\n");
        if (kicker.Length > 0)
            html.Append($"<p class=\"kicker\">{Escape(kicker)}</p>\n");
        html.Append($"<h1>{Typeset(title)}</h1>\n<div class=\"lead\">");
        Paragraphs(description);
        html.Append("</div>\n");
        if (equations.Count > 0)
            html.Append("<div class=\"equations\">").AppendJoin("", equations.Select(e => $"<div>{Typeset(e)}</div>")).Append("</div>\n");
        html.Append("</header>\n");
    }

    public void Warnings(IReadOnlyList<string> warnings)
    {
        if (warnings.Count > 0)
            html.Append($"<aside class=\"warnings\"><h2>{(warnings.Count == 1 ? "Warning" : "Warnings")}</h2><ul>")
                .AppendJoin("", warnings.Select(w => $"<li>{Typeset(w)}</li>")).Append("</ul></aside>\n");
    }

    public void Facts(IReadOnlyList<ReportFact> facts)
    {
        if (facts.Count == 0)
            return;
        html.Append("<section class=\"facts\">\n");
        foreach (var group in facts.GroupBy(f => f.Group))
            html.Append($"<div><h3>{Typeset(group.Key)}</h3><dl>")
                .AppendJoin("", group.Select(f => $"<div><dt>{Typeset(f.Name)}</dt><dd>{Escape(f.Value)}</dd></div>")).Append("</dl></div>\n");
        html.Append("</section>\n");
    }

    public void Heading(string text) => html.Append($"<h2>{Typeset(text)}</h2>\n");

    public void Table(ReportTable table)
    {
        foreach (var row in table.Rows)
            Expect.Equal(row.Count, table.Columns.Count, $"cells in a row of '{table.Caption}'", "columns");
        html.Append("<figure class=\"table\">\n<figcaption>").Append($"<b>Table {++tables}.</b> {Typeset(table.Caption)}</figcaption>\n")
            .Append($"<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Table {tables}\"><table>\n<thead><tr>");
        for (var c = 0; c < table.Columns.Count; c++)
        {
            var column = table.Columns[c];
            var unit = column.Unit is "1" ? "dimensionless" : column.Unit;
            html.Append($"<th scope=\"col\"{Class(table, c, Numeric(table, c))}>{Typeset(column.Title)}")
                .Append(unit.Length > 0 ? $"<span class=\"unit\">{Escape(unit)}</span></th>" : "</th>");
        }
        html.Append("</tr></thead>\n<tbody>\n");
        foreach (var row in table.Rows)
        {
            html.Append("<tr>");
            for (var c = 0; c < row.Count; c++)
            {
                var (name, scope) = c == 0 ? ("th", " scope=\"row\"") : ("td", "");
                html.Append($"<{name}{scope}{Class(table, c, row[c].IsNumber)}>{Escape(row[c].Text)}")
                    .Append(string.IsNullOrEmpty(row[c].Meaning) ? $"</{name}>" : $"<span class=\"meaning\">{Typeset(row[c].Meaning)}</span></{name}>");
            }
            html.Append("</tr>\n");
        }
        html.Append("</tbody>\n</table></div>\n");
        if (table.Note.Length > 0)
            html.Append($"<p class=\"note\">{Typeset(table.Note)}</p>\n");
        html.Append("</figure>\n");
    }

    public void Figure(ReportFigure figure)
    {
        html.Append(
            $"<figure>\n<div class=\"panels{(figure.Columns > 1 && figure.Panels.Count > 1 ? " two" : "")}\" role=\"region\" tabindex=\"0\" "
            + $"aria-label=\"Figure {++figures}\">\n")
            .AppendJoin("\n", figure.Panels)
            .Append($"\n</div>\n<figcaption><b>Figure {figures}. {Typeset(figure.Title)}</b> {Typeset(figure.Caption)}</figcaption>\n</figure>\n");
    }

    public void Section(ReportSection section)
    {
        Heading(section.Title);
        Paragraphs(section.Text);
        foreach (var table in section.Tables)
            Table(table);
        foreach (var figure in section.Figures)
            Figure(figure);
    }

    public void Failures(IReadOnlyList<MemberFailure> failures)
    {
        if (failures.Count == 0)
            return;
        Heading("Members set aside");
        html.Append($"<details{(failures.Count <= FailuresOpen ? " open=\"open\"" : "")}><summary>{failures.Count} ")
            .Append(failures.Count == 1 ? "member is" : "members are").Append(" missing from the results above</summary>\n")
            .Append(
                "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Members set aside\"><table>\n<thead><tr>"
                + "<th scope=\"col\" class=\"number\">Member</th><th scope=\"col\" class=\"number\">Leg</th><th scope=\"col\">Reason</th>"
                + "</tr></thead>\n<tbody>\n");
        foreach (var failure in failures.Take(FailuresShown))
            html.Append(
                $"<tr><th scope=\"row\" class=\"number\">{failure.Member}</th>"
                + $"<td class=\"number\">{failure.Leg}</td><td>{Escape(failure.Reason)}</td></tr>\n");
        html.Append("</tbody>\n</table></div>\n");
        if (failures.Count > FailuresShown)
            html.Append($"<p class=\"note\">… and {failures.Count - FailuresShown} more.</p>\n");
        html.Append("</details>\n");
    }

    public string Finish(string command)
    {
        if (command.Length > 0)
            html.Append($"<footer>Computes the same again: <code>{Escape(command)}</code></footer>\n");
        return html.Append("</main>\n</body>\n</html>\n").ToString();
    }

    private void Paragraphs(string text)
    {
        foreach (var paragraph in text.ReplaceLineEndings("\n").Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            html.Append($"<p>{Typeset(paragraph)}</p>\n");
    }

    private static bool Numeric(ReportTable table, int column) => table.Rows.Count > 0 && table.Rows.All(r => r[column].IsNumber);

    private static string Class(ReportTable table, int column, bool isNumber)
    {
        var names = (isNumber ? "number " : "") + (table.Columns[column].IsReference ? "reference" : "");
        return names.Length > 0 ? $" class=\"{names.Trim()}\"" : "";
    }
}
